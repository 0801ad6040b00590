#include "cli/deal.h"

#include "cli/records.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {

absl::StatusOr<sales::v1::Opportunity> ReadDeal(Client& client, const std::string& subject_or_id) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType("opportunity"));
  sales::v1::GetOpportunityRequest request;
  sales::v1::GetOpportunityResponse response;
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_id(), ResolveByTitle(client, *type, subject_or_id));
  DAYBOOK_RETURN_IF_ERROR(
      client.Call("daybook.sales.v1.OpportunityService/GetOpportunity", request, &response));
  return std::move(*response.mutable_opportunity());
}

}  // namespace daybook::cli
