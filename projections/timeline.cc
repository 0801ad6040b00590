#include "projections/timeline.h"

#include <algorithm>
#include <string>

#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "projections/key.h"

namespace daybook::projections {

namespace {

using google::protobuf::Message;

// Which fields of which records name those whose timeline they are part of. A change needs a new
// version of the view.
struct Regarding {
  absl::string_view aggregate;
  std::vector<const char*> fields;
};

const std::vector<Regarding>& AllRegarding() {
  static const auto* const all = new std::vector<Regarding>{
      {"contact", {"account_id"}},
      {"opportunity", {"account_id"}},
      {"activity", {"account_id", "contact_id", "opportunity_id", "lead_id", "participant_ids"}},
      {"loss_review", {"opportunity_id"}},
      {"project_request", {"opportunity_id"}},
      {"project_customer", {"account_id"}},
  };
  return *all;
}

void CollectIds(const Message& record, const Regarding& regarding, std::vector<std::string>* ids) {
  const auto* reflection = record.GetReflection();
  for (const char* name : regarding.fields) {
    const auto* field = record.GetDescriptor()->FindFieldByName(name);
    if (field->is_repeated()) {
      for (int i = 0; i < reflection->FieldSize(record, field); ++i) {
        ids->push_back(reflection->GetRepeatedString(record, field, i));
      }
    } else {
      ids->push_back(reflection->GetString(record, field));
    }
  }
}

// Key: the record whose timeline it is ‖ position, latest first. No value.
absl::Status Apply(const Change& change, RowTx& tx) {
  for (const Regarding& regarding : AllRegarding()) {
    if (absl::string_view(change.type.name) != regarding.aggregate) continue;
    std::vector<std::string> ids;
    if (change.before != nullptr) CollectIds(*change.before, regarding, &ids);
    CollectIds(change.after, regarding, &ids);
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    for (const std::string& id : ids) {
      if (!id.empty()) tx.PutNew(Key().Id(ToAbsl(id)).U64(~change.recorded.position).Take(), "");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ScanTimeline(const Snapshot& snapshot, absl::string_view id,
                          eventstore::LogPosition before,
                          absl::FunctionRef<bool(eventstore::LogPosition position)> visit) {
  absl::Status status;
  // Positions from before - 1 down are keys from ~(before - 1) up.
  const std::string first = Key().Id(id).U64(~(before - 1)).Take();
  DAYBOOK_RETURN_IF_ERROR(snapshot.ScanRows(
      kTimelineView, first, PrefixEnd(Key().Id(id).Take()),
      [&](absl::string_view key, absl::string_view) {
        KeyReader reader(key);
        std::string of;
        uint64_t inverted = 0;
        if (reader.Id(&of) && reader.U64(&inverted) && reader.done()) return visit(~inverted);
        status = Reject(Reason::REASON_DATA_LOSS, "a row of the timeline cannot be read");
        return false;
      }));
  return status;
}

Projection Timeline() {
  Projection view;
  view.name = kTimelineView;
  view.version = 2;
  view.apply = &Apply;
  for (const Regarding& regarding : AllRegarding()) {
    view.aggregates.emplace_back(regarding.aggregate);
  }
  return view;
}

}  // namespace daybook::projections
