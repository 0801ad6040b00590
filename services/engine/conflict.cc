#include "services/engine/conflict.h"

#include <algorithm>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "daybook/rpc/v1/conflict.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/engine/event_message.h"

namespace daybook::services {
namespace {

using eventstore::StreamRevision;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

constexpr int kIdField = 1;
constexpr int kMetaField = 2;
constexpr char kCustomField[] = "custom";

// Collects what update masks call the fields that differ.
class ChangedFields final : public MessageDifferencer::Reporter {
 public:
  using Path = std::vector<MessageDifferencer::SpecificField>;
  void ReportAdded(const Message&, const Message& after, const Path& path) override {
    Add(after, path, path.front().new_index);
  }
  void ReportDeleted(const Message& before, const Message&, const Path& path) override {
    Add(before, path, path.front().index);
  }
  void ReportModified(const Message& before, const Message&, const Path& path) override {
    Add(before, path, path.front().index);
  }
  const std::set<std::string>& names() const { return names_; }

 private:
  // Custom values are fields of their own, whatever place they have among the others.
  void Add(const Message& record, const Path& path, int index) {
    const FieldDescriptor* field = path.front().field;
    if (field == nullptr) return;
    if (field->name() != kCustomField || !field->is_repeated()) {
      names_.insert(field->name());
      return;
    }
    const Message& value = record.GetReflection()->GetRepeatedMessage(record, field, index);
    const FieldDescriptor* name = value.GetDescriptor()->FindFieldByName("name");
    names_.insert(absl::StrCat(kCustomField, ".", value.GetReflection()->GetString(value, name)));
  }

  std::set<std::string> names_;
};

std::set<std::string> Compare(const Message& before, const Message& after) {
  ChangedFields changed;
  MessageDifferencer differencer;
  const auto* descriptor = after.GetDescriptor();
  differencer.IgnoreField(descriptor->FindFieldByNumber(kIdField));
  differencer.IgnoreField(descriptor->FindFieldByNumber(kMetaField));
  const FieldDescriptor* custom = descriptor->FindFieldByName(kCustomField);
  if (custom != nullptr && custom->is_repeated()) {
    differencer.TreatAsMap(custom, custom->message_type()->FindFieldByName("name"));
  }
  differencer.ReportDifferencesTo(&changed);
  differencer.Compare(before, after);
  return changed.names();
}

}  // namespace

void ConflictReader::AddDetail(const CommandCall& call, const eventstore::StreamId& stream,
                               absl::Status* refusal) const {
  rpc::v1::RevisionConflict conflict;
  StreamRevision expected = 0;
  StreamRevision actual = 0;
  if (!absl::SimpleAtoi(ErrorMetadataOf(*refusal, "expected"), &expected) ||
      !absl::SimpleAtoi(ErrorMetadataOf(*refusal, "actual"), &actual)) {
    return;
  }
  conflict.set_expected(expected);
  conflict.set_actual(actual);
  const domain::AggregateType* type = domain::FindAggregate(stream.aggregate);
  if (type != nullptr && expected < actual &&
      access_.CheckRead(call.principal, stream.aggregate).ok()) {
    const size_t bytes_max = std::min(call.conflict_bytes, kConflictBytesMax);
    const auto fits = [&] { return conflict.ByteSizeLong() <= bytes_max; };
    const auto now = states_.Load(*type, stream, call.overlay.get());
    const auto then = states_.LoadAt(*type, stream, expected);
    if (now.ok() && then.ok() && now->revision > 0) {
      const std::unique_ptr<domain::AnyState> none = type->new_state();
      const auto& before = then->state == nullptr ? *none : *then->state;
      for (const std::string& name : Compare(before.record(), now->state->record())) {
        conflict.add_changed_fields(name);
      }
    }
    if (!now.ok() || !then.ok() || !fits()) {
      conflict.clear_changed_fields();
      conflict.set_truncated(true);
    }
    StreamRevision told = expected;
    const auto tell = [&](const eventstore::RecordedEvent& recorded) {
      auto event = ToEventMessage(recorded, keys_);
      if (!event.ok()) return false;
      *conflict.add_missed_events() = *std::move(event);
      if (!fits()) {
        conflict.mutable_missed_events()->RemoveLast();
        return false;
      }
      told = recorded.revision;
      return true;
    };
    store_.ReadStream(stream, expected, kMissedEventsMax, tell).IgnoreError();
    if (told < actual) conflict.set_truncated(true);
  }
  AddErrorDetail(refusal, "daybook.rpc.v1.RevisionConflict", conflict);
}

}  // namespace daybook::services
