#pragma once

// What the tests of the log share: commits in one line, stores of both kinds, directories that
// clean up.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "domain/base/clock.h"
#include "domain/base/error.h"
#include "eventstore/data_directory.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "gtest/gtest.h"

namespace daybook::eventstore {

// A folder that is removed at the end of the test.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Ids that tell tests apart by a number.
Uuid TestId(uint64_t n);
StreamId TestStream(uint64_t n, const std::string& aggregate = "deal");

NewEvent MakeEvent(const StreamId& stream, const std::string& type = "deal.moved",
                   const std::string& payload = "payload");
// A commit with the request id TestId(request); its hash is of the number too.
Commit MakeCommit(uint64_t request, std::vector<NewEvent> events,
                  std::vector<StreamExpectation> expectations = {});

std::vector<RecordedEvent> ReadEverything(const EventStore& store, LogPosition after = 0);

// A store of one kind with its keys, clock and folder.
class TestStore {
 public:
  enum class Kind { kMemory, kDisk };
  TestStore(Kind kind, const StoreOptions& options);
  ~TestStore();

  EventStore& store() { return kind_ == Kind::kMemory ? *memory_ : *directory_.store; }
  KeyStore& keys() { return kind_ == Kind::kMemory ? *memory_keys_ : *directory_.keys; }
  ManualClock& clock() { return clock_; }

 private:
  Kind kind_;
  ScratchFolder folder_;
  ManualClock clock_;
  SeededRandom random_;
  std::unique_ptr<EventStore> memory_;
  std::unique_ptr<KeyStore> memory_keys_;
  DataDirectory directory_;
};

absl::Time TestStart();

}  // namespace daybook::eventstore
