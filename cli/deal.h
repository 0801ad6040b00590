#pragma once

// What the verbs about one deal share.

#include <string>

#include "absl/status/statusor.h"
#include "cli/app.h"
#include "cli/receipts.h"
#include "cli/records.h"
#include "daybook/sales/v1/opportunity.pb.h"

namespace daybook::cli {

// The deal with this subject or id, as it is now.
absl::StatusOr<sales::v1::Opportunity> ReadDeal(Client& client, const std::string& subject_or_id);

// Sends a command about a deal: "AddOpportunityLine". `request` has its id set; the header is made
// here.
template <class Response, class Request>
absl::StatusOr<sales::v1::Opportunity> ChangeDeal(Client& client, const std::string& method,
                                                  Request request) {
  SetNewHeader(request.mutable_header());
  Response response;
  absl::Status status =
      client.Call("daybook.sales.v1.OpportunityService/" + method, request, &response);
  if (!status.ok()) return status;
  NoteUnchanged(response.receipt());
  return std::move(*response.mutable_opportunity());
}

}  // namespace daybook::cli
