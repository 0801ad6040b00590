#pragma once

// A database that a crash has torn is never changed in place: a copy of it is opened up to the
// damage, and takes its place once it has been checked. These are the steps on the folders, each
// of which may be the last one before the next crash. Private to eventstore/.
//
//   CopyDatabase    <path>, <path>.recovery being made         a crash leaves a part of a copy
//   PutAside        <path> becomes <aside>                     a crash leaves no <path>
//   TakeOver        <path>.recovery becomes <path>
//
// UndoInterrupted goes back to <path> alone, from wherever a crash has left this. Nothing is
// deleted but what CopyDatabase has made, which it marks as such before anything else.

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace daybook::eventstore {

// In a folder that CopyDatabase has made.
inline constexpr char kCopyMark[] = "RECOVERY-COPY";

inline std::string CopyPath(const std::string& path) { return path + ".recovery"; }
// What was put aside before, oldest first: <path>.damaged-1 and so on.
std::vector<std::string> SetAside(const std::string& path);
// The name that is put aside next.
std::string NextAside(const std::string& path);

// Makes the copy, in place of an older one. Tables never change, so the copy shares them (hard
// links). Errors, here and below: DISK_FULL, DATA_DIRECTORY; a copy that was not finished is
// removed.
absl::Status CopyDatabase(const std::string& path);
// Removes the copy, if there is one. What is there without the mark is renamed, not removed.
absl::Status DiscardCopy(const std::string& path);
// The damaged database makes way for its copy, which is synced first. REQUIRES: both are closed.
absl::Status PutAside(const std::string& path, const std::string& aside);
absl::Status TakeOver(const std::string& path);

// When <path> is missing and the copy is there, what was put aside last is put back: the copy was
// never opened in its place. Whatever is left of a copy is discarded.
absl::Status UndoInterrupted(const std::string& path);

}  // namespace daybook::eventstore
