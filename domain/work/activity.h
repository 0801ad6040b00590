#pragma once

// A follow-up, a call, a meeting, a task or a note about an account, a contact, a deal or a lead.
// PLANNED -> DONE | CANCELLED, and both back by ReopenActivity; what happened already is logged as
// DONE. Overdue is no state. Orthogonal: archived; an archived activity takes no change but
// RestoreActivity. Rules: the assignee is active; what it is about is in use; due in the past only
// with `backdated`; a follow-up and a note say something, the others at least what they are about;
// nothing is done in the future. Of a series one occurrence is planned at a time: the next is made
// in the commit that completes or cancels it (recurrence.h).

#include <string>
#include <vector>

#include "daybook/work/v1/activity_events.pb.h"
#include "daybook/work/v1/activity_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

inline constexpr uint32_t kActivityMinutesMax = 7 * 24 * 60;
inline constexpr uint32_t kReminderMinutesMax = 28 * 24 * 60;

struct Activity {
  static constexpr absl::string_view kName = "activity";
  using Record = work::v1::Activity;
  struct State {
    Record record;
    // The occurrence that the latest event asks for; empty: none.
    std::string follow_id;
  };
  using Event = work::v1::ActivityEvent;
  using Result = absl::StatusOr<Decision<Event>>;

  static void Evolve(State& state, const Event& event);
  // "activity-external-key" while not archived.
  static std::vector<Claim> Claims(const State& state);

  static absl::Status Gather(const State&, const work::v1::ScheduleActivityRequest&, FactLoader&);
  static absl::Status Gather(const State&, const work::v1::LogActivityRequest&, FactLoader&);
  static absl::Status Gather(const State&, const work::v1::UpdateActivityRequest&, FactLoader&);
  static absl::Status Gather(const State&, const work::v1::CompleteActivityRequest&, FactLoader&);
  static absl::Status Gather(const State&, const work::v1::CancelActivityRequest&, FactLoader&);

  static Result Decide(const State&, const work::v1::ScheduleActivityRequest&, const Context&);
  static Result Decide(const State&, const work::v1::LogActivityRequest&, const Context&);
  static Result Decide(const State&, const work::v1::UpdateActivityRequest&, const Context&);
  static Result Decide(const State&, const work::v1::ReassignActivityRequest&, const Context&);
  static Result Decide(const State&, const work::v1::RescheduleActivityRequest&, const Context&);
  static Result Decide(const State&, const work::v1::CompleteActivityRequest&, const Context&);
  static Result Decide(const State&, const work::v1::CancelActivityRequest&, const Context&);
  static Result Decide(const State&, const work::v1::ReopenActivityRequest&, const Context&);
  static Result Decide(const State&, const work::v1::EnableCalendarExportRequest&, const Context&);
  static Result Decide(const State&, const work::v1::ArchiveActivityRequest&, const Context&);
  static Result Decide(const State&, const work::v1::RestoreActivityRequest&, const Context&);

  // The next occurrence, as ScheduleActivity with previous_id.
  static absl::StatusOr<FollowUps> Follow(const State& after,
                                          const work::v1::CompleteActivityRequest&, const Context&);
  static absl::StatusOr<FollowUps> Follow(const State& after,
                                          const work::v1::CancelActivityRequest&, const Context&);
};

}  // namespace daybook::domain
