#include "eventstore/witness.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "eventstore/files.h"
#include "eventstore/hash.h"
#include "eventstore/log_format.h"

namespace daybook::eventstore {
namespace {

constexpr size_t kCheckedBytes = 4 + 8 + 8 + 8 + 32;

absl::Status Failed(absl::string_view what, const std::string& path) {
  return Reject(Reason::REASON_DATA_LOSS,
                absl::StrCat(what, " the witness ", path, ": ", std::strerror(errno)));
}

}  // namespace

std::string EncodeWitnessSlot(const WitnessRecord& record) {
  std::string slot(kWitnessMagic);
  AppendU64(&slot, record.generation);
  AppendU64(&slot, record.head);
  AppendU64(&slot, record.commits);
  slot.append(reinterpret_cast<const char*>(record.root.data()), record.root.size());
  AppendU32(&slot, Crc32c(slot));
  slot.resize(kWitnessSlotBytes, '\0');
  return slot;
}

std::optional<WitnessRecord> DecodeWitnessSlot(absl::string_view slot) {
  if (slot.size() != kWitnessSlotBytes) return std::nullopt;
  WitnessRecord record;
  record.generation = LoadU64(slot.data() + 4);
  record.head = LoadU64(slot.data() + 12);
  record.commits = LoadU64(slot.data() + 20);
  record.root = HashFromBytes(slot.substr(28, 32));
  static_assert(kCheckedBytes == 60);
  // Comparing with what the record encodes to checks the sum and the unused bytes alike.
  if (absl::string_view(EncodeWitnessSlot(record)) != slot) return std::nullopt;
  return record;
}

absl::Status Witness::Create(const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return Failed("cannot create", path);
  WitnessRecord record;
  record.root = Sha256("");
  std::string bytes = EncodeWitnessSlot(record);
  record.generation = 1;
  bytes += EncodeWitnessSlot(record);
  const bool ok = pwrite(fd, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()) &&
                  fsync(fd) == 0;
  const absl::Status status = ok ? absl::OkStatus() : Failed("cannot write", path);
  close(fd);
  return status;
}

absl::StatusOr<WitnessRecord> Witness::Read(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, 2 * kWitnessSlotBytes));
  if (bytes.size() != 2 * kWitnessSlotBytes) {
    return Reject(Reason::REASON_DATA_LOSS, absl::StrCat("the witness ", path, " is too short"));
  }
  std::optional<WitnessRecord> newest;
  for (size_t slot = 0; slot < 2; ++slot) {
    const auto record = DecodeWitnessSlot(
        absl::string_view(bytes).substr(slot * kWitnessSlotBytes, kWitnessSlotBytes));
    if (!record.has_value()) continue;
    if (!newest.has_value() || record->generation > newest->generation) newest = record;
  }
  if (newest.has_value()) return *newest;
  return Reject(Reason::REASON_DATA_LOSS, absl::StrCat("the witness ", path, " is damaged"));
}

absl::StatusOr<std::unique_ptr<Witness>> Witness::Open(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(const WitnessRecord newest, Read(path));
  const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return CannotRead(path, errno);
  return std::unique_ptr<Witness>(new Witness(fd, newest));
}

Witness::~Witness() { close(fd_); }

absl::Status Witness::Write(LogPosition head, uint64_t commits, const Hash& root,
                            Durability durability) {
  const WitnessRecord next{record_.generation + 1, head, commits, root};
  const std::string slot = EncodeWitnessSlot(next);
  const auto offset = static_cast<off_t>((next.generation % 2) * kWitnessSlotBytes);
  if (pwrite(fd_, slot.data(), slot.size(), offset) != static_cast<ssize_t>(slot.size())) {
    return Failed("cannot write", "file");
  }
  record_ = next;
  return durability == Durability::kPower ? Sync() : absl::OkStatus();
}

absl::Status Witness::Sync() {
  if (synced_generation_ == record_.generation) return absl::OkStatus();
  if (fdatasync(fd_) != 0) return Failed("cannot sync", "file");
  synced_generation_ = record_.generation;
  return absl::OkStatus();
}

}  // namespace daybook::eventstore
