// Activities end, and of a series the next occurrence begins.

#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/work/activity.h"
#include "domain/work/activity_rules.h"
#include "domain/work/recurrence.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::work::v1;

// What the next occurrence would refer to.
absl::Status LoadForNext(const pb::Activity& activity, FactLoader& loader) {
  if (activity.recurrence_rule().empty()) return absl::OkStatus();
  if (!activity.assignee_id().empty()) {
    DAYBOOK_RETURN_IF_ERROR(loader.Load("user", activity.assignee_id()).status());
  }
  return LoadActivityReferences(activity, loader);
}

struct Next {
  std::string id;  // empty: none
  pb::SeriesEnd end = pb::SERIES_END_UNSPECIFIED;
};

bool IsInUse(const pb::Activity& activity, const Context& context) {
  return CheckActivityReferences(activity, context).ok() &&
         CheckActiveUser(context, "assignee_id", activity.assignee_id()).ok();
}

// A series goes on from the day of the rule, whenever this occurrence was really due or done. An
// occurrence that was reopened and ends again has its successor already.
absl::StatusOr<Next> PlanNext(const pb::Activity& activity, const Context& context) {
  Next next;
  const bool done =
      !activity.next_id().empty() || activity.series_end() == pb::SERIES_END_CANCELLED;
  if (activity.recurrence_rule().empty() || done) return next;
  SeriesStart start;
  DAYBOOK_ASSIGN_OR_RETURN(start.day, FromProto(activity.series_day()));
  if (activity.has_series_second()) start.second = activity.series_second();
  DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay after, FromProto(activity.occurrence_day()));
  if (!NextDay(activity.recurrence_rule(), start, context.zone, after).has_value()) {
    next.end = pb::SERIES_END_RULE_EXHAUSTED;
  } else if (!IsInUse(activity, context)) {
    next.end = pb::SERIES_END_REFERENCE_OUT_OF_USE;
  } else {
    next.id = context.new_id();
  }
  return next;
}

FollowUps FollowWith(const Activity::State& after) {
  if (after.follow_id.empty()) return {};
  auto request = std::make_shared<pb::ScheduleActivityRequest>();
  request->set_id(after.follow_id);
  request->set_previous_id(after.record.id());
  return {std::move(request)};
}

}  // namespace

absl::Status Activity::Gather(const State& state, const pb::CompleteActivityRequest&,
                              FactLoader& loader) {
  return LoadForNext(state.record, loader);
}

absl::Status Activity::Gather(const State& state, const pb::CancelActivityRequest&,
                              FactLoader& loader) {
  return LoadForNext(state.record, loader);
}

// NOT_FOUND. RECORD_ARCHIVED. ILLEGAL_TRANSITION: not planned. INVALID_FIELD: done in the future.
Activity::Result Activity::Decide(const State& state, const pb::CompleteActivityRequest& request,
                                  const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckActivityPlanned(state.record, context));
  DAYBOOK_ASSIGN_OR_RETURN(
      google::protobuf::Timestamp done_time,
      MakeDoneTime(request.has_occurred_at() ? &request.occurred_at() : nullptr, context));
  DAYBOOK_ASSIGN_OR_RETURN(const Next next, PlanNext(state.record, context));
  Decision<Event> decision;
  auto& completed = *decision.Add().mutable_completed();
  *completed.mutable_done_time() = std::move(done_time);
  completed.set_outcome(request.outcome());
  completed.set_person_id(state.record.person_id());
  completed.set_next_id(next.id);
  completed.set_series_end(next.end);
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED. ILLEGAL_TRANSITION: not planned.
Activity::Result Activity::Decide(const State& state, const pb::CancelActivityRequest& request,
                                  const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckActivityPlanned(state.record, context));
  const bool series = !state.record.recurrence_rule().empty();
  if (request.end_series() && !series) {
    return InvalidField("end_series", "the activity does not repeat");
  }
  Next next;
  if (request.end_series()) {
    next.end = pb::SERIES_END_CANCELLED;
  } else {
    DAYBOOK_ASSIGN_OR_RETURN(next, PlanNext(state.record, context));
  }
  Decision<Event> decision;
  auto& cancelled = *decision.Add().mutable_cancelled();
  cancelled.set_next_id(next.id);
  cancelled.set_series_end(next.end);
  return decision;
}

absl::StatusOr<FollowUps> Activity::Follow(const State& after, const pb::CompleteActivityRequest&,
                                           const Context&) {
  return FollowWith(after);
}

absl::StatusOr<FollowUps> Activity::Follow(const State& after, const pb::CancelActivityRequest&,
                                           const Context&) {
  return FollowWith(after);
}

}  // namespace daybook::domain
