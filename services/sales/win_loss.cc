// Closed deals by what they have in common, and the rates of a period (FORMULAS.md 5.7).

#include "projections/win_loss.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "daybook/admin/v1/user.pb.h"
#include "daybook/setup/v1/close_reason.pb.h"
#include "domain/base/error.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "domain/sales/opportunity_rules.h"
#include "domain/sales/sales_measures.h"
#include "domain/setup/sales_process.h"
#include "services/sales/pipeline_analysis.h"
#include "services/sums.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;
using projections::Measures;
using projections::WinLossGroup;

absl::StatusOr<WinLossGroup> GroupOf(pb::WinLossGroup group) {
  switch (group) {
    case pb::WIN_LOSS_GROUP_REASON:
      return WinLossGroup::kReason;
    case pb::WIN_LOSS_GROUP_COMPETITOR:
      return WinLossGroup::kCompetitor;
    case pb::WIN_LOSS_GROUP_STAGE:
      return WinLossGroup::kStage;
    case pb::WIN_LOSS_GROUP_OWNER:
      return WinLossGroup::kOwner;
    case pb::WIN_LOSS_GROUP_STAGE_IN_FORCE:
      return WinLossGroup::kStageOfVersion;
    default:
      return InvalidField("group_by", "name what to group by");
  }
}

const char* FieldOf(WinLossGroup group) {
  switch (group) {
    case WinLossGroup::kReason:
      return "close_reason_id";
    case WinLossGroup::kCompetitor:
      return "competitor";
    case WinLossGroup::kStage:
    case WinLossGroup::kStageOfVersion:
      return "stage";
    case WinLossGroup::kOwner:
      return "owner_id";
    case WinLossGroup::kNone:
      break;
  }
  return "";
}

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

// What the deals of a row have in common beside their outcome, as a term of a filter.
std::string GroupTerm(WinLossGroup group, const projections::WinLossRow& row) {
  const char* field = FieldOf(group);
  const std::string term = row.key.empty() ? absl::StrCat("-", field, ":*")
                                           : absl::StrCat(field, " = ", Quoted(row.key));
  if (group != WinLossGroup::kStageOfVersion) return term;
  return absl::StrCat("(process_id = ", Quoted(row.process_id),
                      " AND process_version = ", row.process_version, " AND ", term, ")");
}

// The filter of ListOpportunities that finds the deals of a row, which have one of the `groups` in
// common.
std::string DrillFilter(const projections::WinLossQuery& query, pb::OpportunityState outcome,
                        const std::vector<std::string>& groups) {
  std::vector<std::string> terms = {absl::StrCat("state = ", domain::OpportunityStateName(outcome)),
                                    "archived = false"};
  terms.push_back(groups.size() == 1 ? groups.front()
                                     : absl::StrCat("(", absl::StrJoin(groups, " OR "), ")"));
  if (query.period.has_value()) {
    terms.push_back(absl::StrCat("close_date >= ", FormatDay(query.period->from)));
    terms.push_back(absl::StrCat("close_date < ", FormatDay(query.period->until)));
  }
  if (!query.owner_id.empty()) terms.push_back(absl::StrCat("owner_id = ", Quoted(query.owner_id)));
  if (!query.process_id.empty()) {
    terms.push_back(absl::StrCat("process_id = ", Quoted(query.process_id)));
  }
  if (query.process_version != 0) {
    terms.push_back(absl::StrCat("process_version = ", query.process_version));
  }
  return absl::StrJoin(terms, " AND ");
}

// What people read in place of an id.
absl::StatusOr<std::string> LabelOf(const Query& query, WinLossGroup group,
                                    const std::string& key) {
  const bool reason = group == WinLossGroup::kReason;
  if (key.empty() || (!reason && group != WinLossGroup::kOwner)) return key;
  const auto& type = *domain::Registry::Get().Find(reason ? "close_reason" : "user");
  DAYBOOK_ASSIGN_OR_RETURN(const auto record, query.snapshot.GetRecord(type, key));
  if (record == nullptr) return key;
  if (reason) return static_cast<const setup::v1::CloseReason&>(*record).label();
  return static_cast<const admin::v1::User&>(*record).display_name();
}

// Gives every row the name that its stage has in the version in force.
class StageNames {
 public:
  explicit StageNames(const Query& query) : query_(query) {}

  absl::StatusOr<std::string> InForce(const projections::WinLossRow& row) {
    auto& process = processes_[row.process_id];
    if (process == nullptr) {
      const auto& type = *domain::Registry::Get().Find("sales_process");
      DAYBOOK_ASSIGN_OR_RETURN(process, query_.snapshot.GetRecord(type, row.process_id));
      if (process == nullptr) return row.key;
    }
    const auto stage = domain::StageInForce(static_cast<const setup::v1::SalesProcess&>(*process),
                                            row.process_version, row.key);
    return stage.ok() ? (*stage)->id() : row.key;
  }

 private:
  const Query& query_;
  std::map<std::string, std::unique_ptr<google::protobuf::Message>> processes_;
};

// Rows of one key and outcome as one, with the terms of the filter that finds their deals.
struct JoinedRow {
  Measures sums;
  std::vector<std::string> groups;
};
using JoinedRows = std::map<std::pair<std::string, pb::OpportunityState>, JoinedRow>;

absl::StatusOr<JoinedRows> JoinRows(const Query& query, WinLossGroup group,
                                    const std::vector<projections::WinLossRow>& rows) {
  StageNames names(query);
  JoinedRows joined;
  for (const projections::WinLossRow& row : rows) {
    std::string key = row.key;
    if (group == WinLossGroup::kStageOfVersion) {
      DAYBOOK_ASSIGN_OR_RETURN(key, names.InForce(row));
    }
    JoinedRow& into = joined[{key, row.outcome}];
    into.sums.Add(row.sums, 1);
    into.groups.push_back(GroupTerm(group, row));
  }
  return joined;
}

// The sums of a period by outcome.
struct Outcomes {
  Measures won, partially_won, lost, abandoned;
};

Outcomes ByOutcome(std::vector<projections::WinLossRow> rows) {
  Outcomes outcomes;
  for (const projections::WinLossRow& row : rows) {
    if (row.outcome == pb::OPPORTUNITY_STATE_WON) outcomes.won.Add(row.sums, 1);
    if (row.outcome == pb::OPPORTUNITY_STATE_PARTIALLY_WON) outcomes.partially_won.Add(row.sums, 1);
    if (row.outcome == pb::OPPORTUNITY_STATE_LOST) outcomes.lost.Add(row.sums, 1);
    if (row.outcome == pb::OPPORTUNITY_STATE_ABANDONED) outcomes.abandoned.Add(row.sums, 1);
  }
  return outcomes;
}

int64_t CountOf(const Measures& sums) {
  return static_cast<int64_t>(sums.Get(projections::kWinLossCount));
}

absl::StatusOr<int64_t> CountOpen(const Query& query, const projections::WinLossQuery& whose) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto board,
                           projections::ReadSalesBoard(
                               query.snapshot, {whose.owner_id, whose.process_id, std::nullopt}));
  absl::int128 open = 0;
  for (const projections::BoardColumnSums& column : board.columns) {
    if (column.state == pb::OPPORTUNITY_STATE_OPEN) {
      open += column.sums.Get(projections::kBoardCount);
    }
  }
  return Narrow(open);
}

absl::Status FillValue(const Outcomes& outcomes, const std::string& currency,
                       domain::VelocityInput velocity, pb::VelocityValue* value) {
  const absl::int128 accepted = outcomes.won.Get(projections::kWinLossActual, currency) +
                                outcomes.partially_won.Get(projections::kWinLossActual, currency);
  const absl::int128 declined = outcomes.partially_won.Get(projections::kWinLossLost, currency);
  const absl::int128 lost = outcomes.lost.Get(projections::kWinLossLost, currency);
  value->set_currency(currency);
  DAYBOOK_RETURN_IF_ERROR(SetMoney(accepted, currency, value->mutable_accepted()));
  DAYBOOK_RETURN_IF_ERROR(SetMoney(declined, currency, value->mutable_declined()));
  DAYBOOK_RETURN_IF_ERROR(SetMoney(lost, currency, value->mutable_lost()));
  if (const auto rate = domain::ShareOf(accepted, accepted + declined + lost)) {
    value->set_win_rate_value(*rate);
  }
  if (velocity.won > 0) {
    DAYBOOK_RETURN_IF_ERROR(
        SetMoney(DivideHalfEven(accepted, velocity.won), currency, value->mutable_average_won()));
  }
  if (const int64_t count = CountOf(outcomes.lost); count > 0) {
    DAYBOOK_RETURN_IF_ERROR(
        SetMoney(DivideHalfEven(lost, count), currency, value->mutable_average_lost()));
  }
  velocity.accepted_minor = accepted;
  if (const auto per_day = domain::VelocityPerDay(velocity)) {
    DAYBOOK_RETURN_IF_ERROR(SetMoney(*per_day, currency, value->mutable_velocity_per_day()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadWinLoss(const Query& query, const pb::GetWinLossRequest& request,
                         pb::GetWinLossResponse* response) {
  projections::WinLossQuery which;
  which.owner_id = request.owner_id();
  which.process_id = request.process_id();
  which.process_version = request.process_version();
  if (which.process_version != 0 && which.process_id.empty()) {
    return InvalidField("process_id", "is needed with process_version");
  }
  DAYBOOK_ASSIGN_OR_RETURN(which.group, GroupOf(request.group_by()));
  if (request.has_period_from() || request.has_period_until()) {
    DAYBOOK_ASSIGN_OR_RETURN(which.period, PeriodOf(request.period_from(), request.period_until()));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const auto rows, projections::ReadWinLoss(query.snapshot, which));
  DAYBOOK_ASSIGN_OR_RETURN(const JoinedRows joined, JoinRows(query, which.group, rows));
  for (const auto& [group, found] : joined) {
    const auto& [key, outcome] = group;
    pb::WinLossRow* row = response->add_rows();
    row->set_key(key);
    DAYBOOK_ASSIGN_OR_RETURN(*row->mutable_label(), LabelOf(query, which.group, key));
    row->set_outcome(domain::OpportunityStateName(outcome));
    row->set_count(CountOf(found.sums));
    DAYBOOK_RETURN_IF_ERROR(
        AddAmounts(found.sums, projections::kWinLossActual, row->mutable_actual()));
    DAYBOOK_RETURN_IF_ERROR(AddAmounts(found.sums, projections::kWinLossLost, row->mutable_lost()));
    row->set_drill_filter(DrillFilter(which, outcome, found.groups));
  }
  return absl::OkStatus();
}

absl::Status ReadSalesVelocity(const Query& query, const pb::GetSalesVelocityRequest& request,
                               pb::GetSalesVelocityResponse* response) {
  projections::WinLossQuery which;
  which.owner_id = request.owner_id();
  which.process_id = request.process_id();
  DAYBOOK_ASSIGN_OR_RETURN(which.period, PeriodOf(request.period_from(), request.period_until()));
  DAYBOOK_ASSIGN_OR_RETURN(auto rows, projections::ReadWinLoss(query.snapshot, which));
  const Outcomes outcomes = ByOutcome(std::move(rows));
  response->set_won(CountOf(outcomes.won));
  response->set_partially_won(CountOf(outcomes.partially_won));
  response->set_lost(CountOf(outcomes.lost));
  response->set_abandoned(CountOf(outcomes.abandoned));
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t open, CountOpen(query, which));
  response->set_open(open);

  Measures closed = outcomes.won;
  closed.Add(outcomes.partially_won, 1);
  closed.Add(outcomes.lost, 1);
  domain::VelocityInput velocity;
  velocity.open = open;
  velocity.won = response->won() + response->partially_won();
  velocity.closed = CountOf(closed);
  velocity.cycles = static_cast<int64_t>(closed.Get(projections::kWinLossCycleCount));
  velocity.cycle_seconds = closed.Get(projections::kWinLossCycleSeconds);
  if (const auto rate = domain::ShareOf(velocity.won, velocity.closed)) {
    response->set_win_rate_count(*rate);
  }
  if (velocity.cycles > 0) {
    response->set_mean_cycle_seconds(
        static_cast<int64_t>(DivideHalfEven(velocity.cycle_seconds, velocity.cycles)));
  }
  for (const std::string& currency : closed.Currencies()) {
    DAYBOOK_RETURN_IF_ERROR(FillValue(outcomes, currency, velocity, response->add_values()));
  }
  return absl::OkStatus();
}

}  // namespace daybook::services
