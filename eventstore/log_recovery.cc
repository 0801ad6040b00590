#include "eventstore/log_recovery.h"

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "eventstore/directory_files.h"
#include "eventstore/files.h"

namespace daybook::eventstore {
namespace {

namespace fs = std::filesystem;

absl::Status Failed(absl::string_view what, const std::error_code& error) {
  return Reject(Reason::REASON_DATA_LOSS,
                absl::StrCat("cannot ", what, ": ", ToAbsl(error.message())));
}

// Tables never change, so the copy shares them; everything else is written anew at opening.
absl::Status CopyLog(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::remove_all(to, error);
  fs::create_directory(to, error);
  if (error) return Failed("make a copy of the log", error);
  for (const fs::directory_entry& entry : fs::directory_iterator(from, error)) {
    const fs::path target = fs::path(to) / entry.path().filename();
    if (!entry.is_regular_file() || entry.path().filename() == "LOCK") continue;
    const std::string extension = entry.path().extension().string();
    if (extension == ".sst" || extension == ".blob") {
      fs::create_hard_link(entry.path(), target, error);
    } else {
      fs::copy_file(entry.path(), target, error);
    }
    if (error) return Failed("make a copy of the log", error);
  }
  return error ? Failed("make a copy of the log", error) : absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<RocksLog>> OpenLoaded(const std::string& path, OpenMode mode,
                                                     const StoreOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<RocksLog> log,
                           RocksLog::Open(path, mode, options, nullptr));
  DAYBOOK_RETURN_IF_ERROR(log->Load());
  return log;
}

absl::Status CheckLog(const RocksLog& log, const Uuid& log_id, const WitnessRecord& witness) {
  if (log.log_id() != log_id) {
    return Reject(Reason::REASON_DATA_DIRECTORY, "the log belongs to another data directory");
  }
  return CheckWitness(log, witness);
}

// The damaged log is kept beside, never deleted.
absl::Status Adopt(const std::string& directory, const std::string& copy) {
  std::error_code error;
  std::string kept;
  for (int n = 1;; ++n) {
    kept = absl::StrCat(directory, "/log.damaged-", n);
    if (!fs::exists(kept, error)) break;
  }
  fs::rename(LogPath(directory), kept, error);
  if (error) return Failed("put the damaged log aside", error);
  fs::rename(copy, LogPath(directory), error);
  if (error) return Failed("put the recovered log in its place", error);
  DAYBOOK_RETURN_IF_ERROR(SyncFolder(directory));
  std::fprintf(stderr,
               "daybook: the end of the log was torn; nothing acknowledged was lost. The log up to "
               "the damage was taken over, the damaged one is kept in %s\n",
               kept.c_str());
  return absl::OkStatus();
}

absl::Status Refuse(const absl::Status& strict, const absl::Status& lenient,
                    const WitnessRecord& witness) {
  return Reject(Reason::REASON_DATA_LOSS,
                absl::StrCat("the log is damaged and stays closed. Acknowledged up to position ",
                             witness.head, ". Opening: ", strict.message(),
                             ". Opening a copy up to the damage: ", lenient.message()),
                {{"acknowledged", absl::StrCat(witness.head)}});
}

}  // namespace

absl::Status CheckWitness(const RocksLog& log, const WitnessRecord& witness) {
  const LogPosition head = log.state().range.size();
  if (head < witness.head || log.state().commits < witness.commits) {
    return Reject(Reason::REASON_DATA_LOSS,
                  absl::StrCat("the log ends at position ", head, " after ", log.state().commits,
                               " commits, but position ", witness.head, " and ", witness.commits,
                               " commits were acknowledged: restore the missing end from a backup"),
                  {{"head", absl::StrCat(head)}, {"acknowledged", absl::StrCat(witness.head)}});
  }
  DAYBOOK_ASSIGN_OR_RETURN(const CompactRange range, log.RangeAt(witness.head, head));
  if (range.Root() != witness.root) {
    return Reject(Reason::REASON_DATA_LOSS,
                  absl::StrCat("the log up to position ", witness.head,
                               " is not the one that was acknowledged"),
                  {{"acknowledged", absl::StrCat(witness.head)}});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<RocksLog>> OpenCheckedLog(const std::string& directory,
                                                         const Uuid& log_id,
                                                         const WitnessRecord& witness,
                                                         const StoreOptions& options) {
  const std::string path = LogPath(directory);
  std::error_code error;
  absl::StatusOr<std::unique_ptr<RocksLog>> strict = OpenLoaded(path, OpenMode::kStrict, options);
  if (strict.ok()) {
    DAYBOOK_RETURN_IF_ERROR(CheckLog(**strict, log_id, witness));
    return strict;
  }
  if (ReasonOf(strict.status()) != Reason::REASON_DATA_LOSS) return strict.status();
  const std::string copy = path + ".recovery";
  DAYBOOK_RETURN_IF_ERROR(CopyLog(path, copy));
  absl::Status lenient;
  {
    const auto recovered = OpenLoaded(copy, OpenMode::kPointInTime, options);
    lenient = recovered.ok() ? CheckLog(**recovered, log_id, witness) : recovered.status();
  }
  if (!lenient.ok()) {
    fs::remove_all(copy, error);
    return Refuse(strict.status(), lenient, witness);
  }
  DAYBOOK_RETURN_IF_ERROR(Adopt(directory, copy));
  return OpenLoaded(path, OpenMode::kStrict, options);
}

}  // namespace daybook::eventstore
