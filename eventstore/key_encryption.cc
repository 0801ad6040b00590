#include "eventstore/key_encryption.h"

#include <sys/stat.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "eventstore/files.h"
#include "eventstore/hash.h"
#include "eventstore/sealing.h"

namespace daybook::eventstore {
namespace {

constexpr absl::string_view kMagic = "DBK1";  // DO NOT CHANGE: on disk
constexpr size_t kEntryBytes = 4 + 4 + 32 + 4;
constexpr size_t kNonceBytes = 12;
constexpr mode_t kOthers = 077;

absl::Status Damaged(const std::string& path, absl::string_view what) {
  return Reject(Reason::REASON_DATA_LOSS,
                absl::StrCat("the key-encryption keys in ", path, " ", what));
}

}  // namespace

KeyEncryption KeyEncryption::Generate(Random& random) {
  KeyEncryption keys;
  Entry& entry = keys.entries_.emplace_back();
  entry.epoch = 1;
  random.Fill(entry.key.data(), entry.key.size());
  return keys;
}

absl::StatusOr<KeyEncryption> KeyEncryption::Read(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) {
    return errno == ENOENT ? Damaged(path, "are missing") : CannotRead(path, errno);
  }
  if ((info.st_mode & kOthers) != 0) {
    return Reject(Reason::REASON_DATA_DIRECTORY,
                  absl::StrCat(path, " can be read by others: set its mode to 0600"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kEntryBytes * kEpochsMax));
  if (bytes.empty() || bytes.size() % kEntryBytes != 0) return Damaged(path, "are damaged");
  KeyEncryption keys;
  for (size_t i = 0; i < bytes.size(); i += kEntryBytes) {
    const absl::string_view entry = absl::string_view(bytes).substr(i, kEntryBytes);
    if (entry.substr(0, 4) != kMagic || Crc32c(entry.substr(0, 40)) != LoadU32(&entry[40])) {
      return Damaged(path, "are damaged");
    }
    keys.entries_.push_back({LoadU32(&entry[4]), HashFromBytes(entry.substr(8, 32))});
  }
  return keys;
}

absl::Status KeyEncryption::WriteNew(const std::string& path) const {
  std::string bytes;
  for (const Entry& entry : entries_) {
    std::string row(kMagic);
    AppendU32(&row, entry.epoch);
    row.append(reinterpret_cast<const char*>(entry.key.data()), entry.key.size());
    AppendU32(&row, Crc32c(row));
    bytes += row;
  }
  return WriteNewFile(path, bytes, 0600);
}

std::string KeyEncryption::Wrap(absl::string_view row, absl::string_view secret,
                                Random& random) const {
  const Entry& current = entries_.back();
  std::string out;
  AppendU32(&out, current.epoch);
  const std::string nonce = random.Bytes(kNonceBytes);
  out += nonce;
  out += AeadSeal(current.key, nonce, row, secret);
  return out;
}

absl::StatusOr<std::string> KeyEncryption::Unwrap(absl::string_view row,
                                                  absl::string_view wrapped) const {
  if (wrapped.size() < 4 + kNonceBytes) {
    return Reject(Reason::REASON_DATA_LOSS, "a wrapped key is damaged");
  }
  const uint32_t epoch = LoadU32(wrapped.data());
  for (const Entry& entry : entries_) {
    if (entry.epoch != epoch) continue;
    return AeadOpen(entry.key, wrapped.substr(4, kNonceBytes), row,
                    wrapped.substr(4 + kNonceBytes));
  }
  return Reject(Reason::REASON_DATA_LOSS,
                absl::StrCat("a key is wrapped by epoch ", epoch, ", which is not there"));
}

}  // namespace daybook::eventstore
