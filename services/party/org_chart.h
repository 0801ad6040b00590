#pragma once

#include "absl/status/status.h"
#include "daybook/party/v1/org_position_service.pb.h"
#include "services/rpc.h"

namespace daybook::services {

// The chart of an account on a day, from the places that stand then. Places at one position of the
// log; a place whose manager is not in the chart on the day is a top.
absl::Status ReadOrgChart(const Query& query, const party::v1::GetOrgChartRequest& request,
                          party::v1::GetOrgChartResponse* response);

}  // namespace daybook::services
