#include "services/engine/record_directory.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/organisation.pb.h"
#include "daybook/type/v1/record_meta.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "projections/views.h"

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
  const eventstore::LogPosition known_to = ReadIds(aggregate, &ids);
  eventstore::Selection selection;
  selection.aggregate = name;
  DAYBOOK_RETURN_IF_ERROR(store_.ReadSelected(selection, known_to, SIZE_MAX,
                                              [&](const eventstore::RecordedEvent& event) {
                                                if (event.revision == 1)
                                                  ids.push_back(event.stream.id.ToString());
                                                return true;
                                              }));
  record_ids_[name] = ids;
  return ids;
}

// A set-up record may have many events, such as a rule that every lead is assigned by: they are not
// read to learn that it is there.
eventstore::LogPosition RecordDirectory::ReadIds(absl::string_view aggregate,
                                                 std::vector<std::string>* ids) {
  const projections::Views* views = states_.views();
  const domain::ObjectType* type = domain::Registry::Get().Find(aggregate);
  if (views == nullptr || type == nullptr) return 0;
  const auto snapshot = views->Now();
  std::vector<std::tuple<absl::Time, std::string>> found;
  const absl::Status status = snapshot->VisitRecords(
      *type, domain::BoundFilter(), [&](const Message& record) -> absl::Status {
        const auto* reflection = record.GetReflection();
        const auto* descriptor = record.GetDescriptor();
        const auto& meta = static_cast<const type::v1::RecordMeta&>(
            reflection->GetMessage(record, descriptor->FindFieldByNumber(2)));
        DAYBOOK_ASSIGN_OR_RETURN(const absl::Time created, FromProto(meta.create_time()));
        found.emplace_back(created,
                           reflection->GetString(record, descriptor->FindFieldByNumber(1)));
        return absl::OkStatus();
      });
  if (!status.ok()) return 0;
  std::sort(found.begin(), found.end());
  for (auto& [created, id] : found) ids->push_back(std::move(id));
  return snapshot->position();
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
