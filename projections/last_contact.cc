#include "projections/last_contact.h"

#include <algorithm>

#include "daybook/work/v1/activity.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "projections/key.h"

namespace daybook::projections {

namespace {

using work::v1::Activity;

// Counts of the only measure: that there is such an activity.
constexpr uint8_t kIsThere = 1;

bool IsContact(const Activity& activity) {
  const bool spoken = activity.kind() == work::v1::ACTIVITY_KIND_CALL ||
                      activity.kind() == work::v1::ACTIVITY_KIND_MEETING;
  return spoken && activity.state() == work::v1::ACTIVITY_STATE_DONE && !activity.archived() &&
         activity.has_done_time();
}

// Later instants first.
uint64_t Descending(const google::protobuf::Timestamp& time) {
  const int64_t micros = time.seconds() * 1'000'000 + time.nanos() / 1000;
  return ~(static_cast<uint64_t>(micros) ^ (uint64_t{1} << 63));
}

absl::Time FromDescending(uint64_t number) {
  return absl::FromUnixMicros(static_cast<int64_t>(~number ^ (uint64_t{1} << 63)));
}

// Key: account, contact or lead ‖ time, latest first ‖ activity. An id belongs to one record, so
// all kinds share the rows.
void ContributeActivity(const google::protobuf::Message& record, std::vector<Contribution>* out) {
  const auto& activity = static_cast<const Activity&>(record);
  if (!IsContact(activity)) return;
  std::vector<std::string> ids(activity.participant_ids().begin(),
                               activity.participant_ids().end());
  ids.push_back(activity.account_id());
  ids.push_back(activity.contact_id());
  ids.push_back(activity.lead_id());
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  for (const std::string& id : ids) {
    if (id.empty()) continue;
    Measures there;
    there.Add(kIsThere, "", 1);
    out->push_back({Key()
                        .Id(ToAbsl(id))
                        .U64(Descending(activity.done_time()))
                        .Id(ToAbsl(activity.id()))
                        .Take(),
                    there});
  }
}

}  // namespace

absl::StatusOr<std::optional<LastContact>> ReadLastContact(const Snapshot& snapshot,
                                                           absl::string_view id) {
  std::optional<LastContact> last;
  absl::Status status;
  const std::string head = Key().Id(id).Take();
  DAYBOOK_RETURN_IF_ERROR(snapshot.ScanRows(
      kLastContactView, head, PrefixEnd(head), [&](absl::string_view key, absl::string_view) {
        KeyReader reader(key);
        std::string of;
        uint64_t descending = 0;
        LastContact found;
        if (!reader.Id(&of) || !reader.U64(&descending) || !reader.Id(&found.activity_id) ||
            !reader.done()) {
          status = Reject(Reason::REASON_DATA_LOSS, "a row of last_contact cannot be read");
        } else {
          found.at = FromDescending(descending);
          last = std::move(found);
        }
        return false;
      }));
  if (!status.ok()) return status;
  return last;
}

Projection LastContacts() {
  return Contributions(kLastContactView, 1, "activity", &ContributeActivity);
}

}  // namespace daybook::projections
