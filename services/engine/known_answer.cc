#include "services/engine/known_answer.h"

#include "domain/base/status_macros.h"

namespace daybook::services {

absl::StatusOr<KnownAnswer> ReadKnownAnswer(eventstore::EventStore& store,
                                            const eventstore::RequestRecord& known) {
  KnownAnswer answer;
  answer.result.first_position = known.first_position;
  answer.result.last_position = known.first_position + (known.events == 0 ? 0 : known.events - 1);
  answer.result.events = known.events;
  answer.result.replayed = true;
  if (known.events == 0) {
    if (answer.result.last_position == 0) return answer;
    DAYBOOK_ASSIGN_OR_RETURN(const auto last, store.ReadEvent(answer.result.last_position));
    answer.result.recorded_at = last.recorded_at;
    return answer;
  }
  DAYBOOK_RETURN_IF_ERROR(store.ReadAll(known.first_position - 1, known.events,
                                        [&](const eventstore::RecordedEvent& event) {
                                          if (answer.stream.aggregate.empty()) {
                                            answer.stream = event.stream;
                                          }
                                          answer.result.recorded_at = event.recorded_at;
                                          if (event.stream == answer.stream) {
                                            answer.revision = event.revision;
                                          }
                                          return true;
                                        }));
  return answer;
}

}  // namespace daybook::services
