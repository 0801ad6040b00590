#pragma once

// A small data directory whose content is known, and the question that every damage test asks: does
// it open to all of that, or refuse with a reason?

#include <string>
#include <vector>

#include "tests/eventstore/store_support.h"

namespace daybook::eventstore {

class SampleDirectory {
 public:
  static constexpr uint64_t kCommits = 290;  // of one event each

  // Makes the directory with two sessions, so that it has tables and a live write-ahead log;
  // `older` is a copy from the middle of the second session.
  SampleDirectory();

  const std::string& path() const { return path_; }
  const std::string& older() const { return older_; }

  // What opening and reading a damaged copy gave.
  enum class Outcome { kIntact, kRefused, kWrong };
  struct Finding {
    Outcome outcome = Outcome::kIntact;
    std::string detail;
  };
  // Everything is read: events, streams, types, requests, claims, sealed parts, secrets, the tree.
  Finding Examine(const std::string& path) const;

 private:
  void FirstSession();
  void SecondSession();
  Commit NextCommit(KeyStore& keys, uint64_t n);
  Finding ExamineOpen(const DataDirectory& directory) const;
  Finding ExamineEvents(const DataDirectory& directory) const;
  Finding ExamineIndexes(const DataDirectory& directory) const;

  ScratchFolder folder_;
  std::string path_;
  std::string older_;
  ManualClock clock_;
  SeededRandom random_;
  std::vector<RecordedEvent> events_;
  Head head_;
};

void CopyFolder(const std::string& from, const std::string& to);
// All regular files, relative to the folder, sorted; without the lock.
std::vector<std::string> FilesOf(const std::string& folder);

}  // namespace daybook::eventstore
