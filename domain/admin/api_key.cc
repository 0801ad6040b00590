#include "domain/admin/api_key.h"

#include "absl/strings/str_cat.h"
#include "domain/admin/administrators.h"
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

absl::Status ApiKey::Gather(const State& state, const pb::RevokeApiKeyRequest&,
                            FactLoader& loader) {
  if (!IsAdminKey(state.record)) return absl::OkStatus();
  if (!state.record.user_id().empty()) {
    DAYBOOK_RETURN_IF_ERROR(loader.Load("user", state.record.user_id()).status());
  }
  return LoadAdministrators({.without_key = state.record.id()}, loader);
}

// NOT_FOUND. LAST_ADMINISTRATOR. Nothing when revoked already.
ApiKey::Result ApiKey::Decide(const State& state, const pb::RevokeApiKeyRequest&,
                              const Context& context) {
  DAYBOOK_ASSIGN_OR_RETURN(Decision<Event> decision, DecideRevoke<ApiKey>(state, context));
  if (IsAdministrator(state.record, *context.facts) &&
      !HasAdministrator({.without_key = state.record.id()}, *context.facts)) {
    return LastAdministrator(absl::StrCat("API key ", state.record.id()));
  }
  return decision;
}

}  // namespace daybook::domain
