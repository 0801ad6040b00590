#include "domain/sales/opportunity.h"

#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/party/blacklist.h"
#include "domain/record/presence.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/sales/opportunity_rules.h"
#include "domain/setup/sales_process.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;

void SetJobRequests(pb::JobRequestState state, absl::string_view reason_id, pb::Opportunity* deal) {
  for (auto& job_request : *deal->mutable_job_requests()) {
    job_request.set_state(state);
    job_request.set_close_reason_id(std::string(reason_id));
  }
}

pb::JobRequest* FindJobRequest(absl::string_view id, pb::Opportunity* deal) {
  for (auto& job_request : *deal->mutable_job_requests()) {
    if (absl::string_view(job_request.id()) == id) return &job_request;
  }
  return nullptr;
}

// What every outcome records. Works on the events of all four.
template <class Closed>
void OnClosed(const Closed& event, pb::OpportunityState state, pb::Opportunity* deal) {
  deal->set_state(state);
  *deal->mutable_close_date() = event.close_date();
  *deal->mutable_close_time() = event.close_time();
  if (!event.note().empty()) deal->set_note(event.note());
}

template <class Closed>
void OnReason(const Closed& event, pb::Opportunity* deal) {
  deal->set_close_reason_id(event.close_reason_id());
  deal->set_close_reason_code(event.close_reason_code());
}

template <class Closed>
void OnLostValue(const Closed& event, pb::Opportunity* deal) {
  deal->clear_lost_value();
  if (event.has_lost_value()) *deal->mutable_lost_value() = event.lost_value();
}

void OnValueSet(const pb::OpportunityValueSet& event, pb::Opportunity* deal) {
  deal->clear_value();
  deal->clear_gross_profit();
  if (event.has_to()) *deal->mutable_value() = event.to();
  if (event.has_gross_profit()) *deal->mutable_gross_profit() = event.gross_profit();
  deal->set_value_from_job_requests(event.from_job_requests());
}

void OnStageChanged(const pb::OpportunityStageChanged& event, pb::Opportunity* deal) {
  deal->set_stage(event.to());
  deal->set_stage_probability(event.stage_probability());
}

void OnJobRequestAdded(const pb::OpportunityJobRequestAdded& event, pb::Opportunity* deal) {
  *deal->add_job_requests() = event.job_request();
}

void OnJobRequestRemoved(const pb::OpportunityJobRequestRemoved& event, pb::Opportunity* deal) {
  auto& all = *deal->mutable_job_requests();
  for (int i = 0; i < all.size(); ++i) {
    if (all[i].id() != event.job_request().id()) continue;
    all.DeleteSubrange(i, 1);
    return;
  }
}

void OnPartiallyWon(const pb::OpportunityPartiallyWon& event, pb::Opportunity* deal) {
  OnClosed(event, pb::OPPORTUNITY_STATE_PARTIALLY_WON, deal);
  OnLostValue(event, deal);
  *deal->mutable_loss_reviews() = event.loss_reviews();
  *deal->mutable_actual_value() = event.actual_value();
  for (const auto& id : event.accepted_job_request_ids()) {
    if (auto* accepted = FindJobRequest(id, deal)) {
      accepted->set_state(pb::JOB_REQUEST_STATE_ACCEPTED);
    }
  }
  for (const auto& line : event.declined()) {
    if (auto* declined = FindJobRequest(line.job_request_id(), deal)) {
      declined->set_state(pb::JOB_REQUEST_STATE_DECLINED);
      declined->set_close_reason_id(line.close_reason_id());
    }
  }
}

void OnWon(const pb::OpportunityWon& event, pb::Opportunity* deal) {
  OnClosed(event, pb::OPPORTUNITY_STATE_WON, deal);
  OnReason(event, deal);
  *deal->mutable_actual_value() = event.actual_value();
  deal->clear_loss_reviews();
  SetJobRequests(pb::JOB_REQUEST_STATE_ACCEPTED, "", deal);
}

void OnLost(const pb::OpportunityLost& event, pb::Opportunity* deal) {
  OnClosed(event, pb::OPPORTUNITY_STATE_LOST, deal);
  OnReason(event, deal);
  OnLostValue(event, deal);
  *deal->mutable_loss_reviews() = event.loss_reviews();
  if (!event.competitor().empty()) deal->set_competitor(event.competitor());
  SetJobRequests(pb::JOB_REQUEST_STATE_DECLINED, event.close_reason_id(), deal);
}

void OnAbandoned(const pb::OpportunityAbandoned& event, pb::Opportunity* deal) {
  OnClosed(event, pb::OPPORTUNITY_STATE_ABANDONED, deal);
  OnReason(event, deal);
  OnLostValue(event, deal);
  deal->clear_loss_reviews();
  SetJobRequests(pb::JOB_REQUEST_STATE_DECLINED, event.close_reason_id(), deal);
}

void OnReopened(const pb::OpportunityReopened& event, pb::Opportunity* deal) {
  deal->set_state(pb::OPPORTUNITY_STATE_OPEN);
  deal->set_stage(event.stage());
  deal->set_stage_probability(event.stage_probability());
  deal->clear_expected_close_date();
  if (event.has_expected_close_date()) {
    *deal->mutable_expected_close_date() = event.expected_close_date();
  }
  deal->clear_close_date();
  deal->clear_close_time();
  deal->clear_actual_value();
  deal->clear_lost_value();
  deal->clear_close_reason_id();
  deal->clear_close_reason_code();
  deal->set_reopened(deal->reopened() + 1);
  SetJobRequests(pb::JOB_REQUEST_STATE_OPEN, "", deal);
}

// A line without a discount has none.
void SetLine(const pb::OpportunityLine& from, pb::OpportunityLine* line) {
  *line = from;
  DAYBOOK_ZERO_IF_ABSENT(discount, line);
}

void OnCreated(const pb::Opportunity& created, pb::Opportunity* deal) {
  *deal = created;
  DAYBOOK_ZERO_IF_ABSENT(reopened, deal);
  for (auto& line : *deal->mutable_lines()) DAYBOOK_ZERO_IF_ABSENT(discount, &line);
}

void OnLineAdded(const pb::OpportunityLineAdded& event, pb::Opportunity* deal) {
  SetLine(event.line(), deal->add_lines());
}

void OnLineChanged(const pb::OpportunityLine& after, pb::Opportunity* deal) {
  for (auto& line : *deal->mutable_lines()) {
    if (line.id() == after.id()) SetLine(after, &line);
  }
}

void OnLineRemoved(const pb::OpportunityLine& removed, pb::Opportunity* deal) {
  auto& all = *deal->mutable_lines();
  for (int i = 0; i < all.size(); ++i) {
    if (all[i].id() != removed.id()) continue;
    all.DeleteSubrange(i, 1);
    return;
  }
}

void OnValueModeSet(pb::OpportunityValueMode mode, pb::Opportunity* deal) {
  deal->set_value_from_lines(mode == pb::OPPORTUNITY_VALUE_MODE_SUM_OF_LINES);
  deal->set_value_from_job_requests(mode == pb::OPPORTUNITY_VALUE_MODE_SUM_OF_JOB_REQUESTS);
}

void OnProcessMigrated(const pb::OpportunityProcessMigrated& event, pb::Opportunity* deal) {
  deal->set_process_version(event.to_version());
  deal->set_stage(event.to_stage());
  deal->set_stage_probability(event.stage_probability());
}

// The entry with this id takes its place, or comes last. `id_of` says which field the id is.
template <class Entry>
void Link(const Entry& entry, const std::string& (Entry::*id_of)() const,
          google::protobuf::RepeatedPtrField<Entry>* all) {
  for (auto& linked : *all) {
    if ((linked.*id_of)() != (entry.*id_of)()) continue;
    linked = entry;
    return;
  }
  *all->Add() = entry;
}

template <class Entry>
void Unlink(const Entry& entry, const std::string& (Entry::*id_of)() const,
            google::protobuf::RepeatedPtrField<Entry>* all) {
  for (int i = 0; i < all->size(); ++i) {
    if ((all->Get(i).*id_of)() != (entry.*id_of)()) continue;
    all->DeleteSubrange(i, 1);
    return;
  }
}

void OnProbabilitySet(const pb::OpportunityProbabilitySet& event, pb::Opportunity* deal) {
  deal->clear_probability_override();
  if (event.has_to()) deal->set_probability_override(event.to());
}

}  // namespace

void Opportunity::Evolve(State& state, const Event& event) {
  pb::Opportunity* deal = &state.record;
  switch (event.kind_case()) {
    case Event::kCreated:
      return OnCreated(event.created().opportunity(), deal);
    case Event::kFieldsChanged:
      return ApplyFields(event.fields_changed().fields(), event.fields_changed().after(), deal);
    case Event::kStageChanged:
      return OnStageChanged(event.stage_changed(), deal);
    case Event::kValueSet:
      return OnValueSet(event.value_set(), deal);
    case Event::kProbabilitySet:
      return OnProbabilitySet(event.probability_set(), deal);
    case Event::kAssigned:
      return deal->set_owner_id(event.assigned().to_owner_id());
    case Event::kAccountLinked:
      return deal->set_account_id(event.account_linked().to_account_id());
    case Event::kJobRequestAdded:
      return OnJobRequestAdded(event.job_request_added(), deal);
    case Event::kJobRequestRemoved:
      return OnJobRequestRemoved(event.job_request_removed(), deal);
    case Event::kWon:
      return OnWon(event.won(), deal);
    case Event::kPartiallyWon:
      return OnPartiallyWon(event.partially_won(), deal);
    case Event::kLost:
      return OnLost(event.lost(), deal);
    case Event::kAbandoned:
      return OnAbandoned(event.abandoned(), deal);
    case Event::kReopened:
      return OnReopened(event.reopened(), deal);
    case Event::kLineAdded:
      return OnLineAdded(event.line_added(), deal);
    case Event::kLineChanged:
      return OnLineChanged(event.line_changed().after(), deal);
    case Event::kLineRemoved:
      return OnLineRemoved(event.line_removed().line(), deal);
    case Event::kValueModeSet:
      return OnValueModeSet(event.value_mode_set().to(), deal);
    case Event::kProcessMigrated:
      return OnProcessMigrated(event.process_migrated(), deal);
    case Event::kContactLinked:
      return Link(event.contact_linked().contact(), &pb::OpportunityContact::contact_id,
                  deal->mutable_contacts());
    case Event::kContactUnlinked:
      return Unlink(event.contact_unlinked().contact(), &pb::OpportunityContact::contact_id,
                    deal->mutable_contacts());
    case Event::kUserLinked:
      return Link(event.user_linked().collaborator(), &pb::OpportunityCollaborator::user_id,
                  deal->mutable_collaborators());
    case Event::kUserUnlinked:
      return Unlink(event.user_unlinked().collaborator(), &pb::OpportunityCollaborator::user_id,
                    deal->mutable_collaborators());
    case Event::kProjectChanged:
      return OnProjectChanged(event.project_changed(), deal);
    case Event::kArchived:
      return deal->set_archived(true);
    case Event::kRestored:
      return deal->set_archived(false);
    case Event::kLossReasonCorrected:
      return OnLossReasonCorrected(event.loss_reason_corrected(), deal);
    case Event::kProjectRequested:
      return deal->set_project_request_id(event.project_requested().project_request_id());
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> Opportunity::Claims(const State& state) {
  std::vector<Claim> claims;
  ClaimExternalKey(kName, state.record.external_key(), &claims);
  return claims;
}

absl::Status Opportunity::Gather(const State& state, const UpdateRequest& request,
                                 FactLoader& loader) {
  DAYBOOK_RETURN_IF_ERROR(LoadProcess(state.record, loader));
  return LoadMaskedLookups(request.opportunity(), request.update_mask(), loader);
}

absl::Status Opportunity::Gather(const State& state, const ChangeStageRequest&,
                                 FactLoader& loader) {
  return LoadProcess(state.record, loader);
}

// NOT_FOUND. FIELD_NOT_WRITABLE. INVALID_FIELD: blank subject, expected close, none of the fixed
// labels. ILLEGAL_TRANSITION: the expected close of a closed deal. MISSING_REQUIRED_FOR_STATE:
// clearing a mandatory field. The product as on creation.
Opportunity::Result Opportunity::Decide(const State& state, const UpdateRequest& request,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckDealInUse(state.record, context));
  pb::OpportunityFieldsChanged change;
  pb::Opportunity next;
  DAYBOOK_ASSIGN_OR_RETURN(const bool differs, Edit(state.record, request.opportunity(),
                                                    request.update_mask(), &change, &next));
  if (!differs) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(RequireText("subject", next.subject()));
  if (Names(change.fields(), "expected_close_date")) {
    DAYBOOK_RETURN_IF_ERROR(CheckOpen(state.record, context));
    DAYBOOK_RETURN_IF_ERROR(CheckExpectedClose(next, context));
  }
  if (Names(change.fields(), "product_id") && !next.imported()) {
    DAYBOOK_RETURN_IF_ERROR(
        CheckSellableProduct(context, "opportunity.product_id", next.product_id()));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckChangedLabels(state.record, change.after(), context));
  if (next.state() == pb::OPPORTUNITY_STATE_OPEN) {
    DAYBOOK_RETURN_IF_ERROR(CheckStillSet(state.record, next, context));
  }
  Decision<Event> decision;
  *decision.Add().mutable_fields_changed() = std::move(change);
  return decision;
}

// NOT_FOUND. ILLEGAL_TRANSITION: closed. INVALID_FIELD: unknown stage, before the opening.
// MISSING_REQUIRED_FOR_STATE: mandatory fields.
Opportunity::Result Opportunity::Decide(const State& state, const ChangeStageRequest& request,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckOpen(state.record, context));
  if (request.stage() == state.record.stage()) return Nothing<Event>();
  DAYBOOK_ASSIGN_OR_RETURN(const auto* version, VersionOf(state.record, context));
  const auto* stage = FindStage(*version, request.stage());
  if (stage == nullptr) {
    return InvalidField("stage", absl::StrCat("version ", version->number(), " has no stage '",
                                              request.stage(), "'; it has ", StageIds(*version)));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckAfterOpening(state.record, context));
  DAYBOOK_RETURN_IF_ERROR(CheckMandatory(*stage, state.record));
  Decision<Event> decision;
  auto& changed = *decision.Add().mutable_stage_changed();
  changed.set_from(state.record.stage());
  changed.set_to(stage->id());
  changed.set_stage_probability(stage->probability());
  return decision;
}

absl::Status Opportunity::Gather(const State&, const LinkAccountRequest& request,
                                 FactLoader& loader) {
  return LoadForBlacklist(request.account_id(), loader);
}

// NOT_FOUND. REFERENCE_NOT_FOUND, RECORD_ARCHIVED, BLACKLISTED: the account.
Opportunity::Result Opportunity::Decide(const State& state, const LinkAccountRequest& request,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckDealInUse(state.record, context));
  if (request.account_id() == state.record.account_id()) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(CheckUsableAccount(context, "account_id", request.account_id()));
  DAYBOOK_RETURN_IF_ERROR(CheckNotBlacklisted(context, "account_id", request.account_id(),
                                              party::v1::BLACKLIST_SCOPE_ORDERS));
  Decision<Event> decision;
  auto& linked = *decision.Add().mutable_account_linked();
  linked.set_from_account_id(state.record.account_id());
  linked.set_to_account_id(request.account_id());
  return decision;
}

}  // namespace daybook::domain
