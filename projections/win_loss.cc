#include "projections/win_loss.h"

#include <map>
#include <tuple>

#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "projections/key.h"

namespace daybook::projections {

namespace {

using sales::v1::Opportunity;

// Key: day ‖ outcome ‖ process ‖ u32 its version ‖ owner ‖ reason ‖ stage ‖ competitor. DO NOT
// CHANGE: on disk.
struct Parts {
  std::optional<absl::CivilDay> day;
  uint8_t outcome = 0;
  std::string process, owner, reason, stage, competitor;
  uint32_t version = 0;
};

bool ReadKey(absl::string_view key, Parts* parts) {
  KeyReader reader(key);
  return reader.Day(&parts->day) && reader.U8(&parts->outcome) && reader.Id(&parts->process) &&
         reader.U32(&parts->version) && reader.Id(&parts->owner) && reader.Id(&parts->reason) &&
         reader.Text(&parts->stage) && reader.Text(&parts->competitor) && reader.done();
}

absl::int128 Micros(const google::protobuf::Timestamp& time) {
  return absl::int128(time.seconds()) * 1'000'000 + time.nanos() / 1000;
}

void ContributeDeal(const google::protobuf::Message& record, std::vector<Contribution>* out) {
  const auto& deal = static_cast<const Opportunity&>(record);
  if (deal.state() == sales::v1::OPPORTUNITY_STATE_OPEN || deal.archived()) return;
  Contribution given;
  std::optional<absl::CivilDay> day;
  if (deal.has_close_date()) {
    const type::v1::Date& date = deal.close_date();
    day = absl::CivilDay(date.year(), date.month(), date.day());
  }
  given.key = Key()
                  .Day(day)
                  .U8(static_cast<uint8_t>(deal.state()))
                  .Id(ToAbsl(deal.process_id()))
                  .U32(deal.process_version())
                  .Id(ToAbsl(deal.owner_id()))
                  .Id(ToAbsl(deal.close_reason_id()))
                  .Text(ToAbsl(deal.stage()))
                  .Text(ToAbsl(deal.competitor()))
                  .Take();
  given.measures.Add(kWinLossCount, "", 1);
  if (deal.has_open_time() && deal.has_close_time()) {
    given.measures.Add(kWinLossCycleCount, "", 1);
    given.measures.Add(kWinLossCycleSeconds, "",
                       (Micros(deal.close_time()) - Micros(deal.open_time())) / 1'000'000);
  }
  for (const auto& [measure, money] : {std::pair(kWinLossActual, &deal.actual_value()),
                                       std::pair(kWinLossLost, &deal.lost_value())}) {
    if (!money->currency().empty()) {
      given.measures.Add(measure, ToAbsl(money->currency()), money->minor());
    }
  }
  out->push_back(std::move(given));
}

const std::string& GroupOf(const Parts& parts, WinLossGroup group) {
  static const std::string* const none = new std::string;
  switch (group) {
    case WinLossGroup::kNone:
      return *none;
    case WinLossGroup::kReason:
      return parts.reason;
    case WinLossGroup::kCompetitor:
      return parts.competitor;
    case WinLossGroup::kStage:
    case WinLossGroup::kStageOfVersion:
      return parts.stage;
    case WinLossGroup::kOwner:
      return parts.owner;
  }
  return *none;
}

}  // namespace

absl::StatusOr<std::vector<WinLossRow>> ReadWinLoss(const Snapshot& snapshot,
                                                    const WinLossQuery& query) {
  std::string first, last;
  if (query.period.has_value()) {
    first = Key().Day(query.period->from).Take();
    last = Key().Day(query.period->until).Take();
  }
  std::map<std::tuple<std::string, uint32_t, std::string, uint8_t>, Measures> groups;
  const bool by_version = query.group == WinLossGroup::kStageOfVersion;
  absl::Status status;
  const auto add = [&](absl::string_view key, absl::string_view value) -> absl::Status {
    Parts parts;
    if (!ReadKey(key, &parts)) {
      return Reject(Reason::REASON_DATA_LOSS, "a row of won and lost deals cannot be read");
    }
    if (!query.owner_id.empty() && parts.owner != query.owner_id) return absl::OkStatus();
    if (!query.process_id.empty() && parts.process != query.process_id) return absl::OkStatus();
    if (query.process_version != 0 && parts.version != query.process_version) {
      return absl::OkStatus();
    }
    DAYBOOK_ASSIGN_OR_RETURN(const Measures sums, Measures::Decode(value));
    groups[{by_version ? parts.process : "", by_version ? parts.version : 0,
            GroupOf(parts, query.group), parts.outcome}]
        .Add(sums, 1);
    return absl::OkStatus();
  };
  DAYBOOK_RETURN_IF_ERROR(snapshot.ScanRows(kWinLossView, first, last,
                                            [&](absl::string_view key, absl::string_view value) {
                                              status = add(key, value);
                                              return status.ok();
                                            }));
  DAYBOOK_RETURN_IF_ERROR(status);
  std::vector<WinLossRow> rows;
  for (auto& [group, sums] : groups) {
    const auto& [process, version, key, outcome] = group;
    rows.push_back({key, process, version, static_cast<sales::v1::OpportunityState>(outcome),
                    std::move(sums)});
  }
  return rows;
}

Projection WinLoss() { return Contributions(kWinLossView, 2, "opportunity", &ContributeDeal); }

}  // namespace daybook::projections
