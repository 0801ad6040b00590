#include "daybook/sales/v1/sales_board_service.grpc.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "projections/sales_board.h"
#include "projections/stage_intervals.h"
#include "services/answer_page.h"
#include "services/figure_rows.h"
#include "services/registry.h"
#include "services/rpc.h"
#include "services/sales/board_messages.h"
#include "services/sales/group_totals.h"
#include "services/sales/unprocessed.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;

absl::StatusOr<std::optional<projections::BoardPeriod>> PeriodOf(
    const pb::GetSalesBoardRequest& request) {
  if (!request.has_period_from() && !request.has_period_until()) return std::nullopt;
  if (!request.has_period_from()) return InvalidField("period_from", "is needed with period_until");
  if (!request.has_period_until())
    return InvalidField("period_until", "is needed with period_from");
  DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay from, FromProto(request.period_from()));
  DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay until, FromProto(request.period_until()));
  if (from >= until) return InvalidField("period_until", "must be after period_from");
  return projections::BoardPeriod{from, until};
}

// The first column: customers, not deals.
absl::Status AddUnprocessed(const Query& query, const pb::GetSalesBoardRequest& request,
                            pb::GetSalesBoardResponse* response) {
  if (request.crm_project_id().empty()) {
    return InvalidField("include_unprocessed",
                        "customers are unprocessed in a project; name it in crm_project_id");
  }
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t count,
                           CountUnprocessed(query, request.crm_project_id(), request.owner_id()));
  pb::BoardColumn* column = response->add_columns();
  column->set_kind(pb::BOARD_COLUMN_KIND_UNPROCESSED);
  column->set_label("Unprocessed");
  column->set_count(count);
  return absl::OkStatus();
}

absl::Status GetBoard(const Query& query, const pb::GetSalesBoardRequest& request,
                      pb::GetSalesBoardResponse* response) {
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "opportunity"));
  projections::BoardQuery board;
  board.owner_id = request.owner_id();
  board.process_id = request.process_id();
  board.crm_project_id = request.crm_project_id();
  DAYBOOK_ASSIGN_OR_RETURN(board.period, PeriodOf(request));
  DAYBOOK_ASSIGN_OR_RETURN(const auto result, projections::ReadSalesBoard(query.snapshot, board));
  DAYBOOK_RETURN_IF_ERROR(CheckFigureRows(query, result.columns.size()));
  if (request.include_unprocessed()) {
    DAYBOOK_RETURN_IF_ERROR(AddUnprocessed(query, request, response));
  }
  return FillBoard(query, result, request.process_id(), response);
}

absl::Status ListIntervals(const Query& query, const pb::ListStageIntervalsRequest& request,
                           pb::ListStageIntervalsResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(const AnswerPage page,
                           AnswerPage::Open(query, "stage-intervals", request));
  const Query at = page.at();
  DAYBOOK_RETURN_IF_ERROR(ReadRecord(at, "opportunity", request.opportunity_id(), {}).status());
  DAYBOOK_ASSIGN_OR_RETURN(const auto stays,
                           projections::ReadStageStays(at.snapshot, request.opportunity_id()));
  const auto [first, end] = page.Part(stays.size());
  page.Finish(stays.size(), response);
  for (size_t i = first; i < end; ++i) {
    const projections::StageStay& stay = stays[i];
    pb::StageInterval* interval = response->add_intervals();
    interval->set_stage(stay.stage);
    *interval->mutable_entered_at() = ToProto(stay.entered_at);
    if (stay.left_at.has_value()) *interval->mutable_left_at() = ToProto(*stay.left_at);
    interval->set_position(stay.position);
    interval->set_left_to(stay.left_to);
  }
  return absl::OkStatus();
}

absl::Status GetDurations(const Query& query, const pb::GetStageDurationsRequest& request,
                          pb::GetStageDurationsResponse* response) {
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "opportunity"));
  DAYBOOK_ASSIGN_OR_RETURN(const auto totals,
                           projections::ReadStageTotals(query.snapshot, request.process_id()));
  DAYBOOK_RETURN_IF_ERROR(CheckFigureRows(query, totals.size()));
  for (const projections::StageTotal& total : totals) {
    pb::StageDuration* stage = response->add_stages();
    stage->set_process_id(total.process_id);
    stage->set_stage(total.stage);
    stage->set_stays(total.stays);
    stage->set_total_seconds(total.total_seconds);
    stage->set_open(total.open);
  }
  return absl::OkStatus();
}

class Service final : public pb::SalesBoardService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* GetSalesBoard(Rpc* rpc, const pb::GetSalesBoardRequest* request,
                         pb::GetSalesBoardResponse* response) override {
    return ServeQuery(
        rpc, deps_, *request, response,
        // A project has a row for each day and owner.
        request->include_unprocessed() || !request->crm_project_id().empty() ? QueryCost::kHeavy
                                                                             : QueryCost::kLight,
        [request, response](const Query& query) { return GetBoard(query, *request, response); });
  }
  Reactor* ListGroupTotals(Rpc* rpc, const pb::ListGroupTotalsRequest* request,
                           pb::ListGroupTotalsResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kHeavy,
                      [request, response](const Query& query) {
                        return ReadGroupTotals(query, *request, response);
                      });
  }
  Reactor* ListStageIntervals(Rpc* rpc, const pb::ListStageIntervalsRequest* request,
                              pb::ListStageIntervalsResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kHeavy,
                      [request, response](const Query& query) {
                        return ListIntervals(query, *request, response);
                      });
  }
  Reactor* GetStageDurations(Rpc* rpc, const pb::GetStageDurationsRequest* request,
                             pb::GetStageDurationsResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kLight,
                      [request, response](const Query& query) {
                        return GetDurations(query, *request, response);
                      });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewSalesBoardService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
