#pragma once

// Who matters in a deal on the side of the customer: contacts of any account with a role, how much
// they weigh and where they stand, and who sways whom. One for each deal. Rules: a contact is in it
// once; links go between two members; at most kBuyingCenterMembersMax members. Once the deal is
// closed only corrections are taken: the first one keeps the buying center as it stood at the
// close, and a reopened deal forgets that.
//
// Codes and numbers about people stand in clear under the contact's id; whatever could name a
// person is in the contact.

#include <vector>

#include "daybook/party/v1/buying_center_events.pb.h"
#include "daybook/party/v1/buying_center_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

inline constexpr int kBuyingCenterMembersMax = 100;
inline constexpr int kInfluenceLinksMax = 500;
inline constexpr int kInfluenceMax = 100;

struct BuyingCenter {
  static constexpr absl::string_view kName = "buying_center";
  using Record = party::v1::BuyingCenter;
  struct State {
    Record record;
  };
  using Event = party::v1::BuyingCenterEvent;
  using Result = absl::StatusOr<Decision<Event>>;
  using OpenRequest = party::v1::OpenBuyingCenterRequest;
  using AddRequest = party::v1::AddBuyingCenterMemberRequest;
  using ChangeRequest = party::v1::ChangeBuyingCenterMemberRequest;
  using RemoveRequest = party::v1::RemoveBuyingCenterMemberRequest;
  using LinkRequest = party::v1::LinkInfluenceRequest;
  using UnlinkRequest = party::v1::UnlinkInfluenceRequest;
  using UpdateRequest = party::v1::UpdateBuyingCenterRequest;

  static void Evolve(State& state, const Event& event);
  // "buying_center-opportunity" and "buying_center-external-key".
  static std::vector<Claim> Claims(const State& state);

  // The deal: whether it is closed is part of every decision.
  static absl::Status Gather(const State&, const AddRequest&, FactLoader&);
  static absl::Status Gather(const State&, const ChangeRequest&, FactLoader&);
  static absl::Status Gather(const State&, const RemoveRequest&, FactLoader&);
  static absl::Status Gather(const State&, const LinkRequest&, FactLoader&);
  static absl::Status Gather(const State&, const UnlinkRequest&, FactLoader&);
  static absl::Status Gather(const State&, const UpdateRequest&, FactLoader&);

  static Result Decide(const State&, const OpenRequest&, const Context&);
  static Result Decide(const State&, const AddRequest&, const Context&);
  static Result Decide(const State&, const ChangeRequest&, const Context&);
  static Result Decide(const State&, const RemoveRequest&, const Context&);
  static Result Decide(const State&, const LinkRequest&, const Context&);
  static Result Decide(const State&, const UnlinkRequest&, const Context&);
  static Result Decide(const State&, const UpdateRequest&, const Context&);
};

}  // namespace daybook::domain
