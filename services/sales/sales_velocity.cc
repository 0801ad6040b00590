// Win rates and the velocity of a period (FORMULAS.md 5.7).

#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/sales/sales_measures.h"
#include "projections/win_loss.h"
#include "services/sales/pipeline_analysis.h"
#include "services/sums.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;
using projections::Measures;

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
  return Saturated(open);
}

void FillValue(const Outcomes& outcomes, const std::string& currency,
               domain::VelocityInput velocity, pb::VelocityValue* value) {
  const absl::int128 accepted = outcomes.won.Get(projections::kWinLossActual, currency) +
                                outcomes.partially_won.Get(projections::kWinLossActual, currency);
  const absl::int128 declined = outcomes.partially_won.Get(projections::kWinLossLost, currency);
  const absl::int128 lost = outcomes.lost.Get(projections::kWinLossLost, currency);
  value->set_currency(currency);
  SetSum(accepted, currency, value->mutable_accepted());
  SetSum(declined, currency, value->mutable_declined());
  SetSum(lost, currency, value->mutable_lost());
  if (const auto rate = domain::ShareOf(accepted, accepted + declined + lost)) {
    value->set_win_rate_value(*rate);
  }
  if (velocity.won > 0) {
    SetSum(DivideHalfEven(accepted, velocity.won), currency, value->mutable_average_won());
  }
  if (const int64_t count = CountOf(outcomes.lost); count > 0) {
    SetSum(DivideHalfEven(lost, count), currency, value->mutable_average_lost());
  }
  velocity.accepted_minor = accepted;
  if (const auto per_day = domain::VelocityPerDay(velocity)) {
    SetSum(*per_day, currency, value->mutable_velocity_per_day());
  }
}

}  // namespace

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
    FillValue(outcomes, currency, velocity, response->add_values());
  }
  return absl::OkStatus();
}

}  // namespace daybook::services
