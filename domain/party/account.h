#pragma once

// A company or other customer, a node of an account tree.
// PROSPECT -> ACTIVE <-> DORMANT, each of them -> CLOSED, and CLOSED -> ACTIVE when the customer
// comes back. Orthogonal: archived. An archived account takes no change but RestoreAccount, and
// nothing new refers to it. Rules: no cycle at any depth, depth at most kTreeDepthMax; the tax
// number is unique among accounts that are not archived (blanks and case apart); the year of
// foundation is 0 (unknown) or 1000 to 2200; the owner is active.

#include <vector>

#include "daybook/party/v1/account_events.pb.h"
#include "daybook/party/v1/account_service.pb.h"
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
  // "account-tax-number" and "account-external-key" while not archived.
  static std::vector<Claim> Claims(const State& state);

  static absl::Status Gather(const State&, const party::v1::CreateAccountRequest&, FactLoader&);
  static absl::Status Gather(const State&, const party::v1::UpdateAccountRequest&, FactLoader&);
  static absl::Status Gather(const State&, const party::v1::MoveAccountRequest&, FactLoader&);

  static Result Decide(const State&, const party::v1::CreateAccountRequest&, const Context&);
  static Result Decide(const State&, const party::v1::UpdateAccountRequest&, const Context&);
  static Result Decide(const State&, const party::v1::MoveAccountRequest&, const Context&);
  static Result Decide(const State&, const party::v1::ChangeAccountStateRequest&, const Context&);
  static Result Decide(const State&, const party::v1::ArchiveAccountRequest&, const Context&);
  static Result Decide(const State&, const party::v1::RestoreAccountRequest&, const Context&);
};

}  // namespace daybook::domain
