#pragma once

// The customers of a project without a deal in it, as they may be shown: those that are archived or
// blacklisted are left out (F-064).

#include "daybook/sales/v1/crm_project_service.pb.h"
#include "services/rpc.h"

namespace daybook::services {

// Customers of a project that one answer looks at.
inline constexpr size_t kProjectCustomersMax = 100'000;

absl::Status ListUnprocessed(const Query& query,
                             const sales::v1::ListUnprocessedCustomersRequest& request,
                             sales::v1::ListUnprocessedCustomersResponse* response);

// How many there are; none when the project takes no deals. `owner_id`: of this owner's accounts;
// empty: of all. NOT_FOUND: the project. LIMIT_EXCEEDED.
absl::StatusOr<int64_t> CountUnprocessed(const Query& query, absl::string_view crm_project_id,
                                         absl::string_view owner_id);

}  // namespace daybook::services
