#include "projections/personal_values.h"

#include "daybook/log/v1/metadata.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "projections/views.h"

namespace daybook::projections {

absl::StatusOr<OpenedPart> OpenPart(const eventstore::SealedPart& sealed,
                                    const eventstore::SealContext& context,
                                    const eventstore::KeyStore& keys) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> plain, keys.Open(sealed, context));
  if (!plain.has_value()) return OpenedPart();
  log::v1::SealedValues values;
  if (!values.ParseFromString(*plain)) {
    return Reject(Reason::REASON_DATA_LOSS, "a sealed part does not hold a list of values");
  }
  return OpenedPart(std::vector<std::string>(values.values().begin(), values.values().end()));
}

absl::Status PersonalOpener::Open(const std::vector<StoredPart>& parts,
                                  google::protobuf::Message* record) {
  const auto open = [&](const domain::Token& token) -> absl::StatusOr<std::optional<std::string>> {
    const std::pair<eventstore::LogPosition, uint32_t> key(token.position, token.part);
    auto found = opened_.find(key);
    if (found == opened_.end()) {
      const StoredPart* stored = nullptr;
      for (const StoredPart& part : parts) {
        if (part.position == token.position && part.part == token.part) stored = &part;
      }
      if (stored == nullptr) {
        return Reject(Reason::REASON_DATA_LOSS, "a record lacks the sealed part of a value");
      }
      DAYBOOK_ASSIGN_OR_RETURN(OpenedPart opened, OpenPart(stored->sealed, stored->context, keys_));
      found = opened_.emplace(key, std::move(opened)).first;
    }
    if (!found->second.has_value()) return std::optional<std::string>();
    if (token.ordinal >= found->second->size()) {
      return Reject(Reason::REASON_DATA_LOSS,
                    "a record refers to a personal value that is not there");
    }
    return std::optional<std::string>((*found->second)[token.ordinal]);
  };
  return domain::OpenTokens(open, record);
}

namespace {

absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Decode(
    const eventstore::RecordedEvent& event, const RecordType** type) {
  *type = FindRecordType(event.stream.aggregate);
  if (*type == nullptr) {
    return Reject(Reason::REASON_DATA_LOSS,
                  "an event of an aggregate that this version does not know",
                  {{"aggregate", event.stream.aggregate}});
  }
  std::unique_ptr<google::protobuf::Message> message((*type)->aggregate->event->New());
  if (!message->ParseFromString(event.payload) || domain::EventMember(*message) == nullptr) {
    return Reject(Reason::REASON_DATA_LOSS, "an event that this version cannot read",
                  {{"type", event.type}});
  }
  return message;
}

}  // namespace

absl::StatusOr<std::unique_ptr<google::protobuf::Message>> DecodeWithTokens(
    const eventstore::RecordedEvent& event) {
  const RecordType* type = nullptr;
  DAYBOOK_ASSIGN_OR_RETURN(auto message, Decode(event, &type));
  if (type->personal_event) domain::ExpandTokens(event.position, message.get());
  return message;
}

absl::StatusOr<std::unique_ptr<google::protobuf::Message>> DecodeOpened(
    const eventstore::RecordedEvent& event, const eventstore::KeyStore& keys) {
  const RecordType* type = nullptr;
  DAYBOOK_ASSIGN_OR_RETURN(auto message, Decode(event, &type));
  if (!type->personal_event) return message;
  std::vector<OpenedPart> parts;
  for (size_t i = 0; i < event.sealed.size(); ++i) {
    DAYBOOK_ASSIGN_OR_RETURN(
        OpenedPart part,
        OpenPart(event.sealed[i], event.seal_context(static_cast<uint8_t>(i)), keys));
    parts.push_back(std::move(part));
  }
  DAYBOOK_RETURN_IF_ERROR(domain::JoinPersonal(parts, message.get()));
  return message;
}

}  // namespace daybook::projections
