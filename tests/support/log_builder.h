#pragma once

// A log in memory that tests fill with events as messages; personal values are sealed as commands
// seal them.
//
//   LogBuilder log;
//   log.Add("opportunity", deal, won_event).Commit();

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "domain/base/clock.h"
#include "eventstore/data_directory.h"
#include "google/protobuf/message.h"

namespace daybook::testing {

class LogBuilder {
 public:
  explicit LogBuilder(uint64_t seed = 1);

  eventstore::EventStore& store() { return *store_; }
  eventstore::KeyStore& keys() { return *keys_; }
  ManualClock& clock() { return clock_; }

  // A new id; ids sort in the order they were asked for.
  std::string NewId();
  // Adds an event to the next commit. `event` is the oneof wrapper with clear personal values, `id`
  // a UUID. Business time: `effective`, or now.
  LogBuilder& Add(absl::string_view aggregate, absl::string_view id,
                  const google::protobuf::Message& event,
                  absl::Time effective = absl::InfinitePast());
  // Appends what was added as one commit; returns its last position. The clock moves on by a
  // second.
  eventstore::LogPosition Commit();

  // A log with the events of this one up to `position`, byte for byte, and the same keys.
  std::unique_ptr<eventstore::EventStore> CutAt(eventstore::LogPosition position);

 private:
  SeededRandom random_;
  int64_t ids_ = 0;
  ManualClock clock_;
  ManualClock cut_clock_{absl::UnixEpoch()};
  std::unique_ptr<eventstore::KeyStore> keys_;
  std::unique_ptr<eventstore::EventStore> store_;
  eventstore::Commit commit_;
};

}  // namespace daybook::testing
