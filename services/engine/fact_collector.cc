#include "services/engine/fact_collector.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "services/engine/references.h"

namespace daybook::services {

using google::protobuf::Message;

absl::StatusOr<const Message*> FactCollector::Load(absl::string_view aggregate,
                                                   absl::string_view id) {
  if (const Message* known = facts_.Find(aggregate, id)) return known;
  const domain::AggregateType* type = domain::FindAggregate(aggregate);
  DAYBOOK_CHECK(type != nullptr, "a decision asks for an unknown aggregate");
  const absl::StatusOr<Uuid> uuid = Uuid::Parse(id);
  if (!uuid.ok()) return nullptr;
  eventstore::StreamId stream{type->name, *uuid};
  DAYBOOK_ASSIGN_OR_RETURN(LoadedState loaded, states_.Load(*type, stream, overlay_));
  const eventstore::StreamRevision revision = loaded.revision;
  expectations_.push_back({std::move(stream), revision, loaded.after});
  if (revision == 0) return nullptr;
  const Message* record = &loaded.state->record();
  facts_.Add(aggregate, id, {loaded.state, record});
  return record;
}

absl::StatusOr<std::vector<std::string>> FactCollector::Ids(absl::string_view aggregate) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> written, records_.RecordIds(aggregate));
  if (overlay_ == nullptr) return written;
  std::set<std::string> ids = overlay_->Ids(aggregate);
  ids.insert(written.begin(), written.end());
  return std::vector<std::string>(ids.begin(), ids.end());
}

absl::Status FactCollector::LoadReferences(const Message& request) {
  for (const Reference& reference : ReferencesOf(request)) {
    DAYBOOK_ASSIGN_OR_RETURN(const Message* record, Load(reference.aggregate, reference.id));
    if (record != nullptr) continue;
    return Reject(
        rpc::v1::REASON_REFERENCE_NOT_FOUND,
        absl::StrCat(reference.field, ": there is no ", reference.aggregate, " ", reference.id),
        {{"field", reference.field}, {"aggregate", reference.aggregate}});
  }
  return absl::OkStatus();
}

}  // namespace daybook::services
