#include "tests/support/proto_matchers.h"

#include "domain/base/strings.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace daybook::testing {

void ParseText(absl::string_view text, google::protobuf::Message* message) {
  if (!google::protobuf::TextFormat::ParseFromString(std::string(text), message)) {
    ADD_FAILURE() << "not a " << message->GetTypeName() << ": " << text;
  }
}

std::string Difference(const google::protobuf::Message& expected,
                       const google::protobuf::Message& actual) {
  if (expected.GetDescriptor() != actual.GetDescriptor()) {
    return "a " + actual.GetTypeName() + " instead of a " + expected.GetTypeName();
  }
  std::string report;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&report);
  return differencer.Compare(expected, actual) ? "" : "differs:\n" + report;
}

}  // namespace daybook::testing
