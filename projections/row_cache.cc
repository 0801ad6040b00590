#include "projections/row_cache.h"

#include <rocksdb/cache.h>

#include <utility>

#include "absl/hash/hash.h"
#include "projections/database.h"
#include "projections/row_version.h"

namespace daybook::projections {

namespace {

rocksdb::Cache::Handle* HandleOf(void* entry) {
  return static_cast<rocksdb::Cache::Handle*>(entry);
}

void Free(const rocksdb::Slice&, void* row) { delete static_cast<std::string*>(row); }

}  // namespace

RowCache::Pin::Pin(Pin&& other) noexcept
    : cache_(other.cache_), entry_(std::exchange(other.entry_, nullptr)) {}

RowCache::Pin& RowCache::Pin::operator=(Pin&& other) noexcept {
  std::swap(cache_, other.cache_);
  std::swap(entry_, other.entry_);
  return *this;
}

RowCache::Pin::~Pin() {
  if (entry_ != nullptr) cache_->Release(HandleOf(entry_));
}

absl::string_view RowCache::Pin::row() const {
  return *static_cast<const std::string*>(cache_->Value(HandleOf(entry_)));
}

RowCache::RowCache(size_t bytes) : cache_(rocksdb::NewLRUCache(bytes)) {}

RowCache::~RowCache() = default;

RowCache::Stripe& RowCache::StripeOf(absl::string_view key) {
  return stripes_[absl::HashOf(key) % stripes_.size()];
}

RowCache::Pin RowCache::Find(absl::string_view key, eventstore::LogPosition position) const {
  Pin pin(cache_.get(), cache_->Lookup(ToSlice(key)));
  // Younger than what this reader sees.
  if (pin && RowPosition(pin.row()) > position) return Pin();
  return pin;
}

void RowCache::Offer(absl::string_view key, absl::string_view row,
                     eventstore::LogPosition position) {
  auto copy = std::make_unique<std::string>(row);
  const size_t bytes = sizeof(std::string) + copy->capacity();
  Stripe& stripe = StripeOf(key);
  std::lock_guard lock(stripe.mutex);
  if (position < stripe.dropped) return;
  // Without a handle the cache frees what does not fit.
  cache_->Insert(ToSlice(key), copy.release(), bytes, &Free).PermitUncheckedError();
}

void RowCache::Drop(absl::string_view key, eventstore::LogPosition position) {
  Stripe& stripe = StripeOf(key);
  std::lock_guard lock(stripe.mutex);
  stripe.dropped = position;
  cache_->Erase(ToSlice(key));
}

bool RowCache::nearly_full() const { return bytes_held() >= cache_->GetCapacity() / 10 * 9; }

size_t RowCache::bytes_held() const { return cache_->GetUsage(); }

}  // namespace daybook::projections
