#include "cli/deal.h"

#include "absl/time/clock.h"
#include "cli/records.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "domain/base/clock.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {

void SetNewHeader(rpc::v1::CommandHeader* header) {
  SystemRandom random;
  header->set_request_id(random.NewUuid(absl::Now()).ToString());
}

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
