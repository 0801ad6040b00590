#pragma once

// Matchers for messages and refusals. Text format stands for messages wherever it is shorter.

#include <memory>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "domain/base/error.h"
#include "gmock/gmock.h"
#include "google/protobuf/message.h"

namespace daybook::testing {

// Reads text format; a mistake in it fails the test.
void ParseText(absl::string_view text, google::protobuf::Message* message);

template <class M>
M Proto(absl::string_view text) {
  M message;
  ParseText(text, &message);
  return message;
}

// Empty when equal, else what differs.
std::string Difference(const google::protobuf::Message& expected,
                       const google::protobuf::Message& actual);

// EqualsProto(message) or EqualsProto("text format").
MATCHER_P(EqualsProto, expected, "equals the message") {
  std::string difference;
  if constexpr (std::is_convertible_v<decltype(expected), const google::protobuf::Message&>) {
    difference = Difference(expected, arg);
  } else {
    std::unique_ptr<google::protobuf::Message> message(arg.New());
    ParseText(expected, message.get());
    difference = Difference(*message, arg);
  }
  *result_listener << difference;
  return difference.empty();
}

// The status, or the status of the StatusOr, is a refusal with this reason.
template <class T>
const absl::Status& StatusIn(const T& value) {
  if constexpr (std::is_same_v<T, absl::Status>) {
    return value;
  } else {
    return value.status();
  }
}

MATCHER_P(HasReason, reason, "is refused with " + rpc::v1::Reason_Name(reason)) {
  const absl::Status& status = StatusIn(arg);
  *result_listener << "which is " << status.ToString();
  return !status.ok() && ReasonOf(status) == reason;
}

}  // namespace daybook::testing
