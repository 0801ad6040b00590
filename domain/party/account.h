#pragma once

// A company or other customer, a node of an account tree.
// PROSPECT -> ACTIVE <-> DORMANT, each of them -> CLOSED, and CLOSED -> ACTIVE when the customer
// comes back. Orthogonal: archived. An archived account takes no change but RestoreAccount, and
// nothing new refers to it. Rules: no cycle at any depth, depth at most kTreeDepthMax; the tax
// number is unique among accounts that are not archived (blanks and case apart), and among
// blacklisted ones even then, so that nobody comes back under a new account; domain and country
// together are unique likewise unless a reason is given; the year of foundation is 0 (unknown) or
// 1000 to 2200; the owner is active.
//
// The rules of each area of an account are in a file of their own: account_profile.cc (class,
// renewal, billing, brand), account_responsibility.cc, account_blacklist.cc.

#include <vector>

#include "daybook/party/v1/account_events.pb.h"
#include "daybook/party/v1/account_profile_service.pb.h"
#include "daybook/party/v1/account_service.pb.h"
#include "daybook/party/v1/blacklist_service.pb.h"
#include "daybook/party/v1/responsibility_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

inline constexpr int kFoundedYearMin = 1000;
inline constexpr int kFoundedYearMax = 2200;

struct Account {
  static constexpr absl::string_view kName = "account";
  using Record = party::v1::Account;
  struct State {
    Record record;
  };
  using Event = party::v1::AccountEvent;
  using Result = absl::StatusOr<Decision<Event>>;

  static void Evolve(State& state, const Event& event);
  // "account-tax-number", "account-domain" and "account-external-key" while not archived; the first
  // also while blacklisted.
  static std::vector<Claim> Claims(const State& state);

  static absl::Status Gather(const State&, const party::v1::CreateAccountRequest&, FactLoader&);
  static absl::Status Gather(const State&, const party::v1::UpdateAccountRequest&, FactLoader&);
  static absl::Status Gather(const State&, const party::v1::MoveAccountRequest&, FactLoader&);
  static absl::Status Gather(const State&, const party::v1::SetAccountClassRequest&, FactLoader&);
  static absl::Status Gather(const State&, const party::v1::SetBillingProfileRequest&, FactLoader&);

  static Result Decide(const State&, const party::v1::CreateAccountRequest&, const Context&);
  static Result Decide(const State&, const party::v1::UpdateAccountRequest&, const Context&);
  static Result Decide(const State&, const party::v1::MoveAccountRequest&, const Context&);
  static Result Decide(const State&, const party::v1::ChangeAccountStateRequest&, const Context&);
  static Result Decide(const State&, const party::v1::ArchiveAccountRequest&, const Context&);
  static Result Decide(const State&, const party::v1::RestoreAccountRequest&, const Context&);
  static Result Decide(const State&, const party::v1::SetAccountClassRequest&, const Context&);
  static Result Decide(const State&, const party::v1::SetRenewalRequest&, const Context&);
  static Result Decide(const State&, const party::v1::SetBillingProfileRequest&, const Context&);
  static Result Decide(const State&, const party::v1::AssignAccountToBrandRequest&, const Context&);
  static Result Decide(const State&, const party::v1::AssignResponsibilityRequest&, const Context&);
  static Result Decide(const State&, const party::v1::HandOverAccountRequest&, const Context&);
  static Result Decide(const State&, const party::v1::BlacklistAccountRequest&, const Context&);
  static Result Decide(const State&, const party::v1::LiftBlacklistRequest&, const Context&);
};

// RECORD_ARCHIVED or NOT_FOUND unless the account takes changes.
absl::Status CheckWritableAccount(const party::v1::Account& account, const Context& context);

}  // namespace daybook::domain
