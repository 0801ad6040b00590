// Activities come to be, and get their time.

#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/record/presence.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/work/activity.h"
#include "domain/work/activity_rules.h"
#include "domain/work/recurrence.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::work::v1;

template <class Request>
std::optional<uint32_t> DurationOf(const Request& request) {
  if (!request.has_duration_minutes()) return std::nullopt;
  return request.duration_minutes();
}

// What both ways to make an activity have in common.
template <class Request>
pb::Activity FromRequest(const Request& request, const Context& context) {
  pb::Activity activity;
  activity.set_id(context.target_id);
  activity.set_kind(request.kind());
  activity.set_subject(request.subject());
  activity.set_description(request.description());
  activity.set_account_id(request.account_id());
  activity.set_contact_id(request.contact_id());
  activity.set_opportunity_id(request.opportunity_id());
  activity.set_lead_id(request.lead_id());
  activity.set_person_id(request.contact_id().empty() ? request.lead_id() : request.contact_id());
  activity.set_assignee_id(request.assignee_id());
  activity.set_created_by(context.actor);
  DAYBOOK_COPY_PRESENCE(duration_minutes, request, &activity);
  activity.set_direction(request.direction());
  *activity.mutable_participant_ids() = request.participant_ids();
  *activity.mutable_tags() = request.tags();
  activity.set_confidential(request.confidential());
  activity.set_external_key(request.external_key());
  return activity;
}

template <class Request>
absl::Status LoadFor(const Request& request, FactLoader& loader) {
  pb::Activity wanted;
  wanted.set_account_id(request.account_id());
  wanted.set_contact_id(request.contact_id());
  wanted.set_opportunity_id(request.opportunity_id());
  wanted.set_lead_id(request.lead_id());
  *wanted.mutable_participant_ids() = request.participant_ids();
  return LoadActivityReferences(wanted, loader);
}

// The first occurrence of a series.
absl::Status BeginSeries(absl::string_view rule, const Context& context, pb::Activity* activity) {
  if (rule.empty()) return absl::OkStatus();
  if (!activity->has_due_on()) {
    return InvalidField("recurrence_rule", "what repeats needs a due_date or due_time to begin");
  }
  SeriesStart start;
  DAYBOOK_ASSIGN_OR_RETURN(start.day, FromProto(activity->due_on()));
  if (activity->has_due_time()) {
    DAYBOOK_ASSIGN_OR_RETURN(const absl::Time time, FromProto(activity->due_time()));
    const absl::CivilSecond civil = absl::ToCivilSecond(time, context.zone);
    start.second = static_cast<uint32_t>(civil - absl::CivilSecond(start.day));
    activity->set_series_second(*start.second);
  }
  DAYBOOK_ASSIGN_OR_RETURN(*activity->mutable_recurrence_rule(),
                           NormaliseRule("recurrence_rule", rule, start, context.zone));
  activity->set_series_id(activity->id());
  *activity->mutable_series_day() = activity->due_on();
  *activity->mutable_occurrence_day() = activity->due_on();
  activity->set_occurrence(1);
  return absl::OkStatus();
}

// What a follow-up request may say beside the activity that it follows: nothing.
absl::Status CheckNothingElse(const pb::ScheduleActivityRequest& request) {
  pb::ScheduleActivityRequest rest = request;
  rest.clear_header();
  rest.clear_id();
  rest.clear_previous_id();
  if (rest.ByteSizeLong() == 0) return absl::OkStatus();
  return InvalidField("previous_id", "an occurrence takes everything from the one before it");
}

// The occurrence that follows one that was done or cancelled.
Activity::Result Continue(const pb::ScheduleActivityRequest& request, const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckNothingElse(request));
  const auto* previous = context.facts->Get<pb::Activity>(Activity::kName, request.previous_id());
  if (previous == nullptr) {
    return ReferenceNotFound("previous_id", Activity::kName, request.previous_id());
  }
  if (previous->next_id() != context.target_id) {
    return InvalidField("previous_id", "is set by Daybook itself; schedule an activity without it");
  }
  SeriesStart start;
  DAYBOOK_ASSIGN_OR_RETURN(start.day, FromProto(previous->series_day()));
  if (previous->has_series_second()) start.second = previous->series_second();
  DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay after, FromProto(previous->occurrence_day()));
  const auto day = NextDay(previous->recurrence_rule(), start, context.zone, after);
  if (!day.has_value()) return InvalidField("previous_id", "its series has ended");
  pb::Activity activity = *previous;
  activity.clear_meta();
  activity.set_id(context.target_id);
  activity.set_state(pb::ACTIVITY_STATE_PLANNED);
  activity.clear_outcome();
  activity.clear_done_time();
  activity.clear_next_id();
  activity.clear_series_end();
  activity.clear_external_key();
  activity.clear_due_date();
  activity.clear_due_time();
  activity.set_occurrence(previous->occurrence() + 1);
  *activity.mutable_occurrence_day() = ToProto(*day);
  *activity.mutable_due_on() = ToProto(*day);
  if (start.second.has_value()) {
    const absl::Time time = OccurrenceTime(*day, *start.second, context.zone);
    *activity.mutable_due_time() = ToProto(time);
    *activity.mutable_due_on() = ToProto(absl::ToCivilDay(time, context.zone));
  } else {
    *activity.mutable_due_date() = ToProto(*day);
    activity.clear_duration_minutes();
  }
  Decision<Activity::Event> decision;
  *decision.Add().mutable_scheduled()->mutable_activity() = std::move(activity);
  return decision;
}

}  // namespace

absl::Status Activity::Gather(const State&, const pb::ScheduleActivityRequest& request,
                              FactLoader& loader) {
  return LoadFor(request, loader);
}

absl::Status Activity::Gather(const State&, const pb::LogActivityRequest& request,
                              FactLoader& loader) {
  return LoadFor(request, loader);
}

// DUPLICATE_KEY: the id (the external key by its claim). INVALID_FIELD: kind, texts, tags, due,
// rule. REFERENCE_NOT_FOUND, RECORD_ARCHIVED: what it is about; the assignee.
Activity::Result Activity::Decide(const State& state, const pb::ScheduleActivityRequest& request,
                                  const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  if (!request.previous_id().empty()) return Continue(request, context);
  if (request.kind() == pb::ACTIVITY_KIND_UNSPECIFIED) {
    return InvalidField("kind", "is required");
  }
  if (request.kind() == pb::ACTIVITY_KIND_NOTE) {
    return InvalidField("kind", "a note is not planned; use LogActivity");
  }
  if (request.assignee_id().empty()) {
    return InvalidField("assignee_id", "is required; name the user who is to do it");
  }
  pb::Activity activity = FromRequest(request, context);
  activity.set_state(pb::ACTIVITY_STATE_PLANNED);
  if (request.has_reminder_minutes()) activity.set_reminder_minutes(request.reminder_minutes());
  DAYBOOK_RETURN_IF_ERROR(CheckActivityTexts(activity));
  DAYBOOK_ASSIGN_OR_RETURN(
      const pb::ActivityDue due,
      MakeActivityDue(request.has_due_date() ? &request.due_date() : nullptr,
                      request.has_due_time() ? &request.due_time() : nullptr, DurationOf(request),
                      request.backdated() ? PastDue::kAllowed : PastDue::kRefused, context));
  SetActivityDue(due, &activity);
  DAYBOOK_RETURN_IF_ERROR(BeginSeries(request.recurrence_rule(), context, &activity));
  FillActivityAccount(context, &activity);
  DAYBOOK_RETURN_IF_ERROR(CheckActivityReferences(activity, context));
  DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, "assignee_id", activity.assignee_id()));
  Decision<Event> decision;
  *decision.Add().mutable_scheduled()->mutable_activity() = std::move(activity);
  return decision;
}

// DUPLICATE_KEY. INVALID_FIELD: texts, tags, occurred_at. REFERENCE_NOT_FOUND, RECORD_ARCHIVED:
// what it is about; the one who did it.
Activity::Result Activity::Decide(const State& state, const pb::LogActivityRequest& request,
                                  const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  pb::Activity activity = FromRequest(request, context);
  activity.set_state(pb::ACTIVITY_STATE_DONE);
  activity.set_outcome(request.outcome());
  DAYBOOK_RETURN_IF_ERROR(CheckActivityTexts(activity));
  DAYBOOK_ASSIGN_OR_RETURN(
      *activity.mutable_done_time(),
      MakeDoneTime(request.has_occurred_at() ? &request.occurred_at() : nullptr, context));
  FillActivityAccount(context, &activity);
  DAYBOOK_RETURN_IF_ERROR(CheckActivityReferences(activity, context));
  DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, "assignee_id", activity.assignee_id()));
  Decision<Event> decision;
  *decision.Add().mutable_logged()->mutable_activity() = std::move(activity);
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED. ILLEGAL_TRANSITION: not planned. INVALID_FIELD: due. Nothing when it
// is due then already.
Activity::Result Activity::Decide(const State& state, const pb::RescheduleActivityRequest& request,
                                  const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckActivityPlanned(state.record, context));
  DAYBOOK_ASSIGN_OR_RETURN(
      pb::ActivityDue due,
      MakeActivityDue(request.has_due_date() ? &request.due_date() : nullptr,
                      request.has_due_time() ? &request.due_time() : nullptr, DurationOf(request),
                      request.backdated() ? PastDue::kAllowed : PastDue::kRefused, context));
  if (due.duration_minutes() > kActivityMinutesMax) {
    return InvalidField("duration_minutes",
                        absl::StrCat("at most ", kActivityMinutesMax, ", which is seven days"));
  }
  pb::ActivityDue from = ActivityDueOf(state.record);
  if (from.SerializeAsString() == due.SerializeAsString()) return Nothing<Event>();
  Decision<Event> decision;
  auto& rescheduled = *decision.Add().mutable_rescheduled();
  *rescheduled.mutable_from() = std::move(from);
  *rescheduled.mutable_to() = std::move(due);
  return decision;
}

}  // namespace daybook::domain
