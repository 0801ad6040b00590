#include "domain/decider.h"

#include "absl/strings/str_cat.h"
#include "daybook/type/v1/record_meta.pb.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"

namespace daybook::domain {

const google::protobuf::Message* Facts::Find(absl::string_view aggregate,
                                             absl::string_view id) const {
  const auto it = records_.find({std::string(aggregate), std::string(id)});
  return it == records_.end() ? nullptr : it->second.get();
}

void Facts::Add(absl::string_view aggregate, absl::string_view id,
                std::shared_ptr<const google::protobuf::Message> record) {
  records_[{std::string(aggregate), std::string(id)}] = std::move(record);
}

std::vector<const google::protobuf::Message*> Facts::All(absl::string_view aggregate) const {
  std::vector<const google::protobuf::Message*> all;
  for (auto it = records_.lower_bound({std::string(aggregate), ""});
       it != records_.end() && it->first.first == aggregate; ++it) {
    if (it->second != nullptr) all.push_back(it->second.get());
  }
  return all;
}

const google::protobuf::FieldDescriptor* EventMember(const google::protobuf::Message& event) {
  const auto* oneof = event.GetDescriptor()->oneof_decl(0);
  return event.GetReflection()->GetOneofFieldDescriptor(event, oneof);
}

std::string EventTypeName(absl::string_view aggregate,
                          const google::protobuf::FieldDescriptor& member) {
  return absl::StrCat(aggregate, ".", ToAbsl(member.name()));
}

std::string EventTypeName(const AggregateType& type, const google::protobuf::Message& event) {
  const auto* member = EventMember(event);
  DAYBOOK_CHECK(member != nullptr, "an event without a kind");
  return EventTypeName(type.name, *member);
}

void ApplyMeta(google::protobuf::Message& record, const EventMeta& meta) {
  // Field 2 of every resource; the registry test guards it.
  const auto* field = record.GetDescriptor()->FindFieldByNumber(2);
  auto& target =
      static_cast<type::v1::RecordMeta&>(*record.GetReflection()->MutableMessage(&record, field));
  if (!target.has_create_time()) *target.mutable_create_time() = ToProto(meta.recorded_at);
  *target.mutable_update_time() = ToProto(meta.recorded_at);
  target.set_revision(meta.revision);
  target.set_position(meta.position);
}

}  // namespace daybook::domain
