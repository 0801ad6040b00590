#pragma once

#include "daybook/sales/v1/sales_board_service.pb.h"
#include "services/rpc.h"

namespace daybook::services {

// Deals summed over account trees: the sums stand by account in the board's view, the tree is
// joined when read, so that moving an account changes no sum.
absl::Status ReadGroupTotals(const Query& query, const sales::v1::ListGroupTotalsRequest& request,
                             sales::v1::ListGroupTotalsResponse* response);

}  // namespace daybook::services
