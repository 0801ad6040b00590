// The steps of a lead from one state to the next.

#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/user.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/sales/lead.h"
#include "domain/sales/lead_rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;

bool HasActiveOwner(const pb::Lead& lead, const Context& context) {
  const auto* owner = context.facts->Get<admin::v1::User>("user", lead.owner_id());
  return owner != nullptr && owner->state() == admin::v1::USER_STATE_ACTIVE;
}

// The lead can change hands.
absl::Status CheckAssignable(const pb::Lead& lead, const Context& context) {
  switch (lead.state()) {
    case pb::LEAD_STATE_NEW:
      return CheckLeadTime(lead, context);
    case pb::LEAD_STATE_ASSIGNED:
    case pb::LEAD_STATE_WORKING:
    case pb::LEAD_STATE_GOOD:
      return absl::OkStatus();
    case pb::LEAD_STATE_BAD:
    case pb::LEAD_STATE_RECYCLED:
    case pb::LEAD_STATE_CONVERTED:
    case pb::LEAD_STATE_DO_NOT_CONTACT:
    case pb::LEAD_STATE_UNSPECIFIED:
    case pb::LeadState_INT_MIN_SENTINEL_DO_NOT_USE_:
    case pb::LeadState_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return CannotFrom(lead, "NEW,ASSIGNED,WORKING,GOOD", "nobody works on it");
}

absl::Status NoRuleFits() {
  return Reject(Reason::REASON_MISSING_REQUIRED_FOR_STATE,
                "No assignment rule in force fits this lead; name an owner.",
                {{"field", "owner_id"}});
}

absl::StatusOr<FollowUps> CountTurn(const pb::Lead& after) {
  if (after.assignment_rule_id().empty()) return FollowUps();
  auto request = std::make_shared<setup::v1::RecordLeadAssignmentRequest>();
  request->set_id(after.assignment_rule_id());
  request->set_lead_id(after.id());
  return FollowUps{std::move(request)};
}

}  // namespace

absl::Status Lead::Gather(const State& state, const AssignRequest& request, FactLoader& loader) {
  if (!request.by_rules()) return absl::OkStatus();
  if (!state.record.owner_id().empty()) {
    DAYBOOK_RETURN_IF_ERROR(loader.Load("user", state.record.owner_id()).status());
  }
  return LoadAssignmentRules(loader);
}

// NOT_FOUND. RECORD_ARCHIVED: the lead, the owner. INVALID_FIELD: neither or both of owner and
// rules, effective_at. ILLEGAL_TRANSITION. REFERENCE_NOT_FOUND. MISSING_REQUIRED_FOR_STATE: no rule
// fits. Nothing when it has that owner, or the rules are asked and it has an active one.
Lead::Result Lead::Decide(const State& state, const AssignRequest& request,
                          const Context& context) {
  const pb::Lead& lead = state.record;
  DAYBOOK_RETURN_IF_ERROR(CheckLeadInUse(lead, context));
  if (request.by_rules() != request.owner_id().empty()) {
    return InvalidField("owner_id", "name an owner, or leave the choice to the rules");
  }
  DAYBOOK_RETURN_IF_ERROR(CheckAssignable(lead, context));
  Decision<Event> decision;
  if (!request.by_rules()) {
    if (request.owner_id() == lead.owner_id()) return Nothing<Event>();
    DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, "owner_id", request.owner_id()));
    *decision.Add().mutable_assigned() = AssignedTo(lead, request.owner_id(), context);
    return decision;
  }
  if (HasActiveOwner(lead, context)) return Nothing<Event>();
  const auto choice = ChooseOwner(lead, context);
  if (!choice.has_value()) return NoRuleFits();
  *decision.Add().mutable_assigned() = AssignedBy(lead, *choice, context);
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED. ILLEGAL_TRANSITION: not ASSIGNED. INVALID_FIELD: effective_at.
// Nothing when WORKING.
Lead::Result Lead::Decide(const State& state, const StartWorkingRequest&, const Context& context) {
  const pb::Lead& lead = state.record;
  DAYBOOK_RETURN_IF_ERROR(CheckLeadInUse(lead, context));
  if (lead.state() == pb::LEAD_STATE_WORKING) return Nothing<Event>();
  if (lead.state() != pb::LEAD_STATE_ASSIGNED) {
    return CannotFrom(lead, "ASSIGNED", "only an assigned lead can be worked on");
  }
  DAYBOOK_RETURN_IF_ERROR(CheckLeadTime(lead, context));
  Decision<Event> decision;
  *decision.Add().mutable_working_started()->mutable_state_time() = ToProto(context.effective_at);
  return decision;
}

// As StartWorkingLead, from WORKING.
Lead::Result Lead::Decide(const State& state, const MarkGoodRequest&, const Context& context) {
  const pb::Lead& lead = state.record;
  DAYBOOK_RETURN_IF_ERROR(CheckLeadInUse(lead, context));
  if (lead.state() == pb::LEAD_STATE_GOOD) return Nothing<Event>();
  if (lead.state() != pb::LEAD_STATE_WORKING) {
    return CannotFrom(lead, "WORKING", "only a lead that is worked on can be judged");
  }
  DAYBOOK_RETURN_IF_ERROR(CheckLeadTime(lead, context));
  Decision<Event> decision;
  *decision.Add().mutable_marked_good()->mutable_state_time() = ToProto(context.effective_at);
  return decision;
}

// As MarkLeadGood. INVALID_FIELD: blank reason. Nothing when BAD for the same reason.
Lead::Result Lead::Decide(const State& state, const MarkBadRequest& request,
                          const Context& context) {
  const pb::Lead& lead = state.record;
  DAYBOOK_RETURN_IF_ERROR(CheckLeadInUse(lead, context));
  DAYBOOK_RETURN_IF_ERROR(RequireText("reason", request.reason()));
  if (lead.state() == pb::LEAD_STATE_BAD && lead.bad_reason() == request.reason()) {
    return Nothing<Event>();
  }
  if (lead.state() != pb::LEAD_STATE_WORKING) {
    return CannotFrom(lead, "WORKING", "only a lead that is worked on can be judged");
  }
  DAYBOOK_RETURN_IF_ERROR(CheckLeadTime(lead, context));
  Decision<Event> decision;
  auto& bad = *decision.Add().mutable_marked_bad();
  bad.set_reason(request.reason());
  *bad.mutable_state_time() = ToProto(context.effective_at);
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED. INVALID_FIELD: no day, not after today, effective_at.
// ILLEGAL_TRANSITION: neither GOOD nor BAD. Nothing when RECYCLED until that day.
Lead::Result Lead::Decide(const State& state, const RecycleRequest& request,
                          const Context& context) {
  const pb::Lead& lead = state.record;
  DAYBOOK_RETURN_IF_ERROR(CheckLeadInUse(lead, context));
  if (!request.has_return_date()) return InvalidField("return_date", "the day is required");
  DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay day, FromProto(request.return_date()));
  if (lead.state() == pb::LEAD_STATE_RECYCLED) {
    const auto until = FromProto(lead.return_date());
    if (until.ok() && *until == day) return Nothing<Event>();
  }
  if (lead.state() != pb::LEAD_STATE_GOOD && lead.state() != pb::LEAD_STATE_BAD) {
    return CannotFrom(lead, "GOOD,BAD", "only a lead that was judged can be put aside");
  }
  if (day <= context.EffectiveDay()) {
    return InvalidField("return_date", absl::StrCat(absl::FormatCivilTime(day),
                                                    " is not after the day of the command, ",
                                                    absl::FormatCivilTime(context.EffectiveDay())));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckLeadTime(lead, context));
  Decision<Event> decision;
  auto& recycled = *decision.Add().mutable_recycled();
  *recycled.mutable_return_date() = request.return_date();
  recycled.set_from_state(lead.state());
  *recycled.mutable_state_time() = ToProto(context.effective_at);
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED. ILLEGAL_TRANSITION: not RECYCLED, or before its day. INVALID_FIELD:
// effective_at. Nothing when NEW.
Lead::Result Lead::Decide(const State& state, const ReturnRequest&, const Context& context) {
  const pb::Lead& lead = state.record;
  DAYBOOK_RETURN_IF_ERROR(CheckLeadInUse(lead, context));
  if (lead.state() == pb::LEAD_STATE_NEW) return Nothing<Event>();
  if (lead.state() != pb::LEAD_STATE_RECYCLED) {
    return CannotFrom(lead, "RECYCLED", "only a recycled lead returns");
  }
  DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay day, FromProto(lead.return_date()));
  if (context.EffectiveDay() < day) {
    return CannotFrom(lead, "RECYCLED",
                      absl::StrCat("it is put aside until ", absl::FormatCivilTime(day)));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckLeadTime(lead, context));
  Decision<Event> decision;
  auto& returned = *decision.Add().mutable_returned();
  returned.set_from_owner_id(lead.owner_id());
  *returned.mutable_state_time() = ToProto(context.effective_at);
  return decision;
}

// NOT_FOUND. Possible in every state, also when archived. Nothing when it is so already.
Lead::Result Lead::Decide(const State& state, const DoNotContactRequest&, const Context& context) {
  const pb::Lead& lead = state.record;
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, lead.id(), context));
  if (lead.state() == pb::LEAD_STATE_DO_NOT_CONTACT) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(CheckLeadTime(lead, context));
  Decision<Event> decision;
  auto& set = *decision.Add().mutable_do_not_contact_set();
  set.set_from_state(lead.state());
  *set.mutable_state_time() = ToProto(context.effective_at);
  return decision;
}

absl::StatusOr<FollowUps> Lead::Follow(const State& after, const CaptureRequest&, const Context&) {
  return CountTurn(after.record);
}

absl::StatusOr<FollowUps> Lead::Follow(const State& after, const AssignRequest&, const Context&) {
  return CountTurn(after.record);
}

}  // namespace daybook::domain
