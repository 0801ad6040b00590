#pragma once

// The answers of LeadBoardService that look at leads one by one.

#include <vector>

#include "daybook/sales/v1/lead_board_service.pb.h"
#include "projections/lead_stays.h"
#include "services/record_filters.h"
#include "services/rpc.h"

namespace daybook::services {

inline constexpr int kStaleDays = 14;            // where nothing is said
inline constexpr int kLeadDuplicatesMax = 20;    // of one key
inline constexpr int kLeadPeriodDaysMax = 3653;  // ten years

// lead_cohort.cc: the figures of the leads captured in a period, by owner and all together, as
// projections/lead_stays.h has them of all leads. LIMIT_EXCEEDED.
struct LeadCohort {
  std::vector<projections::LeadFigureSums> owners;
  projections::LeadFigureSums all;
};
absl::StatusOr<LeadCohort> ReadLeadCohort(const Query& query, const DayPeriod& period);

// stale_leads.cc
absl::Status ReadStaleLeads(const Query& query, const sales::v1::ListStaleLeadsRequest& request,
                            sales::v1::ListStaleLeadsResponse* response);
// lead_duplicates.cc
absl::Status ReadLeadDuplicates(const Query& query,
                                const sales::v1::FindLeadDuplicatesRequest& request,
                                sales::v1::FindLeadDuplicatesResponse* response);

}  // namespace daybook::services
