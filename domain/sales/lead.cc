#include "domain/sales/lead.h"

#include <algorithm>

#include "domain/base/status_macros.h"
#include "domain/base/text.h"
#include "domain/base/time.h"
#include "domain/record/archive.h"
#include "domain/record/contact_data.h"
#include "domain/record/presence.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/record/suppression.h"
#include "domain/sales/lead_rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;

absl::Status Check(const pb::Lead& lead) {
  if (lead.kind() == pb::LEAD_KIND_COMPANY) {
    DAYBOOK_RETURN_IF_ERROR(RequireText("company", lead.company()));
  } else if (IsBlank(lead.given_name()) && IsBlank(lead.family_name()) && lead.email().empty() &&
             lead.phone().empty() && lead.external_key().empty()) {
    return InvalidField("family_name",
                        "a person needs a name, an e-mail address, a phone number or an external "
                        "key");
  }
  DAYBOOK_RETURN_IF_ERROR(CheckEmail("email", lead.email()));
  return CheckExternalKey(lead.external_key());
}

pb::Lead LeadOf(const Lead::CaptureRequest& request, const Context& context) {
  pb::Lead lead;
  lead.set_id(context.target_id);
  lead.set_kind(request.kind());
  lead.set_state(pb::LEAD_STATE_NEW);
  lead.set_given_name(request.given_name());
  lead.set_family_name(request.family_name());
  lead.set_email(request.email());
  lead.set_title(request.title());
  lead.set_city(request.city());
  lead.set_consent_note(request.consent_note());
  lead.set_note(request.note());
  lead.set_external_key(request.external_key());
  lead.set_company(request.company());
  lead.set_source(request.source());
  lead.set_origin(request.origin());
  lead.set_country(request.country());
  lead.set_industry(request.industry());
  lead.set_interest(request.interest());
  lead.set_website(request.website());
  DAYBOOK_COPY_PRESENCE(employees, request, &lead);
  if (request.has_annual_revenue()) *lead.mutable_annual_revenue() = request.annual_revenue();
  lead.set_do_not_email(request.do_not_email());
  lead.set_do_not_call(request.do_not_call());
  DAYBOOK_COPY_PRESENCE(visits, request, &lead);
  DAYBOOK_COPY_PRESENCE(visit_seconds, request, &lead);
  lead.set_last_activity(request.last_activity());
  *lead.mutable_captured_time() = ToProto(context.effective_at);
  *lead.mutable_state_time() = lead.captured_time();
  return lead;
}

// What a lead's addresses are used for: steps towards the person are taken with them.
absl::string_view ActOf(const pb::Lead& lead) {
  if (lead.state() == pb::LEAD_STATE_WORKING) return "working";
  return lead.state() == pb::LEAD_STATE_GOOD ? "good" : "";
}

// Into a state, at the time that the event states.
template <class Event>
void Enter(pb::LeadState state, const Event& event, pb::Lead* lead) {
  lead->set_state(state);
  *lead->mutable_state_time() = event.state_time();
}

void OnAssigned(const pb::LeadAssigned& event, pb::Lead* lead) {
  lead->set_owner_id(event.to_owner_id());
  if (lead->state() != event.to_state()) Enter(event.to_state(), event, lead);
  lead->set_assignment_rule_id(event.assignment_rule_id());
  DAYBOOK_COPY_PRESENCE(assignment_version, event, lead);
  lead->set_assignment_rule(event.assignment_rule());
  DAYBOOK_COPY_PRESENCE(assignment_turn, event, lead);
}

void OnReturned(const pb::LeadReturned& event, pb::Lead* lead) {
  Enter(pb::LEAD_STATE_NEW, event, lead);
  lead->clear_owner_id();
  lead->clear_assignment_rule_id();
  lead->clear_assignment_version();
  lead->clear_assignment_rule();
  lead->clear_assignment_turn();
  lead->clear_return_date();
  lead->clear_bad_reason();
}

void OnConverted(const pb::LeadConverted& event, pb::Lead* lead) {
  Enter(pb::LEAD_STATE_CONVERTED, event, lead);
  lead->set_account_id(event.account_id());
  lead->set_contact_id(event.contact_id());
  lead->set_opportunity_id(event.opportunity_id());
}

void OnScored(const pb::LeadScored& event, pb::Lead* lead) {
  lead->set_score(event.score());
  lead->set_scoring_policy_id(event.scoring_policy_id());
  lead->set_scoring_version(event.scoring_version());
  *lead->mutable_score_parts() = event.parts();
}

}  // namespace

void Lead::Evolve(State& state, const Event& event) {
  pb::Lead* lead = &state.record;
  switch (event.kind_case()) {
    case Event::kCaptured:
      *lead = event.captured().lead();
      return;
    case Event::kFieldsChanged:
      ApplyFields(event.fields_changed().fields(), event.fields_changed().after(), lead);
      return;
    case Event::kAssigned:
      return OnAssigned(event.assigned(), lead);
    case Event::kWorkingStarted:
      return Enter(pb::LEAD_STATE_WORKING, event.working_started(), lead);
    case Event::kMarkedGood:
      return Enter(pb::LEAD_STATE_GOOD, event.marked_good(), lead);
    case Event::kMarkedBad:
      lead->set_bad_reason(event.marked_bad().reason());
      return Enter(pb::LEAD_STATE_BAD, event.marked_bad(), lead);
    case Event::kRecycled:
      *lead->mutable_return_date() = event.recycled().return_date();
      return Enter(pb::LEAD_STATE_RECYCLED, event.recycled(), lead);
    case Event::kReturned:
      return OnReturned(event.returned(), lead);
    case Event::kDoNotContactSet:
      return Enter(pb::LEAD_STATE_DO_NOT_CONTACT, event.do_not_contact_set(), lead);
    case Event::kConverted:
      return OnConverted(event.converted(), lead);
    case Event::kScored:
      return OnScored(event.scored(), lead);
    case Event::kArchived:
      lead->set_archived(true);
      return;
    case Event::kRestored:
      lead->set_archived(false);
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> Lead::Claims(const State& state) {
  const pb::Lead& lead = state.record;
  std::vector<Claim> claims;
  if (!lead.archived()) ClaimExternalKey(kName, lead.external_key(), &claims);
  const std::string email = EmailKey(lead.email());
  if (lead.state() == pb::LEAD_STATE_DO_NOT_CONTACT) {
    if (!email.empty()) claims.push_back(Suppress(kSuppressedEmail, email, "email"));
    if (!lead.phone().empty()) {
      claims.push_back(Suppress(kSuppressedPhone, lead.phone(), "phone"));
    }
  } else if (IsOpenLead(lead) && !lead.archived()) {
    MustBeReachable(lead.email(), lead.phone(), ActOf(lead), &claims);
    if (!email.empty()) claims.push_back({"lead-email", email, "email"});
  }
  return claims;
}

absl::Status Lead::Gather(const State&, const CaptureRequest& request, FactLoader& loader) {
  DAYBOOK_RETURN_IF_ERROR(LoadPolicies(ScoringPolicy::kName, loader));
  return request.by_rules() ? LoadAssignmentRules(loader) : absl::OkStatus();
}

absl::Status Lead::Gather(const State&, const ScoreRequest&, FactLoader& loader) {
  return LoadPolicies(ScoringPolicy::kName, loader);
}

// DUPLICATE_KEY: the id (e-mail address and external key by their claims). SUPPRESSED_RECIPIENT by
// its claim. INVALID_FIELD: company, nothing to know a person by, e-mail address, phone number,
// external key, both an owner and by_rules. REFERENCE_NOT_FOUND, RECORD_ARCHIVED: the owner.
Lead::Result Lead::Decide(const State& state, const CaptureRequest& request,
                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  pb::Lead lead = LeadOf(request, context);
  DAYBOOK_ASSIGN_OR_RETURN(*lead.mutable_phone(), NormalisePhone("phone", request.phone()));
  DAYBOOK_RETURN_IF_ERROR(Check(lead));
  if (request.by_rules() && !request.owner_id().empty()) {
    return InvalidField("by_rules", "an owner is named already; leave one of the two out");
  }
  DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, "owner_id", request.owner_id()));
  Decision<Event> decision;
  State next;
  const auto add = [&]() -> Event& { return decision.Add(); };
  *add().mutable_captured()->mutable_lead() = lead;
  Evolve(next, decision.events.back());
  if (const auto score = ScoreOf(next.record, context)) {
    *add().mutable_scored() = ScoredAs(next.record, *score);
    Evolve(next, decision.events.back());
  }
  if (!request.owner_id().empty()) {
    *add().mutable_assigned() = AssignedTo(next.record, request.owner_id(), context);
  } else if (request.by_rules()) {
    if (const auto choice = ChooseOwner(next.record, context)) {
      *add().mutable_assigned() = AssignedBy(next.record, *choice, context);
    }
  }
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED. ILLEGAL_TRANSITION: converted, or not to be contacted.
// FIELD_NOT_WRITABLE. INVALID_FIELD as CaptureLead. DUPLICATE_KEY, SUPPRESSED_RECIPIENT by claims.
Lead::Result Lead::Decide(const State& state, const UpdateRequest& request,
                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckLeadInUse(state.record, context));
  if (!IsOpenLead(state.record) && state.record.state() != pb::LEAD_STATE_BAD) {
    return CannotFrom(state.record, "NEW,ASSIGNED,WORKING,GOOD,BAD,RECYCLED",
                      "its values stay as they were");
  }
  pb::Lead wanted = request.lead();
  if (Names(request.update_mask(), "phone")) {
    DAYBOOK_ASSIGN_OR_RETURN(*wanted.mutable_phone(),
                             NormalisePhone("lead.phone", request.lead().phone()));
  }
  pb::LeadFieldsChanged change;
  pb::Lead next;
  DAYBOOK_ASSIGN_OR_RETURN(const bool differs,
                           Edit(state.record, wanted, request.update_mask(), &change, &next));
  if (!differs) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(Check(next));
  Decision<Event> decision;
  *decision.Add().mutable_fields_changed() = std::move(change);
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED. MISSING_REQUIRED_FOR_STATE: no policy is in force. Nothing when this
// version of the policy has given this score already.
Lead::Result Lead::Decide(const State& state, const ScoreRequest&, const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckLeadInUse(state.record, context));
  const auto score = ScoreOf(state.record, context);
  if (!score.has_value()) {
    return Reject(Reason::REASON_MISSING_REQUIRED_FOR_STATE,
                  "No scoring policy is in force; publish one first.",
                  {{"field", "scoring_policy_id"}});
  }
  pb::LeadScored scored = ScoredAs(state.record, *score);
  const auto same = [](const pb::LeadScorePart& a, const pb::LeadScorePart& b) {
    return a.rule() == b.rule() && a.points() == b.points();
  };
  const auto& lead = state.record;
  if (lead.has_score() && lead.scoring_policy_id() == scored.scoring_policy_id() &&
      lead.scoring_version() == scored.scoring_version() &&
      std::equal(lead.score_parts().begin(), lead.score_parts().end(), scored.parts().begin(),
                 scored.parts().end(), same)) {
    return Nothing<Event>();
  }
  Decision<Event> decision;
  *decision.Add().mutable_scored() = std::move(scored);
  return decision;
}

// NOT_FOUND. Nothing when archived already.
Lead::Result Lead::Decide(const State& state, const ArchiveRequest&, const Context& context) {
  return DecideArchive<Lead>(state, context);
}

// NOT_FOUND. Nothing when in use. The claims refuse keys that another lead took meanwhile, and
// addresses that were suppressed.
Lead::Result Lead::Decide(const State& state, const RestoreRequest&, const Context& context) {
  return DecideRestore<Lead>(state, context);
}

}  // namespace daybook::domain
