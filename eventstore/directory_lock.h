#pragma once

// Who holds a data directory. What is locked is the directory itself and its identity file, beside
// the file `lock`, which may be removed: a second process finds the directory held all the same.
// Private to eventstore/. docs/adr/0067.

#include <sys/types.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace daybook::eventstore {

// Thread-safe.
class DirectoryLock {
 public:
  enum class Use {
    kWrite,  // alone
    kRead,   // beside other readers; creates and changes nothing, so read-only media will do
  };
  // As flock(2); for tests of file systems on which it does nothing.
  using Flock = std::function<int(int fd, int operation)>;

  // Holds the directory until the result is dropped, or the process dies. DATA_DIRECTORY: held by
  // another process, which is named {pid}; not readable; on a file system without working locks.
  static absl::StatusOr<std::shared_ptr<DirectoryLock>> Take(const std::string& path, Use use,
                                                             Flock flock = nullptr);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

  // From now on directory, identity, log/ and keys/ must stay the very files they are; looked at
  // every `interval` by a thread of its own, which tells standard error of every change. REQUIRES:
  // called once, for kWrite.
  void Watch(absl::Duration interval);
  // Looks now. A `lock` that is gone is made again, since the directory is still ours.
  // DATA_DIRECTORY when it no longer is the directory that was opened: nothing may be written.
  absl::Status StillHeld();
  // What StillHeld found last. For every append.
  absl::Status Held() const;

 private:
  struct Place {
    std::string path;
    dev_t device = 0;
    ino_t inode = 0;
  };

  DirectoryLock(std::string path, Use use, Flock flock);

  absl::Status LockDirectoryItself();
  absl::Status LockIdentity();
  absl::Status ProbeLocks();
  absl::Status LockFile();
  absl::Status ReadLockFile();
  absl::Status WriteHolder() const;
  absl::Status InUse() const;
  absl::Status Look();
  static bool IsThere(const Place& place);
  void Run(absl::Duration interval);

  const std::string path_;
  const Use use_;
  const Flock flock_;
  int directory_ = -1;
  int identity_ = -1;
  int file_ = -1;
  bool directory_locked_ = false;
  bool identity_locked_ = false;

  mutable std::mutex mutex_;
  std::vector<Place> watched_;
  absl::Status held_;
  std::condition_variable wake_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace daybook::eventstore
