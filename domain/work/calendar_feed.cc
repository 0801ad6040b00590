#include "domain/work/calendar_feed.h"

#include "domain/base/status_macros.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"

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
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  DAYBOOK_RETURN_IF_ERROR(RequireText("name", request.name()));
  DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, "user_id", request.user_id()));
  Decision<Event> decision;
  auto& feed = *decision.Add().mutable_issued()->mutable_calendar_feed();
  feed.set_id(context.target_id);
  feed.set_name(request.name());
  feed.set_user_id(request.user_id());
  feed.set_prefix(context.secret_prefix);
  return decision;
}

// NOT_FOUND. Nothing when revoked already.
CalendarFeed::Result CalendarFeed::Decide(const State& state, const pb::RevokeCalendarFeedRequest&,
                                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (state.record.revoked()) return Nothing<Event>();
  Decision<Event> decision;
  decision.Add().mutable_revoked();
  return decision;
}

}  // namespace daybook::domain
