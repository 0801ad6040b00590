#pragma once

// A person who works with Daybook. ACTIVE <-> INACTIVE; an inactive user keeps his records and his
// name in history, may be corrected, but can neither sign in nor be given anything. Rules: the
// login is unique among active users without regard to the case of ASCII letters and holds no
// blanks; the e-mail address is one; the unit is open; with his deactivation his API keys stop to
// work, so somebody else who may administer is left. The user is the person: name, login, e-mail
// and external key are sealed.

#include <vector>

#include "daybook/admin/v1/user_events.pb.h"
#include "daybook/admin/v1/user_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

struct User {
  static constexpr absl::string_view kName = "user";
  using Record = admin::v1::User;
  struct State {
    Record record;
  };
  using Event = admin::v1::UserEvent;
  using Result = absl::StatusOr<Decision<Event>>;

  static void Evolve(State& state, const Event& event);
  // "user-login" while active, "user-external-key" always.
  static std::vector<Claim> Claims(const State& state);

  static absl::Status Gather(const State&, const admin::v1::UpdateUserRequest&, FactLoader&);

  // The keys of administrators, until there is one of somebody else.
  static absl::Status Gather(const State&, const admin::v1::DeactivateUserRequest&, FactLoader&);

  static Result Decide(const State&, const admin::v1::CreateUserRequest&, const Context&);
  static Result Decide(const State&, const admin::v1::UpdateUserRequest&, const Context&);
  static Result Decide(const State&, const admin::v1::DeactivateUserRequest&, const Context&);
  static Result Decide(const State&, const admin::v1::ReactivateUserRequest&, const Context&);
};

}  // namespace daybook::domain
