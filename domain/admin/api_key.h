#pragma once

// A credential of a program or an operator. Issued, then revoked for good. The secret never comes
// near an event: the record holds the first digits of its hash (Context::secret_prefix), the hash
// itself is kept outside the log. Rules: the user it stands for is active when it is issued, and it
// works as long as he is; somebody who may administer is always left.

#include <vector>

#include "daybook/admin/v1/api_key_events.pb.h"
#include "daybook/admin/v1/api_key_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

struct ApiKey {
  static constexpr absl::string_view kName = "api_key";
  using Record = admin::v1::ApiKey;
  struct State {
    Record record;
  };
  using Event = admin::v1::ApiKeyEvent;
  using Result = absl::StatusOr<Decision<Event>>;

  static void Evolve(State& state, const Event& event);
  // None: a key is known by its id.
  static std::vector<Claim> Claims(const State& state);

  // The keys of other administrators, until there is one.
  static absl::Status Gather(const State&, const admin::v1::RevokeApiKeyRequest&, FactLoader&);

  static Result Decide(const State&, const admin::v1::IssueApiKeyRequest&, const Context&);
  static Result Decide(const State&, const admin::v1::RevokeApiKeyRequest&, const Context&);
};

}  // namespace daybook::domain
