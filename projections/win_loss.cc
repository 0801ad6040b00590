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

// Key: day ‖ outcome ‖ process ‖ u32 its version ‖ owner ‖ reason ‖ stage ‖ competitor. The reason
// is that of the deal, or the one that job requests of it were declined for. DO NOT CHANGE: on
// disk.
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

std::string KeyOf(const Opportunity& deal, const std::string& reason_id) {
  std::optional<absl::CivilDay> day;
  if (deal.has_close_date()) {
    const type::v1::Date& date = deal.close_date();
    day = absl::CivilDay(date.year(), date.month(), date.day());
  }
  return Key()
      .Day(day)
      .U8(static_cast<uint8_t>(deal.state()))
      .Id(ToAbsl(deal.process_id()))
      .U32(deal.process_version())
      .Id(ToAbsl(deal.owner_id()))
      .Id(ToAbsl(reason_id))
      .Text(ToAbsl(deal.stage()))
      .Text(ToAbsl(deal.competitor()))
      .Take();
}

void AddAmount(WinLossMeasure measure, const type::v1::Money& money, Measures* sums) {
  if (!money.currency().empty()) sums->Add(measure, ToAbsl(money.currency()), money.minor());
}

void ContributeDeal(const google::protobuf::Message& record, std::vector<Contribution>* out) {
  const auto& deal = static_cast<const Opportunity&>(record);
  if (deal.state() == sales::v1::OPPORTUNITY_STATE_OPEN || deal.archived()) return;
  std::map<std::string, Measures> by_reason;
  Measures& whole = by_reason[deal.close_reason_id()];
  whole.Add(kWinLossCount, "", 1);
  if (deal.has_open_time() && deal.has_close_time()) {
    whole.Add(kWinLossCycleCount, "", 1);
    whole.Add(kWinLossCycleSeconds, "",
              (Micros(deal.close_time()) - Micros(deal.open_time())) / 1'000'000);
  }
  AddAmount(kWinLossActual, deal.actual_value(), &whole);
  AddAmount(kWinLossLost, deal.lost_value(), &whole);
  // The requests of a lost deal were declined with it: the deal counts.
  if (deal.state() == sales::v1::OPPORTUNITY_STATE_PARTIALLY_WON) {
    for (const auto& request : deal.job_requests()) {
      if (request.state() != sales::v1::JOB_REQUEST_STATE_DECLINED) continue;
      Measures& declined = by_reason[request.close_reason_id()];
      declined.Add(kWinLossDeclinedCount, "", 1);
      AddAmount(kWinLossDeclined, request.value(), &declined);
    }
  }
  for (auto& [reason_id, sums] : by_reason) {
    out->push_back({KeyOf(deal, reason_id), std::move(sums)});
  }
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

bool InPeriod(const std::optional<absl::CivilDay>& day, const WinLossQuery& query) {
  if (!query.period.has_value()) return true;
  return day.has_value() && *day >= query.period->from && *day < query.period->until;
}

// Rows of the view, as far as they belong to an answer, summed by group.
class Groups {
 public:
  explicit Groups(const WinLossQuery& query) : query_(query) {}

  absl::Status Add(absl::string_view key, const Measures& sums) {
    Parts parts;
    if (!ReadKey(key, &parts)) {
      return Reject(Reason::REASON_DATA_LOSS, "a row of won and lost deals cannot be read");
    }
    if (!query_.owner_id.empty() && parts.owner != query_.owner_id) return absl::OkStatus();
    if (!query_.process_id.empty() && parts.process != query_.process_id) return absl::OkStatus();
    if (query_.process_version != 0 && parts.version != query_.process_version) {
      return absl::OkStatus();
    }
    if (!InPeriod(parts.day, query_)) return absl::OkStatus();
    const bool by_version = query_.group == WinLossGroup::kStageOfVersion;
    groups_[{by_version ? parts.process : "", by_version ? parts.version : 0,
             GroupOf(parts, query_.group), parts.outcome}]
        .Add(sums, 1);
    return absl::OkStatus();
  }

  std::vector<WinLossRow> Take() {
    std::vector<WinLossRow> rows;
    for (auto& [group, sums] : groups_) {
      const auto& [process, version, key, outcome] = group;
      rows.push_back({key, process, version, static_cast<sales::v1::OpportunityState>(outcome),
                      std::move(sums)});
    }
    return rows;
  }

 private:
  const WinLossQuery& query_;
  std::map<std::tuple<std::string, uint32_t, std::string, uint8_t>, Measures> groups_;
};

}  // namespace

absl::StatusOr<std::vector<WinLossRow>> ReadWinLoss(const Snapshot& snapshot,
                                                    const WinLossQuery& query) {
  std::string first, last;
  if (query.period.has_value()) {
    first = Key().Day(query.period->from).Take();
    last = Key().Day(query.period->until).Take();
  }
  Groups groups(query);
  absl::Status status;
  DAYBOOK_RETURN_IF_ERROR(snapshot.ScanRows(
      kWinLossView, first, last, [&](absl::string_view key, absl::string_view value) {
        const auto sums = Measures::Decode(value);
        status = sums.ok() ? groups.Add(key, *sums) : sums.status();
        return status.ok();
      }));
  DAYBOOK_RETURN_IF_ERROR(status);
  return groups.Take();
}

absl::StatusOr<std::vector<WinLossRow>> WinLossOf(const Opportunity& deal,
                                                  const WinLossQuery& query) {
  std::vector<Contribution> given;
  ContributeDeal(deal, &given);
  Groups groups(query);
  for (const Contribution& contribution : given) {
    DAYBOOK_RETURN_IF_ERROR(groups.Add(contribution.key, contribution.measures));
  }
  return groups.Take();
}

Projection WinLoss() { return Contributions(kWinLossView, 3, "opportunity", &ContributeDeal); }

}  // namespace daybook::projections
