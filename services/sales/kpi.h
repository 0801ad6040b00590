#pragma once

// The answers of KpiService.

#include "daybook/sales/v1/kpi_service.pb.h"
#include "services/rpc.h"

namespace daybook::services {

inline constexpr int kKpiPeriodDaysMax = 3653;  // ten years
inline constexpr size_t kKpiGroupsMax = 200;    // numbers of an answer

absl::Status ReadKpi(const Query& query, const sales::v1::GetKpiRequest& request,
                     sales::v1::GetKpiResponse* response);
absl::Status DrillDown(const Query& query, const sales::v1::DrillDownKpiRequest& request,
                       sales::v1::DrillDownKpiResponse* response);

}  // namespace daybook::services
