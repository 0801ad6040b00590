#include "eventstore/database_copy.h"

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "eventstore/files.h"

namespace daybook::eventstore {
namespace {

namespace fs = std::filesystem;

absl::Status Failed(absl::string_view what, const std::string& path, const std::error_code& error) {
  return Reject(Reason::REASON_DATA_LOSS,
                absl::StrCat("cannot ", what, " ", path, ": ", ToAbsl(error.message())));
}

absl::Status Rename(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) return Failed("rename", from, error);
  return SyncFolder(fs::path(to).parent_path().string());
}

bool Exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

}  // namespace

absl::Status CopyDatabase(const std::string& path) {
  const std::string copy = CopyPath(path);
  DAYBOOK_RETURN_IF_ERROR(DiscardCopy(path));
  std::error_code error;
  fs::create_directory(copy, error);
  if (error) return Failed("make", copy, error);
  for (const fs::directory_entry& entry : fs::directory_iterator(path, error)) {
    const fs::path target = fs::path(copy) / entry.path().filename();
    if (!entry.is_regular_file() || entry.path().filename() == "LOCK") continue;
    const std::string extension = entry.path().extension().string();
    if (extension == ".sst" || extension == ".blob") {
      fs::create_hard_link(entry.path(), target, error);
    } else {
      fs::copy_file(entry.path(), target, error);
    }
    if (error) return Failed("copy", entry.path().string(), error);
  }
  return error ? Failed("copy", path, error) : absl::OkStatus();
}

absl::Status DiscardCopy(const std::string& path) {
  std::error_code error;
  fs::remove_all(CopyPath(path), error);
  return error ? Failed("remove", CopyPath(path), error) : absl::OkStatus();
}

absl::Status PutAside(const std::string& path, const std::string& aside) {
  const std::string copy = CopyPath(path);
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(copy, error)) {
    if (entry.is_regular_file()) DAYBOOK_RETURN_IF_ERROR(SyncFile(entry.path().string()));
  }
  if (error) return Failed("read", copy, error);
  DAYBOOK_RETURN_IF_ERROR(SyncFolder(copy));
  DAYBOOK_RETURN_IF_ERROR(SyncFolder(fs::path(copy).parent_path().string()));
  return Rename(path, aside);
}

absl::Status TakeOver(const std::string& path) { return Rename(CopyPath(path), path); }

absl::Status UndoInterrupted(const std::string& path, const std::string& aside) {
  if (!Exists(CopyPath(path))) return absl::OkStatus();
  if (!Exists(path)) {
    // Without its original a copy is nothing that this program has left behind.
    if (!Exists(aside)) return absl::OkStatus();
    std::fprintf(stderr, "daybook: a recovery of %s was interrupted; it begins again\n",
                 path.c_str());
    DAYBOOK_RETURN_IF_ERROR(Rename(aside, path));
  }
  return DiscardCopy(path);
}

}  // namespace daybook::eventstore
