#pragma once

// Archiving and restoring, the same for every aggregate whose record is flagged `archived` and
// whose events have `archived` and `restored`.

#include "domain/base/status_macros.h"
#include "domain/decider.h"
#include "domain/record/rules.h"

namespace daybook::domain {

// NOT_FOUND. Nothing when archived already.
template <class D>
absl::StatusOr<Decision<typename D::Event>> DecideArchive(const typename D::State& state,
                                                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(D::kName, state.record.id(), context));
  Decision<typename D::Event> decision;
  if (!state.record.archived()) decision.Add().mutable_archived();
  return decision;
}

// NOT_FOUND. Nothing when in use. Claims refuse keys that another record took meanwhile.
template <class D>
absl::StatusOr<Decision<typename D::Event>> DecideRestore(const typename D::State& state,
                                                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(D::kName, state.record.id(), context));
  Decision<typename D::Event> decision;
  if (state.record.archived()) decision.Add().mutable_restored();
  return decision;
}

}  // namespace daybook::domain
