#include "tests/eventstore/damage_support.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "domain/base/check.h"

namespace daybook::eventstore {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kFirstCommits = 260;  // more than a tile
constexpr uint64_t kOlderCommits = 275;
constexpr uint64_t kStreams = 11;

using Finding = SampleDirectory::Finding;
using Outcome = SampleDirectory::Outcome;

Finding Wrong(const std::string& detail) { return {Outcome::kWrong, detail}; }

// A refusal must carry a reason that says so.
Finding Refused(const absl::Status& status) {
  const Reason reason = ReasonOf(status);
  if (reason == Reason::REASON_DATA_LOSS || reason == Reason::REASON_DATA_DIRECTORY) {
    return {Outcome::kRefused, status.ToString()};
  }
  return Wrong(absl::StrCat("refused without a reason: ", status.ToString()));
}

bool SameEvent(const RecordedEvent& a, const RecordedEvent& b) {
  return a.header == b.header && a.payload == b.payload && a.metadata == b.metadata;
}

std::string NameOf(uint64_t n) { return absl::StrCat("person ", n); }

}  // namespace

void CopyFolder(const std::string& from, const std::string& to) {
  fs::copy(from, to, fs::copy_options::recursive);
}

std::vector<std::string> FilesOf(const std::string& folder) {
  std::vector<std::string> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = fs::relative(entry.path(), folder).string();
    if (entry.is_regular_file() && name != "lock") files.push_back(name);
  }
  std::sort(files.begin(), files.end());
  return files;
}

SampleDirectory::SampleDirectory()
    : path_(folder_.path() + "/data"),
      older_(folder_.path() + "/older"),
      clock_(TestStart()),
      random_(7) {
  const absl::Status status = CreateDataDirectory(path_, clock_, random_);
  DAYBOOK_CHECK(status.ok(), status.ToString());
  FirstSession();
  SecondSession();
  // What the database says about itself is not data: leave it out of what is copied and damaged.
  for (const std::string& file : FilesOf(path_)) {
    if (fs::path(file).filename().string().substr(0, 3) == "LOG") fs::remove(path_ + "/" + file);
  }
}

Commit SampleDirectory::NextCommit(KeyStore& keys, uint64_t n) {
  const StreamId stream = TestStream(n % kStreams);
  NewEvent event = MakeEvent(stream, "deal.moved", absl::StrCat("payload ", n));
  event.tags = {"west"};
  const SealContext context{TestId(1'000'000'000 + n), 0, 0, stream, event.type, 1};
  event.sealed.push_back(*keys.Seal(TestId(500 + n % 40), context, NameOf(n)));
  Commit commit = MakeCommit(n, {event});
  commit.claims.push_back({ClaimChange::Kind::kTake, *keys.ClaimKind("sku"),
                           keys.ClaimHash("sku", absl::StrCat(n)), stream, "sku"});
  return commit;
}

void SampleDirectory::FirstSession() {
  auto opened = OpenDataDirectory(path_, {}, clock_, random_);
  DAYBOOK_CHECK(opened.ok(), opened.status().ToString());
  for (uint64_t n = 0; n < kFirstCommits; ++n) {
    const auto result = opened->store->AppendAndWait(NextCommit(*opened->keys, n));
    DAYBOOK_CHECK(result.ok(), result.status().ToString());
  }
}

// Opening moves what was written so far into tables; what comes now stays in the write-ahead log.
void SampleDirectory::SecondSession() {
  auto opened = OpenDataDirectory(path_, {}, clock_, random_);
  DAYBOOK_CHECK(opened.ok(), opened.status().ToString());
  for (uint64_t n = kFirstCommits; n < kCommits; ++n) {
    if (n == kOlderCommits) CopyFolder(path_, older_);
    if (n == kOlderCommits) {
      DAYBOOK_CHECK(opened->keys->PutSecretHash(TestId(3), Sha256("secret")).ok(), "secret");
    }
    const auto result = opened->store->AppendAndWait(NextCommit(*opened->keys, n));
    DAYBOOK_CHECK(result.ok(), result.status().ToString());
  }
  events_ = ReadEverything(*opened->store);
  head_ = opened->store->GetHead();
}

Finding SampleDirectory::Examine(const std::string& path) const {
  ManualClock clock(TestStart());
  SeededRandom random(9);
  const absl::StatusOr<DataDirectory> opened = OpenDataDirectory(path, {}, clock, random);
  if (!opened.ok()) return Refused(opened.status());
  return ExamineOpen(*opened);
}

Finding SampleDirectory::ExamineOpen(const DataDirectory& directory) const {
  const Head head = directory.store->GetHead();
  if (head.position != head_.position || head.root != head_.root) {
    return Wrong(absl::StrCat("opened at ", head.position, " instead of ", head_.position));
  }
  const Finding events = ExamineEvents(directory);
  return events.outcome == Outcome::kIntact ? ExamineIndexes(directory) : events;
}

Finding SampleDirectory::ExamineEvents(const DataDirectory& directory) const {
  size_t seen = 0;
  Finding finding;
  const absl::Status status =
      directory.store->ReadAll(0, SIZE_MAX, [&](const RecordedEvent& event) {
        if (seen >= events_.size() || !SameEvent(event, events_[seen])) {
          finding = Wrong(absl::StrCat("another event at ", seen + 1));
          return false;
        }
        const auto name = directory.keys->Open(event.sealed[0], event.seal_context(0));
        if (!name.ok()) {
          finding = Refused(name.status());
        } else if (*name != NameOf(seen)) {
          finding = Wrong(absl::StrCat("another name at ", seen + 1));
        }
        ++seen;
        return finding.outcome == Outcome::kIntact;
      });
  if (!status.ok()) return Refused(status);
  if (finding.outcome == Outcome::kIntact && seen != events_.size()) {
    return Wrong(absl::StrCat("only ", seen, " events"));
  }
  return finding;
}

Finding SampleDirectory::ExamineIndexes(const DataDirectory& directory) const {
  EventStore& store = *directory.store;
  Selection typed;
  typed.type = "deal.moved";
  size_t of_type = 0;
  absl::Status status =
      store.ReadSelected(typed, 0, SIZE_MAX, [&](const RecordedEvent&) { return ++of_type > 0; });
  if (!status.ok()) return Refused(status);
  if (of_type != events_.size()) return Wrong(absl::StrCat(of_type, " events of the type"));
  size_t of_streams = 0;
  for (uint64_t n = 0; n < kStreams; ++n) {
    status = store.ReadStream(TestStream(n), 0, SIZE_MAX,
                              [&](const RecordedEvent&) { return ++of_streams > 0; });
    if (!status.ok()) return Refused(status);
  }
  if (of_streams != events_.size()) return Wrong(absl::StrCat(of_streams, " events of streams"));
  for (uint64_t n = 0; n < kCommits; ++n) {
    const auto request = store.FindRequest(TestId(1'000'000'000 + n));
    if (!request.ok()) return Refused(request.status());
    if (!request->has_value() || (*request)->first_position != n + 1) return Wrong("a request");
    const auto claim = store.FindClaim(1, directory.keys->ClaimHash("sku", absl::StrCat(n)));
    if (!claim.ok()) return Refused(claim.status());
    if (*claim != TestStream(n % kStreams)) return Wrong("a claim");
  }
  const auto root = store.RootAt(store.GetHead().position);
  if (!root.ok()) return Refused(root.status());
  if (*root != head_.root) return Wrong("the root");
  const auto secret = directory.keys->FindSecretHash(TestId(3));
  if (!secret.ok()) return Refused(secret.status());
  return *secret == Sha256("secret") ? Finding() : Wrong("the secret");
}

}  // namespace daybook::eventstore
