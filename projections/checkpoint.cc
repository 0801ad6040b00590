// The checkpoint's bytes. DO NOT CHANGE: on disk in views (another format needs another first
// byte).

#include <rocksdb/status.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "projections/database.h"
#include "projections/key.h"

namespace daybook::projections {

namespace {

constexpr uint8_t kFormat = 3;

void AddHash(Key* key, const eventstore::Hash& hash) {
  for (size_t i = 0; i < hash.size(); i += 8) {
    key->U64(LoadU64(reinterpret_cast<const char*>(hash.data()) + i));
  }
}

bool ReadHash(KeyReader* reader, eventstore::Hash* hash) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) {
    uint64_t limb = 0;
    if (!reader->U64(&limb)) return false;
    AppendU64(&bytes, limb);
  }
  std::copy(bytes.begin(), bytes.end(), hash->begin());
  return true;
}

bool ReadSum(KeyReader* reader, RowSum* sum) {
  eventstore::Hash hash;
  if (!ReadHash(reader, &hash)) return false;
  *sum = RowSum::FromBytes(hash);
  return true;
}

bool ReadView(KeyReader* reader, StoredView* view) {
  uint8_t state = 0;
  if (!reader->Text(&view->name) || !reader->U32(&view->version) ||
      !reader->U32(&view->generation) || !reader->U8(&state) || !reader->U64(&view->position) ||
      !reader->Text(&view->error) || !reader->U64(&view->digest.current_rows) ||
      !reader->U64(&view->digest.history_rows) || !ReadSum(reader, &view->digest.current) ||
      !ReadSum(reader, &view->digest.history)) {
    return false;
  }
  view->state = static_cast<ViewState>(state);
  return state <= static_cast<uint8_t>(ViewState::kBuilding);
}

}  // namespace

std::string Checkpoint::Encode() const {
  Key key;
  key.U8(kFormat).U64(position).U64(static_cast<uint64_t>(absl::ToUnixMicros(recorded_at)));
  key.Text(log_id.bytes()).U64(root_position);
  AddHash(&key, root);
  key.U32(next_generation).U32(static_cast<uint32_t>(views.size()));
  for (const StoredView& view : views) {
    key.Text(view.name).U32(view.version).U32(view.generation);
    key.U8(static_cast<uint8_t>(view.state)).U64(view.position).Text(view.error);
    key.U64(view.digest.current_rows).U64(view.digest.history_rows);
    AddHash(&key, view.digest.current.bytes());
    AddHash(&key, view.digest.history.bytes());
  }
  return key.Take();
}

bool Checkpoint::IsOlder(absl::string_view bytes) {
  return !bytes.empty() && static_cast<uint8_t>(bytes[0]) < kFormat;
}

absl::StatusOr<Checkpoint> Checkpoint::Decode(absl::string_view bytes) {
  KeyReader reader(bytes);
  Checkpoint checkpoint;
  uint8_t format = 0;
  uint64_t micros = 0;
  uint32_t views = 0;
  std::string log_id;
  bool ok = reader.U8(&format) && format == kFormat && reader.U64(&checkpoint.position) &&
            reader.U64(&micros) && reader.Text(&log_id) && log_id.size() == Uuid::kBytes &&
            reader.U64(&checkpoint.root_position) && ReadHash(&reader, &checkpoint.root) &&
            reader.U32(&checkpoint.next_generation) && reader.U32(&views);
  for (uint32_t i = 0; ok && i < views; ++i) {
    ok = ReadView(&reader, &checkpoint.views.emplace_back());
  }
  if (!ok || !reader.done()) {
    return FromRocks(rocksdb::Status::Corruption("of another format, or damaged"),
                     "read the checkpoint");
  }
  checkpoint.log_id = Uuid::FromBytes(log_id);
  checkpoint.recorded_at = absl::FromUnixMicros(static_cast<int64_t>(micros));
  return checkpoint;
}

absl::Status Checkpoint::SetLog(const eventstore::EventStore& log) {
  const eventstore::Head head = log.GetHead();
  log_id = log.log_id();
  if (head.position == position) {
    root = head.root;
  } else {
    DAYBOOK_ASSIGN_OR_RETURN(root, log.RootAt(position));
  }
  root_position = position;
  return absl::OkStatus();
}

absl::StatusOr<std::string> Checkpoint::DiffersFrom(const eventstore::EventStore& log) const {
  if (log_id != log.log_id()) {
    return absl::StrCat("they follow from the log ", log_id.ToString(), ", not from this one, ",
                        log.log_id().ToString());
  }
  const eventstore::LogPosition head = log.GetHead().position;
  if (position > head) {
    return absl::StrCat("they are at position ", position, ", beyond the log's head ", head);
  }
  DAYBOOK_ASSIGN_OR_RETURN(const eventstore::Hash ours, log.RootAt(position));
  if (root_position == position && root == ours) return std::string();
  return absl::StrCat("the log has other events up to their position ", position);
}

}  // namespace daybook::projections
