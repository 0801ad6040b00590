#include "domain/admin/api_key.h"

#include "domain/base/status_macros.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"

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
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  DAYBOOK_RETURN_IF_ERROR(RequireText("name", request.name()));
  DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, "user_id", request.user_id()));
  Decision<Event> decision;
  auto& key = *decision.Add().mutable_issued()->mutable_api_key();
  key.set_id(context.target_id);
  key.set_name(request.name());
  key.set_role(request.role());
  key.set_user_id(request.user_id());
  key.set_prefix(context.secret_prefix);
  return decision;
}

// NOT_FOUND. Nothing when revoked already.
ApiKey::Result ApiKey::Decide(const State& state, const pb::RevokeApiKeyRequest&,
                              const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (state.record.revoked()) return Nothing<Event>();
  Decision<Event> decision;
  decision.Add().mutable_revoked();
  return decision;
}

}  // namespace daybook::domain
