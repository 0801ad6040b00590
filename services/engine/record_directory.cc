#include "services/engine/record_directory.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/organisation.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"

namespace daybook::services {

using domain::AggregateType;
using eventstore::StreamId;
using google::protobuf::Message;

absl::StatusOr<std::shared_ptr<const Message>> RecordDirectory::LoadRecord(
    absl::string_view aggregate, absl::string_view id) {
  const AggregateType* type = domain::FindAggregate(aggregate);
  const absl::StatusOr<Uuid> uuid = Uuid::Parse(id);
  if (type == nullptr || !uuid.ok()) return nullptr;
  DAYBOOK_ASSIGN_OR_RETURN(const LoadedState loaded,
                           states_.Load(*type, StreamId{type->name, *uuid}, nullptr));
  if (loaded.revision == 0) return nullptr;
  return std::shared_ptr<const Message>(loaded.state, &loaded.state->record());
}

absl::StatusOr<std::string> RecordDirectory::ResolveExternalKey(absl::string_view aggregate,
                                                                absl::string_view key) {
  const std::string kind = absl::StrCat(aggregate, "-external-key");
  DAYBOOK_ASSIGN_OR_RETURN(const uint16_t number, keys_.ClaimKind(kind));
  DAYBOOK_ASSIGN_OR_RETURN(const auto holder, store_.FindClaim(number, keys_.ClaimHash(kind, key)));
  return holder.has_value() ? holder->id.ToString() : std::string();
}

absl::StatusOr<std::vector<std::string>> RecordDirectory::RecordIds(absl::string_view aggregate) {
  const std::string name(aggregate);
  std::lock_guard lock(mutex_);
  const auto known = record_ids_.find(name);
  if (known != record_ids_.end()) return known->second;
  std::vector<std::string> ids;
  eventstore::Selection selection;
  selection.aggregate = name;
  DAYBOOK_RETURN_IF_ERROR(
      store_.ReadSelected(selection, 0, SIZE_MAX, [&](const eventstore::RecordedEvent& event) {
        if (event.revision == 1) ids.push_back(event.stream.id.ToString());
        return true;
      }));
  record_ids_[name] = ids;
  return ids;
}

void RecordDirectory::NoteWritten(const StreamId& stream, Written written) {
  std::lock_guard lock(mutex_);
  if (stream.aggregate == "organisation") {
    settings_.reset();
    ++settings_version_;
  }
  const auto ids = record_ids_.find(stream.aggregate);
  if (ids == record_ids_.end() || written == Written::kChanged) return;
  const std::string id = stream.id.ToString();
  if (std::find(ids->second.begin(), ids->second.end(), id) == ids->second.end()) {
    ids->second.push_back(id);
  }
}

CommandEngine::Settings RecordDirectory::GetSettings() {
  uint64_t version = 0;
  {
    std::lock_guard lock(mutex_);
    if (settings_.has_value()) return *settings_;
    version = settings_version_;
  }
  CommandEngine::Settings settings;
  const auto record = LoadRecord("organisation", store_.log_id().ToString());
  if (record.ok() && *record != nullptr) {
    const auto& organisation = static_cast<const admin::v1::Organisation&>(**record);
    settings.organisation_id = organisation.id();
    settings.currency = organisation.currency();
    const auto zone = LoadZone(organisation.zone());
    if (zone.ok()) settings.zone = *zone;
    std::lock_guard lock(mutex_);
    if (version == settings_version_) settings_ = settings;
  }
  return settings;
}

}  // namespace daybook::services
