#pragma once

#include "daybook/sales/v1/loss_review_service.pb.h"
#include "services/rpc.h"

namespace daybook::services {

// Reasons as given and as found, and the queues of the groups. What is overdue is decided on the
// day of the snapshot: today, or the day that as_of names.
absl::Status ReadLossReviewMatrix(const Query& query,
                                  const sales::v1::GetLossReviewMatrixRequest& request,
                                  sales::v1::GetLossReviewMatrixResponse* response);

}  // namespace daybook::services
