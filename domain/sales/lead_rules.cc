#include "domain/sales/lead_rules.h"

#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/record/rules.h"
#include "domain/sales/lead.h"

namespace daybook::domain {

namespace pb = ::daybook::sales::v1;

bool IsOpenLead(const pb::Lead& lead) {
  switch (lead.state()) {
    case pb::LEAD_STATE_NEW:
    case pb::LEAD_STATE_ASSIGNED:
    case pb::LEAD_STATE_WORKING:
    case pb::LEAD_STATE_GOOD:
    case pb::LEAD_STATE_RECYCLED:
      return true;
    case pb::LEAD_STATE_BAD:
    case pb::LEAD_STATE_CONVERTED:
    case pb::LEAD_STATE_DO_NOT_CONTACT:
    case pb::LEAD_STATE_UNSPECIFIED:
    case pb::LeadState_INT_MIN_SENTINEL_DO_NOT_USE_:
    case pb::LeadState_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return false;
}

std::string LeadStateName(pb::LeadState state) {
  return std::string(ShortName(pb::LeadState_Name(state), "LEAD_STATE_"));
}

absl::Status CheckLeadInUse(const pb::Lead& lead, const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(Lead::kName, lead.id(), context));
  if (!lead.archived()) return absl::OkStatus();
  return OutOfUse(Lead::kName, lead.id(), "archived", "restore it with RestoreLead first");
}

absl::Status CannotFrom(const pb::Lead& lead, absl::string_view allowed, absl::string_view advice) {
  return IllegalTransition(Lead::kName, LeadStateName(lead.state()), allowed, advice);
}

absl::Status CheckLeadTime(const pb::Lead& lead, const Context& context) {
  const auto since = FromProto(lead.state_time());
  if (!since.ok() || context.effective_at >= *since) return absl::OkStatus();
  return InvalidField("header.effective_at",
                      absl::StrCat("lies before the lead became ", LeadStateName(lead.state())));
}

pb::LeadAssigned AssignedTo(const pb::Lead& lead, absl::string_view owner_id,
                            const Context& context) {
  pb::LeadAssigned assigned;
  assigned.set_from_owner_id(lead.owner_id());
  assigned.set_to_owner_id(std::string(owner_id));
  assigned.set_to_state(lead.state() == pb::LEAD_STATE_NEW ? pb::LEAD_STATE_ASSIGNED
                                                           : lead.state());
  *assigned.mutable_state_time() = ToProto(context.effective_at);
  return assigned;
}

pb::LeadAssigned AssignedBy(const pb::Lead& lead, const AssignmentChoice& choice,
                            const Context& context) {
  pb::LeadAssigned assigned = AssignedTo(lead, choice.user_id, context);
  assigned.set_assignment_rule_id(choice.policy_id);
  assigned.set_assignment_version(choice.version);
  assigned.set_assignment_rule(choice.step);
  assigned.set_assignment_turn(choice.turn);
  return assigned;
}

pb::LeadScored ScoredAs(const pb::Lead& lead, const LeadScore& score) {
  pb::LeadScored scored;
  if (lead.has_score()) scored.set_before(lead.score());
  scored.set_score(score.score);
  scored.set_scoring_policy_id(score.policy_id);
  scored.set_scoring_version(score.version);
  for (const pb::LeadScorePart& part : score.parts) *scored.add_parts() = part;
  return scored;
}

}  // namespace daybook::domain
