#include "eventstore/rocks_status.h"

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/strings.h"

namespace daybook::eventstore {
namespace {

// In the metadata of a refusal. A process reads it, nobody else.
constexpr absl::string_view kCause = "cause";
constexpr absl::string_view kCorruption = "corruption";

// RocksDB calls it corruption, or an invalid argument, when a file cannot be opened that it needs
// to understand another one, and keeps of the cause the text alone.
constexpr int kNoDamage[] = {EACCES, EPERM,  EMFILE, ENFILE, EAGAIN, EBUSY,     ENOMEM, EIO,
                             EROFS,  ENOLCK, ESTALE, EDQUOT, EINTR,  ETIMEDOUT, ENODEV};

int ErrnoIn(absl::string_view text) {
  if (!absl::StrContains(text, "IO error")) return 0;
  for (const int error : kNoDamage) {
    if (absl::StrContains(text, std::strerror(error))) return error;
  }
  return 0;
}

const char* AdviceFor(absl::string_view text) {
  switch (ErrnoIn(text)) {
    case EACCES:
    case EPERM:
      return "give the user that runs this program the right to read and write it";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files";
    default:
      break;
  }
  // RocksDB's own words for a database that another process, or this one, has open.
  if (absl::StrContains(text, "lock file") || absl::StrContains(text, "lock hold")) {
    return "another process has it open; it was left as it is";
  }
  return "this says nothing about its content, which was left as it is";
}

bool SaysNothingOfContent(const rocksdb::Status& status, absl::string_view text) {
  if (status.IsIOError()) return !status.IsPathNotFound();
  return ErrnoIn(text) != 0 || status.IsBusy() || status.IsTimedOut() || status.IsTryAgain() ||
         status.IsAborted() || status.IsMemoryLimit() || status.IsShutdownInProgress();
}

}  // namespace

absl::Status FromRocks(const rocksdb::Status& status, absl::string_view attempted) {
  if (status.ok()) return absl::OkStatus();
  const std::string rocks = status.ToString();
  const std::string text = absl::StrCat(attempted, ": ", ToAbsl(rocks));
  if (status.IsNoSpace()) return Reject(Reason::REASON_DISK_FULL, text);
  if (SaysNothingOfContent(status, text)) {
    return Reject(Reason::REASON_DATA_DIRECTORY, absl::StrCat(text, "; ", AdviceFor(rocks)));
  }
  const bool missing = absl::StrContains(text, std::strerror(ENOENT));
  if (!status.IsCorruption() || missing) return Reject(Reason::REASON_DATA_LOSS, text);
  return Reject(Reason::REASON_DATA_LOSS, text, {{kCause, kCorruption}});
}

bool IsProvenCorruption(const absl::Status& status) {
  return ReasonOf(status) == Reason::REASON_DATA_LOSS &&
         ErrorMetadataOf(status, kCause) == kCorruption;
}

}  // namespace daybook::eventstore
