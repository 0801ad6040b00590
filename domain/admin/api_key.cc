#include "domain/admin/api_key.h"

#include "domain/base/status_macros.h"
#include "domain/record/credential.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::admin::v1;

}  // namespace

void ApiKey::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kIssued:
      state.record = event.issued().api_key();
      return;
    case Event::kRevoked:
      state.record.set_revoked(true);
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> ApiKey::Claims(const State&) { return {}; }

// DUPLICATE_KEY. INVALID_FIELD: blank name. REFERENCE_NOT_FOUND, RECORD_ARCHIVED: the user.
ApiKey::Result ApiKey::Decide(const State& state, const pb::IssueApiKeyRequest& request,
                              const Context& context) {
  DAYBOOK_ASSIGN_OR_RETURN(pb::ApiKey key, IssueCredential<ApiKey>(state, request, context));
  key.set_role(request.role());
  Decision<Event> decision;
  *decision.Add().mutable_issued()->mutable_api_key() = std::move(key);
  return decision;
}

// NOT_FOUND. Nothing when revoked already.
ApiKey::Result ApiKey::Decide(const State& state, const pb::RevokeApiKeyRequest&,
                              const Context& context) {
  return DecideRevoke<ApiKey>(state, context);
}

}  // namespace daybook::domain
