#include "projections/cache_warmer.h"

#include <rocksdb/db.h>

#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "projections/key.h"
#include "projections/record_row.h"
#include "projections/record_types.h"
#include "projections/row_cache.h"

namespace daybook::projections {

namespace {

constexpr size_t kRowsAtOnce = 1000;
// Between them: callers come first.
constexpr absl::Duration kPause = absl::Milliseconds(1);

}  // namespace

CacheWarmer::CacheWarmer(GetPublished published)
    : published_(std::move(published)), thread_([this] { Run(); }) {}

CacheWarmer::~CacheWarmer() {
  stopping_ = true;
  thread_.join();
}

void CacheWarmer::Run() {
  std::vector<Walk> walks;
  for (const RecordType& type : RecordTypes()) {
    const std::string prefix = RecordPrefix(type.object->id());
    walks.push_back({prefix, PrefixEnd(prefix)});
  }
  bool any = true;
  while (any) {
    any = false;
    for (Walk& walk : walks) {
      if (walk.done) continue;
      if (stopping_ || !ReadSome(&walk)) return;
      any = true;
      absl::SleepFor(kPause);
    }
  }
}

bool CacheWarmer::ReadSome(Walk* walk) const {
  // Each time what is newest: of an older snapshot the cache takes little.
  const std::shared_ptr<const Published> published = published_();
  const Published::View* records = published->Find(kRecordsView);
  if (records == nullptr || records->stored.state != ViewState::kLive) return false;
  RowCache& cache = *records->tables.cache;
  const rocksdb::Slice first = ToSlice(walk->first), end = ToSlice(walk->end);
  rocksdb::ReadOptions options;
  options.snapshot = published->snapshot;
  options.iterate_lower_bound = &first;
  options.iterate_upper_bound = &end;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> rows(
      published->db->NewIterator(options, records->tables.now->handle()));
  std::string last;
  rows->SeekToLast();
  for (size_t i = 0; i < kRowsAtOnce && rows->Valid(); ++i, rows->Prev()) {
    if (cache.nearly_full()) return false;
    cache.Offer(ToView(rows->key()), ToView(rows->value()), published->position);
    last = rows->key().ToString();
  }
  walk->done = !rows->Valid();
  if (!last.empty()) walk->end = std::move(last);
  // A damaged file is for those to report who need what is in it.
  return rows->status().ok();
}

}  // namespace daybook::projections
