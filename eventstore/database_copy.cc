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
  const bool full = error == std::errc::no_space_on_device;
  return Reject(full ? Reason::REASON_DISK_FULL : Reason::REASON_DATA_DIRECTORY,
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

absl::Status CopyFiles(const std::string& from, const std::string& to) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(from, error)) {
    const fs::path target = fs::path(to) / entry.path().filename();
    if (!entry.is_regular_file() || entry.path().filename() == "LOCK" || fs::exists(target)) {
      continue;
    }
    const std::string extension = entry.path().extension().string();
    if (extension == ".sst" || extension == ".blob") {
      fs::create_hard_link(entry.path(), target, error);
    } else {
      fs::copy_file(entry.path(), target, error);
    }
    if (error) return Failed("copy", entry.path().string(), error);
  }
  return error ? Failed("copy", from, error) : absl::OkStatus();
}

// Marks nothing any more: the folder is what its name says.
absl::Status RemoveMark(const std::string& folder) {
  const std::string mark = absl::StrCat(folder, "/", kCopyMark);
  std::error_code error;
  if (Exists(mark)) fs::remove(mark, error);
  return error ? Failed("remove the mark of", folder, error) : absl::OkStatus();
}

}  // namespace

std::vector<std::string> SetAside(const std::string& path) {
  std::vector<std::string> found;
  const std::string name = absl::StrCat(path, ".damaged");
  if (Exists(name)) found.push_back(name);  // of earlier releases, which kept one at most
  for (int n = 1; Exists(absl::StrCat(name, "-", n)); ++n) {
    found.push_back(absl::StrCat(name, "-", n));
  }
  return found;
}

std::string NextAside(const std::string& path) {
  int n = 1;
  while (Exists(absl::StrCat(path, ".damaged-", n))) ++n;
  return absl::StrCat(path, ".damaged-", n);
}

absl::Status CopyDatabase(const std::string& path) {
  DAYBOOK_RETURN_IF_ERROR(DiscardCopy(path));
  const std::string copy = CopyPath(path);
  std::error_code error;
  fs::create_directory(copy, error);
  if (error) return Failed("make", copy, error);
  absl::Status status = WriteNewFile(absl::StrCat(copy, "/", kCopyMark),
                                     "made by a recovery from the folder beside it\n", 0600);
  if (status.ok()) status = CopyFiles(path, copy);
  if (!status.ok()) DiscardCopy(path).IgnoreError();
  return status;
}

absl::Status DiscardCopy(const std::string& path) {
  const std::string copy = CopyPath(path);
  std::error_code error;
  if (!Exists(copy)) return absl::OkStatus();
  if (Exists(absl::StrCat(copy, "/", kCopyMark)) || fs::is_empty(copy, error)) {
    fs::remove_all(copy, error);
    return error ? Failed("remove", copy, error) : absl::OkStatus();
  }
  int n = 1;
  while (Exists(absl::StrCat(copy, "-", n))) ++n;
  const std::string kept = absl::StrCat(copy, "-", n);
  std::fprintf(stderr, "daybook: %s was not made by this release and is kept as %s\n", copy.c_str(),
               kept.c_str());
  return Rename(copy, kept);
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

absl::Status TakeOver(const std::string& path) {
  DAYBOOK_RETURN_IF_ERROR(Rename(CopyPath(path), path));
  return RemoveMark(path);
}

absl::Status UndoInterrupted(const std::string& path) {
  if (Exists(CopyPath(path))) {
    if (!Exists(path)) {
      // Without its original a copy is nothing that this program has left behind.
      const std::vector<std::string> aside = SetAside(path);
      if (aside.empty()) return absl::OkStatus();
      std::fprintf(stderr, "daybook: a recovery of %s was interrupted; it begins again\n",
                   path.c_str());
      DAYBOOK_RETURN_IF_ERROR(Rename(aside.back(), path));
    }
    DAYBOOK_RETURN_IF_ERROR(DiscardCopy(path));
  }
  return Exists(path) ? RemoveMark(path) : absl::OkStatus();
}

}  // namespace daybook::eventstore
