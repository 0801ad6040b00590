#include "services/sales/loss_review_matrix.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daybook/admin/v1/unit.pb.h"
#include "daybook/setup/v1/close_reason.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/record/rules.h"
#include "domain/sales/sales_measures.h"
#include "projections/loss_reviews.h"
#include "services/figure_rows.h"
#include "services/party/party_reads.h"
#include "services/sales/pipeline_analysis.h"
#include "services/sums.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;
using Request = pb::GetLossReviewMatrixRequest;

absl::CivilDay DayOf(const Query& query) {
  const absl::Time now =
      query.snapshot.is_past() ? query.snapshot.recorded_at() : query.deps.clock.Now();
  return absl::ToCivilDay(now, query.deps.engine.GetSettings().zone);
}

std::string IdTerm(absl::string_view field, absl::string_view id) {
  return id.empty() ? absl::StrCat("-", field, ":*") : absl::StrCat(field, " = \"", id, "\"");
}

// The filter of ListLossReviews that finds the reviews of a cell.
std::string DrillFilter(const Request& request,
                        const std::optional<projections::BoardPeriod>& period,
                        const projections::LossReviewCell& cell) {
  std::vector<std::string> terms = {IdTerm("close_reason_id", cell.close_reason_id)};
  if (cell.verdict == pb::LOSS_VERDICT_UNSPECIFIED) {
    terms.emplace_back("-reviewed_reason_id:* AND NOT state = CLOSED");
  } else {
    terms.push_back(IdTerm("reviewed_reason_id", cell.reviewed_reason_id));
    terms.push_back(absl::StrCat(
        "verdict = ", domain::ShortName(pb::LossVerdict_Name(cell.verdict), "LOSS_VERDICT_")));
  }
  if (!request.unit_id().empty()) terms.push_back(IdTerm("unit_id", request.unit_id()));
  if (period.has_value()) {
    terms.push_back(absl::StrCat("opened_date >= ", FormatDay(period->from)));
    terms.push_back(absl::StrCat("opened_date < ", FormatDay(period->until)));
  }
  return absl::StrJoin(terms, " AND ");
}

absl::Status FillCells(const Query& query, const Request& request,
                       const std::vector<projections::LossReviewCell>& cells,
                       const std::optional<projections::BoardPeriod>& period,
                       pb::GetLossReviewMatrixResponse* response) {
  std::set<std::string> ids;
  for (const auto& cell : cells) {
    for (const auto* id : {&cell.close_reason_id, &cell.reviewed_reason_id}) {
      if (!id->empty()) ids.insert(*id);
    }
  }
  DAYBOOK_ASSIGN_OR_RETURN(
      const auto reasons,
      ReadMany<setup::v1::CloseReason>(query, "close_reason", {ids.begin(), ids.end()}));
  const auto label = [&](const std::string& id) {
    const auto found = reasons.find(id);
    return found == reasons.end() ? std::string() : found->second.label();
  };
  int64_t confirmed = 0;
  for (const auto& cell : cells) {
    pb::LossReviewCell* out = response->add_cells();
    out->set_close_reason_id(cell.close_reason_id);
    out->set_close_reason_label(label(cell.close_reason_id));
    out->set_reviewed_reason_id(cell.reviewed_reason_id);
    out->set_reviewed_reason_label(label(cell.reviewed_reason_id));
    out->set_verdict(cell.verdict);
    const int64_t count = Saturated(cell.sums.Get(projections::kLossReviewCount));
    out->set_count(count);
    AddAmounts(cell.sums, projections::kLossReviewLost, out->mutable_lost());
    out->set_drill_filter(DrillFilter(request, period, cell));
    if (cell.verdict == pb::LOSS_VERDICT_UNSPECIFIED) continue;
    response->set_reviewed(response->reviewed() + count);
    if (cell.verdict == pb::LOSS_VERDICT_CONFIRMED) confirmed += count;
  }
  if (const auto share = domain::ShareOf(confirmed, response->reviewed())) {
    response->set_confirmed_share(*share);
  }
  return absl::OkStatus();
}

absl::Status FillQueues(const Query& query, const Request& request,
                        pb::GetLossReviewMatrixResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto queues, projections::ReadLossReviewQueues(
                                                  query.snapshot, request.unit_id(), DayOf(query)));
  DAYBOOK_RETURN_IF_ERROR(CheckFigureRows(query, queues.size()));
  std::vector<std::string> ids;
  for (const auto& queue : queues) ids.push_back(queue.unit_id);
  DAYBOOK_ASSIGN_OR_RETURN(const auto units, ReadMany<admin::v1::Unit>(query, "unit", ids));
  for (const auto& queue : queues) {
    pb::LossReviewQueue* out = response->add_queues();
    out->set_unit_id(queue.unit_id);
    const auto unit = units.find(queue.unit_id);
    if (unit != units.end()) out->set_name(unit->second.name());
    out->set_open(queue.open);
    out->set_taken(queue.taken);
    out->set_overdue(queue.overdue);
    out->set_fallback(queue.fallback);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadLossReviewMatrix(const Query& query, const Request& request,
                                  pb::GetLossReviewMatrixResponse* response) {
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "loss_review"));
  std::optional<projections::BoardPeriod> period;
  if (request.has_period_from() || request.has_period_until()) {
    DAYBOOK_ASSIGN_OR_RETURN(period, PeriodOf(request.period_from(), request.period_until()));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const auto cells, projections::ReadLossReviewCells(
                                                 query.snapshot, request.unit_id(), period));
  DAYBOOK_RETURN_IF_ERROR(CheckFigureRows(query, cells.size()));
  DAYBOOK_RETURN_IF_ERROR(FillCells(query, request, cells, period, response));
  return FillQueues(query, request, response);
}

}  // namespace daybook::services
