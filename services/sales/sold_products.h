#pragma once

// The answer of OpportunityService.ListSoldProducts.

#include "daybook/sales/v1/opportunity_service.pb.h"
#include "services/rpc.h"

namespace daybook::services {

// INVALID_FIELD: half a period, or one that ends before it begins. OUT_OF_RANGE.
absl::Status ReadSoldProducts(const Query& query, const sales::v1::ListSoldProductsRequest& request,
                              sales::v1::ListSoldProductsResponse* response);

}  // namespace daybook::services
