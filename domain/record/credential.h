#pragma once

// Issuing and revoking, the same for every record that stands for a secret kept outside the log:
// API keys, calendar feeds. Such a record has name, user_id, prefix and revoked; its events have
// `issued` and `revoked`.

#include "domain/base/status_macros.h"
#include "domain/decider.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"

namespace daybook::domain {

// The record as it is issued. DUPLICATE_KEY. INVALID_FIELD: blank name. REFERENCE_NOT_FOUND,
// RECORD_ARCHIVED: the user.
template <class D, class Request>
absl::StatusOr<typename D::Record> IssueCredential(const typename D::State& state,
                                                   const Request& request, const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(D::kName, state.record.id()));
  DAYBOOK_RETURN_IF_ERROR(RequireText("name", request.name()));
  DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, "user_id", request.user_id()));
  typename D::Record record;
  record.set_id(context.target_id);
  record.set_name(request.name());
  record.set_user_id(request.user_id());
  record.set_prefix(context.secret_prefix);
  return record;
}

// NOT_FOUND. Nothing when revoked already.
template <class D>
absl::StatusOr<Decision<typename D::Event>> DecideRevoke(const typename D::State& state,
                                                         const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(D::kName, state.record.id(), context));
  Decision<typename D::Event> decision;
  if (!state.record.revoked()) decision.Add().mutable_revoked();
  return decision;
}

}  // namespace daybook::domain
