#pragma once

// The answers of PipelineAnalysisService, one file for each kind of question.

#include "daybook/sales/v1/pipeline_analysis_service.pb.h"
#include "projections/sales_board.h"
#include "services/rpc.h"

namespace daybook::services {

// pipeline_bridge.cc
absl::Status ReadPipelineBridge(const Query& query,
                                const sales::v1::GetPipelineBridgeRequest& request,
                                sales::v1::GetPipelineBridgeResponse* response);
absl::Status ReadPipelineMoves(const Query& query,
                               const sales::v1::ListPipelineMovesRequest& request,
                               sales::v1::ListPipelineMovesResponse* response);
// slippage.cc
absl::Status ReadSlippage(const Query& query, const sales::v1::GetSlippageRequest& request,
                          sales::v1::GetSlippageResponse* response);
// win_loss.cc
absl::Status ReadWinLoss(const Query& query, const sales::v1::GetWinLossRequest& request,
                         sales::v1::GetWinLossResponse* response);
absl::Status DrillDownWinLoss(const Query& query, const sales::v1::DrillDownWinLossRequest& request,
                              sales::v1::DrillDownWinLossResponse* response);
// sales_velocity.cc
absl::Status ReadSalesVelocity(const Query& query,
                               const sales::v1::GetSalesVelocityRequest& request,
                               sales::v1::GetSalesVelocityResponse* response);

// A half-open period of days. INVALID_FIELD: an impossible day, or an end that is not after the
// beginning.
absl::StatusOr<projections::BoardPeriod> PeriodOf(const type::v1::Date& from,
                                                  const type::v1::Date& until);
void SetReadPosition(const projections::Snapshot& snapshot, rpc::v1::ReadPosition* read);

}  // namespace daybook::services
