#pragma once

#include "absl/status/status.h"
#include "daybook/party/v1/buying_center_service.pb.h"
#include "services/rpc.h"

namespace daybook::services {

// The buying center of a deal with the names of its members, now or as it stood at the close.
absl::Status ReadDealBuyingCenter(const Query& query,
                                  const party::v1::GetDealBuyingCenterRequest& request,
                                  party::v1::GetDealBuyingCenterResponse* response);

// Over all deals of an account: who had a say in which role, and what became of them. Joined when
// read, so that a deal that is reopened or moved counts as it stands.
absl::Status ReadContactInfluence(const Query& query,
                                  const party::v1::ListContactInfluenceRequest& request,
                                  party::v1::ListContactInfluenceResponse* response);

}  // namespace daybook::services
