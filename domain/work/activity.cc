#include "domain/work/activity.h"

#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"
#include "domain/record/archive.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/work/activity_rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::work::v1;

void OnCompleted(const pb::ActivityCompleted& event, Activity::State* state) {
  state->record.set_state(pb::ACTIVITY_STATE_DONE);
  *state->record.mutable_done_time() = event.done_time();
  state->record.set_outcome(event.outcome());
  state->follow_id = event.next_id();
  if (!event.next_id().empty()) state->record.set_next_id(event.next_id());
  if (event.series_end() != 0) state->record.set_series_end(event.series_end());
}

void OnCancelled(const pb::ActivityCancelled& event, Activity::State* state) {
  state->record.set_state(pb::ACTIVITY_STATE_CANCELLED);
  state->follow_id = event.next_id();
  if (!event.next_id().empty()) state->record.set_next_id(event.next_id());
  if (event.series_end() != 0) state->record.set_series_end(event.series_end());
}

}  // namespace

void Activity::Evolve(State& state, const Event& event) {
  state.follow_id.clear();
  switch (event.kind_case()) {
    case Event::kScheduled:
      state.record = event.scheduled().activity();
      return;
    case Event::kLogged:
      state.record = event.logged().activity();
      return;
    case Event::kFieldsChanged:
      ApplyFields(event.fields_changed().fields(), event.fields_changed().after(), &state.record);
      return;
    case Event::kReassigned:
      state.record.set_assignee_id(event.reassigned().to_user_id());
      return;
    case Event::kRescheduled:
      SetActivityDue(event.rescheduled().to(), &state.record);
      return;
    case Event::kCompleted:
      return OnCompleted(event.completed(), &state);
    case Event::kCancelled:
      return OnCancelled(event.cancelled(), &state);
    case Event::kReopened:
      state.record.set_state(pb::ACTIVITY_STATE_PLANNED);
      state.record.clear_done_time();
      state.record.clear_outcome();
      return;
    case Event::kArchived:
      state.record.set_archived(true);
      return;
    case Event::kRestored:
      state.record.set_archived(false);
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> Activity::Claims(const State& state) {
  std::vector<Claim> claims;
  if (!state.record.archived()) ClaimExternalKey(kName, state.record.external_key(), &claims);
  return claims;
}

absl::Status Activity::Gather(const State& state, const pb::UpdateActivityRequest& request,
                              FactLoader& loader) {
  DAYBOOK_RETURN_IF_ERROR(LoadMaskedLookups(request.activity(), request.update_mask(), loader));
  pb::Activity wanted;
  wanted.set_contact_id(state.record.contact_id());
  *wanted.mutable_participant_ids() = request.activity().participant_ids();
  return LoadActivityReferences(wanted, loader);
}

// NOT_FOUND. RECORD_ARCHIVED. FIELD_NOT_WRITABLE. INVALID_FIELD: as ScheduleActivity for what is
// then in the record. REFERENCE_NOT_FOUND, RECORD_ARCHIVED: references that change.
Activity::Result Activity::Decide(const State& state, const pb::UpdateActivityRequest& request,
                                  const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckActivityWritable(state.record, context));
  pb::ActivityFieldsChanged change;
  pb::Activity next;
  DAYBOOK_ASSIGN_OR_RETURN(const bool differs, Edit(state.record, request.activity(),
                                                    request.update_mask(), &change, &next));
  if (!differs) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(CheckActivityTexts(next));
  // `after` holds what changes and nothing else.
  DAYBOOK_RETURN_IF_ERROR(CheckActivityReferences(change.after(), context));
  // What is said about a person is sealed under that person's key here too.
  change.mutable_before()->set_person_id(state.record.person_id());
  change.mutable_after()->set_person_id(state.record.person_id());
  Decision<Event> decision;
  *decision.Add().mutable_fields_changed() = std::move(change);
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED: the activity, an inactive user. ILLEGAL_TRANSITION: not planned.
// REFERENCE_NOT_FOUND. Nothing when it is theirs already.
Activity::Result Activity::Decide(const State& state, const pb::ReassignActivityRequest& request,
                                  const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckActivityPlanned(state.record, context));
  if (request.assignee_id() == state.record.assignee_id()) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, "assignee_id", request.assignee_id()));
  Decision<Event> decision;
  auto& reassigned = *decision.Add().mutable_reassigned();
  reassigned.set_from_user_id(state.record.assignee_id());
  reassigned.set_to_user_id(request.assignee_id());
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED. ILLEGAL_TRANSITION: a note. Nothing when planned already.
Activity::Result Activity::Decide(const State& state, const pb::ReopenActivityRequest&,
                                  const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckActivityWritable(state.record, context));
  if (state.record.state() == pb::ACTIVITY_STATE_PLANNED) return Nothing<Event>();
  if (state.record.kind() == pb::ACTIVITY_KIND_NOTE) {
    return IllegalTransition(kName, "DONE", "", "a note is never planned");
  }
  Decision<Event> decision;
  decision.Add().mutable_reopened();
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED. ILLEGAL_TRANSITION: not planned. MISSING_REQUIRED_FOR_STATE: no day.
// Nothing when ticked already.
Activity::Result Activity::Decide(const State& state, const pb::EnableCalendarExportRequest&,
                                  const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckActivityPlanned(state.record, context));
  if (state.record.calendar_export()) return Nothing<Event>();
  if (!state.record.has_due_on()) {
    return Reject(Reason::REASON_MISSING_REQUIRED_FOR_STATE,
                  "An activity without a day is in no calendar; reschedule it first.",
                  {{"field", "due_date"}});
  }
  Decision<Event> decision;
  pb::ActivityFieldsChanged& change = *decision.Add().mutable_fields_changed();
  change.mutable_fields()->add_paths("calendar_export");
  change.mutable_after()->set_calendar_export(true);
  change.mutable_before()->set_person_id(state.record.person_id());
  change.mutable_after()->set_person_id(state.record.person_id());
  return decision;
}

// NOT_FOUND. Nothing when archived already.
Activity::Result Activity::Decide(const State& state, const pb::ArchiveActivityRequest&,
                                  const Context& context) {
  return DecideArchive<Activity>(state, context);
}

// NOT_FOUND. Nothing when in use. The claims refuse a key that another activity took meanwhile.
Activity::Result Activity::Decide(const State& state, const pb::RestoreActivityRequest&,
                                  const Context& context) {
  return DecideRestore<Activity>(state, context);
}

}  // namespace daybook::domain
