#include "eventstore/directory_lock.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "eventstore/directory_files.h"

namespace daybook::eventstore {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr size_t kHolderBytesMax = 256;

absl::Status Refuse(absl::string_view message) {
  return Reject(Reason::REASON_DATA_DIRECTORY, message);
}

absl::Status CannotLock(const std::string& path, int error) {
  return Refuse(absl::StrCat("cannot lock ", path, ": ", std::strerror(error)));
}

std::string ReadSmall(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string BootId() {
  return std::string(absl::StripAsciiWhitespace(ReadSmall("/proc/sys/kernel/random/boot_id")));
}

// When a process began, in ticks since the machine did; empty if there is none. It tells a process
// from a later one with the same number.
std::string StartOf(const std::string& pid) {
  const std::string stat = ReadSmall(absl::StrCat("/proc/", pid, "/stat"));
  const size_t name_end = stat.rfind(')');  // the name may hold blanks
  if (name_end == std::string::npos) return "";
  constexpr size_t kStartField = 20;  // counted from the one behind the name
  const std::vector<std::string> fields = absl::StrSplit(stat.substr(name_end + 1), ' ');
  return fields.size() > kStartField ? fields[kStartField] : "";
}

// Locks of network file systems end with the connection, and some are known to this machine only.
const char* NetworkFileSystem(int fd) {
  struct statfs info = {};
  if (fstatfs(fd, &info) != 0) return nullptr;
  switch (static_cast<unsigned long>(info.f_type)) {
    case NFS_SUPER_MAGIC:
      return "NFS";
    case SMB_SUPER_MAGIC:
    case CIFS_SUPER_MAGIC:
    case SMB2_SUPER_MAGIC:
      return "SMB";
    case V9FS_MAGIC:
      return "9p";
    default:
      return nullptr;
  }
}

// A lock of the open file, not of the process: it ends with the descriptor.
int SetRecordLock(int fd, short type) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return fcntl(fd, F_OFD_SETLK, &lock);
}

bool HeldByAnother(int error) { return error == EWOULDBLOCK || error == EACCES; }

}  // namespace

DirectoryLock::DirectoryLock(std::string path, Use use, Flock flock)
    : path_(std::move(path)),
      use_(use),
      flock_(flock != nullptr ? std::move(flock)
                              : [](int fd, int operation) { return ::flock(fd, operation); }) {}

DirectoryLock::~DirectoryLock() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  for (const int fd : {file_, identity_, directory_}) {
    if (fd >= 0) close(fd);
  }
}

absl::StatusOr<std::shared_ptr<DirectoryLock>> DirectoryLock::Take(const std::string& path, Use use,
                                                                   Flock flock) {
  std::shared_ptr<DirectoryLock> lock(new DirectoryLock(path, use, std::move(flock)));
  DAYBOOK_RETURN_IF_ERROR(lock->LockDirectoryItself());
  DAYBOOK_RETURN_IF_ERROR(lock->LockIdentity());
  if (!lock->directory_locked_ && !lock->identity_locked_) {
    return Refuse(absl::StrCat("the file system of ", path,
                               " has no locks, so that two servers could write into one "
                               "directory: move it to a local disk"));
  }
  DAYBOOK_RETURN_IF_ERROR(lock->ProbeLocks());
  DAYBOOK_RETURN_IF_ERROR(use == Use::kWrite ? lock->LockFile() : lock->ReadLockFile());
  if (const char* network = NetworkFileSystem(lock->directory_); network != nullptr) {
    std::fprintf(stderr,
                 "daybook: %s is on a network file system (%s): make sure that no other machine "
                 "serves it, its locks may not reach there\n",
                 path.c_str(), network);
  }
  return lock;
}

absl::Status DirectoryLock::LockDirectoryItself() {
  directory_ = open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory_ < 0) return CannotLock(path_, errno);
  const int operation = use_ == Use::kWrite ? LOCK_EX : LOCK_SH;
  if (flock_(directory_, operation | LOCK_NB) == 0) {
    directory_locked_ = true;
    return absl::OkStatus();
  }
  // Some file systems lock files only: then the identity file has to do.
  return HeldByAnother(errno) ? InUse() : absl::OkStatus();
}

absl::Status DirectoryLock::LockIdentity() {
  const std::string name = IdentityPath(path_);
  const bool write = use_ == Use::kWrite;
  identity_ = open(name.c_str(), (write ? O_RDWR : O_RDONLY) | O_CLOEXEC);
  if (identity_ < 0) return CannotLock(name, errno);
  if (SetRecordLock(identity_, write ? F_WRLCK : F_RDLCK) == 0) {
    identity_locked_ = true;
    return absl::OkStatus();
  }
  return HeldByAnother(errno) ? InUse() : absl::OkStatus();
}

// Takes the lock a second time, which must fail: there are file systems and sandboxes where locking
// succeeds and does nothing.
absl::Status DirectoryLock::ProbeLocks() {
  const std::string name = directory_locked_ ? path_ : IdentityPath(path_);
  const int again = open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (again < 0) return CannotLock(name, errno);
  const int result =
      directory_locked_ ? flock_(again, LOCK_EX | LOCK_NB) : SetRecordLock(again, F_RDLCK);
  close(again);
  // Two readers may share a record lock, so that there is nothing to try.
  if (result != 0 || (!directory_locked_ && use_ == Use::kRead)) return absl::OkStatus();
  return Refuse(absl::StrCat("locks do nothing on the file system of ", path_,
                             ", so that two servers could write into one directory: move it to a "
                             "local disk"));
}

// The file that earlier releases lock, and that says who holds the directory.
absl::Status DirectoryLock::LockFile() {
  const std::string name = LockFilePath(path_);
  const int fd = open(name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kFileMode);
  if (fd < 0) return CannotLock(name, errno);
  if (flock_(fd, LOCK_EX | LOCK_NB) != 0 && HeldByAnother(errno)) {
    const absl::Status held = InUse();
    close(fd);
    return held;
  }
  if (file_ >= 0) close(file_);
  file_ = fd;
  return WriteHolder();
}

absl::Status DirectoryLock::ReadLockFile() {
  file_ = open(LockFilePath(path_).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (file_ < 0) return absl::OkStatus();  // nobody has locked it
  return flock_(file_, LOCK_SH | LOCK_NB) != 0 && HeldByAnother(errno) ? InUse() : absl::OkStatus();
}

absl::Status DirectoryLock::WriteHolder() const {
  const std::string pid = absl::StrCat(getpid());
  const std::string text = absl::StrCat(pid, "\nboot ", BootId(), "\nstart ", StartOf(pid), "\n");
  if (ftruncate(file_, 0) == 0 &&
      pwrite(file_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size())) {
    return absl::OkStatus();
  }
  return Refuse(absl::StrCat("cannot write ", LockFilePath(path_), ": ", std::strerror(errno)));
}

absl::Status DirectoryLock::InUse() const {
  const std::vector<std::string> lines =
      absl::StrSplit(ReadSmall(LockFilePath(path_)).substr(0, kHolderBytesMax), '\n');
  const std::string pid = lines[0].empty() ? "unknown" : lines[0];
  // Earlier releases wrote the number alone.
  const bool ended = lines.size() >= 3 && (lines[1] != absl::StrCat("boot ", BootId()) ||
                                           lines[2] != absl::StrCat("start ", StartOf(pid)));
  if (ended || lines[0].empty()) {
    return Reject(Reason::REASON_DATA_DIRECTORY,
                  absl::StrCat(path_, " is in use by another process, such as daybook log verify"),
                  {{"pid", "unknown"}});
  }
  return Reject(Reason::REASON_DATA_DIRECTORY, absl::StrCat(path_, " is in use by process ", pid),
                {{"pid", pid}});
}

bool DirectoryLock::IsThere(const Place& place) {
  struct stat info = {};
  return stat(place.path.c_str(), &info) == 0 && info.st_dev == place.device &&
         info.st_ino == place.inode;
}

// REQUIRES: mutex_ is held.
absl::Status DirectoryLock::Look() {
  for (const Place& place : watched_) {
    if (IsThere(place)) continue;
    return Refuse(absl::StrCat(place.path,
                               " was moved, removed or replaced while it was being served: nothing "
                               "is written any more. Stop the server, put the directory in order "
                               "and start again"));
  }
  struct stat mine = {};
  if (fstat(file_, &mine) == 0 && IsThere({LockFilePath(path_), mine.st_dev, mine.st_ino})) {
    return absl::OkStatus();
  }
  DAYBOOK_RETURN_IF_ERROR(LockFile());
  std::fprintf(stderr,
               "daybook: %s was removed or replaced while the directory was being served; the "
               "directory itself is still held, so it was made again\n",
               LockFilePath(path_).c_str());
  return absl::OkStatus();
}

absl::Status DirectoryLock::StillHeld() {
  std::lock_guard lock(mutex_);
  absl::Status now = Look();
  if (now.ok() != held_.ok()) {
    std::fprintf(stderr, "daybook: %s\n",
                 now.ok() ? absl::StrCat(path_, " is in its place again: writing goes on").c_str()
                          : std::string(now.message()).c_str());
  }
  held_ = std::move(now);
  return held_;
}

absl::Status DirectoryLock::Held() const {
  std::lock_guard lock(mutex_);
  return held_;
}

void DirectoryLock::Watch(absl::Duration interval) {
  {
    std::lock_guard lock(mutex_);
    for (const std::string& path : {path_, IdentityPath(path_), LogPath(path_), KeysPath(path_),
                                    KekPath(path_), WitnessPath(path_)}) {
      struct stat info = {};
      if (stat(path.c_str(), &info) == 0) watched_.push_back({path, info.st_dev, info.st_ino});
    }
  }
  thread_ = std::thread([this, interval] { Run(interval); });
  pthread_setname_np(thread_.native_handle(), "directory-lock");
}

void DirectoryLock::Run(absl::Duration interval) {
  std::unique_lock lock(mutex_);
  const auto every = absl::ToChronoMilliseconds(interval);
  while (!wake_.wait_for(lock, every, [this] { return closing_; })) {
    lock.unlock();
    StillHeld().IgnoreError();
    lock.lock();
  }
}

}  // namespace daybook::eventstore
