#pragma once

// A token with which a calendar program reads the activities of one user. Issued, then revoked for
// good. As with API keys the secret never comes near an event: the record holds the first digits of
// its hash (Context::secret_prefix), the hash itself is kept outside the log. Rules: the user is
// active when it is issued.

#include <vector>

#include "daybook/work/v1/calendar_feed_events.pb.h"
#include "daybook/work/v1/calendar_feed_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

struct CalendarFeed {
  static constexpr absl::string_view kName = "calendar_feed";
  using Record = work::v1::CalendarFeed;
  struct State {
    Record record;
  };
  using Event = work::v1::CalendarFeedEvent;
  using Result = absl::StatusOr<Decision<Event>>;

  static void Evolve(State& state, const Event& event);
  // None: a feed is known by its id.
  static std::vector<Claim> Claims(const State& state);

  static Result Decide(const State&, const work::v1::IssueCalendarFeedRequest&, const Context&);
  static Result Decide(const State&, const work::v1::RevokeCalendarFeedRequest&, const Context&);
};

}  // namespace daybook::domain
