#include "tests/eventstore/store_support.h"

#include <stdlib.h>

#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/strings.h"

namespace daybook::eventstore {
namespace {

std::string MakeFolder() {
  // Memory is much faster than a disk, and these tests do not cut the power.
  const bool memory = std::filesystem::is_directory("/dev/shm");
  std::string name = (memory ? std::string("/dev/shm") : testing::TempDir()) + "/daybook-XXXXXX";
  DAYBOOK_CHECK(mkdtemp(name.data()) != nullptr, "no folder for a test");
  return name;
}

}  // namespace

ScratchFolder::ScratchFolder() : path_(MakeFolder()) {}
ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

absl::Time TestStart() { return absl::FromUnixSeconds(1'700'000'000); }

Uuid TestId(uint64_t n) {
  std::string bytes;
  AppendU64(&bytes, 0x0190'0000'0000'7000);
  AppendU64(&bytes, n);
  return Uuid::FromBytes(bytes);
}

StreamId TestStream(uint64_t n, const std::string& aggregate) { return {aggregate, TestId(n)}; }

NewEvent MakeEvent(const StreamId& stream, const std::string& type, const std::string& payload) {
  NewEvent event;
  event.stream = stream;
  event.type = type;
  event.payload = payload;
  event.metadata = "metadata";
  event.effective_at = TestStart();
  return event;
}

Commit MakeCommit(uint64_t request, std::vector<NewEvent> events,
                  std::vector<StreamExpectation> expectations) {
  Commit commit;
  commit.request_id = TestId(1'000'000'000 + request);
  commit.request_hash = Sha256(absl::StrCat("request ", request));
  commit.actor = TestId(7);
  commit.schema_set = 1;
  commit.events = std::move(events);
  commit.expectations = std::move(expectations);
  return commit;
}

std::vector<RecordedEvent> ReadEverything(const EventStore& store, LogPosition after) {
  std::vector<RecordedEvent> events;
  const absl::Status status = store.ReadAll(after, SIZE_MAX, [&](const RecordedEvent& event) {
    events.push_back(event);
    return true;
  });
  EXPECT_TRUE(status.ok()) << status;
  return events;
}

TestStore::TestStore(Kind kind, const StoreOptions& options)
    : kind_(kind), clock_(TestStart()), random_(1) {
  if (kind == Kind::kMemory) {
    memory_ = NewMemoryEventStore(clock_, random_, options);
    memory_keys_ = NewMemoryKeyStore(random_);
    return;
  }
  const std::string path = folder_.path() + "/data";
  absl::Status status = CreateDataDirectory(path, clock_, random_);
  DAYBOOK_CHECK(status.ok(), status.ToString());
  auto opened = OpenDataDirectory(path, options, clock_, random_);
  DAYBOOK_CHECK(opened.ok(), opened.status().ToString());
  directory_ = *std::move(opened);
}

TestStore::~TestStore() = default;

}  // namespace daybook::eventstore
