// How a deal under way follows its process into the version in force.

#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/sales/opportunity.h"
#include "domain/sales/opportunity_rules.h"
#include "domain/setup/sales_process.h"

namespace daybook::domain {

absl::Status Opportunity::Gather(const State& state, const MigrateProcessRequest&,
                                 FactLoader& loader) {
  return LoadProcess(state.record, loader);
}

// NOT_FOUND. ILLEGAL_TRANSITION: closed. REFERENCE_NOT_FOUND: the process. Nothing when the deal
// follows the version in force. MISSING_REQUIRED_FOR_STATE: no mapping for its stage, or the stage
// it would go to needs what it lacks. INVALID_FIELD: before the opening.
Opportunity::Result Opportunity::Decide(const State& state, const MigrateProcessRequest&,
                                        const Context& context) {
  const sales::v1::Opportunity& deal = state.record;
  DAYBOOK_RETURN_IF_ERROR(CheckOpen(deal, context));
  const auto* process =
      context.facts->Get<setup::v1::SalesProcess>("sales_process", deal.process_id());
  if (process == nullptr) {
    return ReferenceNotFound("process_id", "sales_process", deal.process_id());
  }
  if (deal.process_version() == process->published_version()) return Nothing<Event>();
  DAYBOOK_ASSIGN_OR_RETURN(const auto* stage,
                           StageInForce(*process, deal.process_version(), deal.stage()));
  DAYBOOK_RETURN_IF_ERROR(CheckAfterOpening(deal, context));
  DAYBOOK_RETURN_IF_ERROR(CheckMandatory(*stage, deal));
  Decision<Event> decision;
  auto& migrated = *decision.Add().mutable_process_migrated();
  migrated.set_from_version(deal.process_version());
  migrated.set_to_version(process->published_version());
  migrated.set_from_stage(deal.stage());
  migrated.set_to_stage(stage->id());
  migrated.set_stage_probability(stage->probability());
  return decision;
}

}  // namespace daybook::domain
