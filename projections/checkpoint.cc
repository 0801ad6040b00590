// The checkpoint's bytes. DO NOT CHANGE: on disk in views (another format needs another first
// byte).

#include <algorithm>

#include "domain/base/error.h"
#include "domain/base/strings.h"
#include "projections/database.h"
#include "projections/key.h"

namespace daybook::projections {

namespace {

constexpr uint8_t kFormat = 2;

void AddSum(Key* key, const RowSum& sum) {
  const eventstore::Hash hash = sum.bytes();
  for (size_t i = 0; i < hash.size(); i += 8) {
    key->U64(LoadU64(reinterpret_cast<const char*>(hash.data()) + i));
  }
}

bool ReadSum(KeyReader* reader, RowSum* sum) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) {
    uint64_t limb = 0;
    if (!reader->U64(&limb)) return false;
    AppendU64(&bytes, limb);
  }
  eventstore::Hash hash;
  std::copy(bytes.begin(), bytes.end(), hash.begin());
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
  key.U32(next_generation).U32(static_cast<uint32_t>(views.size()));
  for (const StoredView& view : views) {
    key.Text(view.name).U32(view.version).U32(view.generation);
    key.U8(static_cast<uint8_t>(view.state)).U64(view.position).Text(view.error);
    key.U64(view.digest.current_rows).U64(view.digest.history_rows);
    AddSum(&key, view.digest.current);
    AddSum(&key, view.digest.history);
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
  bool ok = reader.U8(&format) && format == kFormat && reader.U64(&checkpoint.position) &&
            reader.U64(&micros) && reader.U32(&checkpoint.next_generation) && reader.U32(&views);
  for (uint32_t i = 0; ok && i < views; ++i) {
    ok = ReadView(&reader, &checkpoint.views.emplace_back());
  }
  if (!ok || !reader.done()) {
    return Reject(Reason::REASON_DATA_LOSS, "the checkpoint of the views cannot be read");
  }
  checkpoint.recorded_at = absl::FromUnixMicros(static_cast<int64_t>(micros));
  return checkpoint;
}

}  // namespace daybook::projections
