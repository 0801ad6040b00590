#pragma once

#include <string>
#include <vector>

#include "services/engine/overlay.h"
#include "services/engine/record_directory.h"
#include "services/engine/state_loader.h"

namespace daybook::services {

// Loads the records that one decision looks at and remembers which, at which revision: the commit
// lists them all. Used by one thread; lives as long as the decision.
class FactCollector final : public domain::FactLoader {
 public:
  FactCollector(StateLoader& states, RecordDirectory& records, const Overlay* overlay)
      : states_(states), records_(records), overlay_(overlay) {}

  absl::StatusOr<const google::protobuf::Message*> Load(absl::string_view aggregate,
                                                        absl::string_view id) override;
  absl::StatusOr<std::vector<std::string>> Ids(absl::string_view aggregate) override;

  // A record as it is after what was decided before in the same commit: needs no expectation.
  void Pin(const eventstore::StreamId& stream, std::shared_ptr<const domain::AnyState> state) {
    const google::protobuf::Message* record = &state->record();
    facts_.Add(stream.aggregate, stream.id.ToString(), {std::move(state), record});
  }

  // Loads what the request refers to by `lookup` fields. REFERENCE_NOT_FOUND names the field.
  absl::Status LoadReferences(const google::protobuf::Message& request);

  const domain::Facts& facts() const { return facts_; }
  std::vector<eventstore::StreamExpectation> TakeExpectations() { return std::move(expectations_); }

 private:
  StateLoader& states_;
  RecordDirectory& records_;
  const Overlay* overlay_;
  domain::Facts facts_;
  std::vector<eventstore::StreamExpectation> expectations_;
};

}  // namespace daybook::services
