#include "domain/work/calendar_feed.h"

#include "domain/base/status_macros.h"
#include "domain/record/credential.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::work::v1;

}  // namespace

void CalendarFeed::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kIssued:
      state.record = event.issued().calendar_feed();
      return;
    case Event::kRevoked:
      state.record.set_revoked(true);
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> CalendarFeed::Claims(const State&) { return {}; }

// DUPLICATE_KEY. INVALID_FIELD: blank name. REFERENCE_NOT_FOUND, RECORD_ARCHIVED: the user.
CalendarFeed::Result CalendarFeed::Decide(const State& state,
                                          const pb::IssueCalendarFeedRequest& request,
                                          const Context& context) {
  DAYBOOK_ASSIGN_OR_RETURN(pb::CalendarFeed feed,
                           IssueCredential<CalendarFeed>(state, request, context));
  feed.set_exported_only(request.exported_only());
  Decision<Event> decision;
  *decision.Add().mutable_issued()->mutable_calendar_feed() = std::move(feed);
  return decision;
}

// NOT_FOUND. Nothing when revoked already.
CalendarFeed::Result CalendarFeed::Decide(const State& state, const pb::RevokeCalendarFeedRequest&,
                                          const Context& context) {
  return DecideRevoke<CalendarFeed>(state, context);
}

}  // namespace daybook::domain
