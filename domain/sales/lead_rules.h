#pragma once

// Rules that the commands of leads share. Private to lead*.cc.

#include <string>

#include "absl/status/status.h"
#include "daybook/sales/v1/lead_events.pb.h"
#include "domain/decider.h"
#include "domain/setup/assignment_rule.h"
#include "domain/setup/scoring_policy.h"

namespace daybook::domain {

// NEW, ASSIGNED, WORKING, GOOD, RECYCLED: something may still come of it.
bool IsOpenLead(const sales::v1::Lead& lead);
// "WORKING".
std::string LeadStateName(sales::v1::LeadState state);

// NOT_FOUND, RECORD_ARCHIVED.
absl::Status CheckLeadInUse(const sales::v1::Lead& lead, const Context& context);
// ILLEGAL_TRANSITION with the states (comma-separated) that allow the step.
absl::Status CannotFrom(const sales::v1::Lead& lead, absl::string_view allowed,
                        absl::string_view advice);
// INVALID_FIELD when effective_at lies before the lead came into its state.
absl::Status CheckLeadTime(const sales::v1::Lead& lead, const Context& context);

sales::v1::LeadAssigned AssignedTo(const sales::v1::Lead& lead, absl::string_view owner_id,
                                   const Context& context);
sales::v1::LeadAssigned AssignedBy(const sales::v1::Lead& lead, const AssignmentChoice& choice,
                                   const Context& context);
sales::v1::LeadScored ScoredAs(const sales::v1::Lead& lead, const LeadScore& score);

}  // namespace daybook::domain
