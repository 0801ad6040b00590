#pragma once

// The rows of one view while the log is folded: reads through to what is stored, collects the
// changes of a commit.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/node_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "projections/projection.h"
#include "projections/row_version.h"

namespace daybook::projections {

// A row as it stands since the commit that ends at `since`.
struct StoredRow {
  std::string value;
  eventstore::LogPosition since = 0;
};

// Where a fold reads rows from and writes them to: the live database, or a build. Views are
// numbered as in the fold; 0 is `records`.
class RowStore {
 public:
  virtual ~RowStore() = default;
  // The row as stored. Writes of the fold must be visible once its cache may have dropped them.
  virtual absl::StatusOr<std::optional<StoredRow>> Read(size_t view, absl::string_view key) = 0;
  // A row changed with the commit that ends at `at`. Null: the row is not there.
  virtual void Write(size_t view, absl::string_view key, eventstore::LogPosition at,
                     const RowVersion* before, const absl::string_view* after) = 0;
};

inline constexpr size_t kCachedRowsMax = 100'000;  // per view

// Used by the folding thread only.
class ViewRows final : public RowTx {
 public:
  ViewRows(RowStore& store, size_t view) : store_(store), view_(view) {}

  absl::StatusOr<std::optional<std::string>> Get(absl::string_view key) override;
  void Put(absl::string_view key, absl::string_view value) override;
  void PutNew(absl::string_view key, absl::string_view value) override;
  void Delete(absl::string_view key) override;

  // The first error of a read since the last commit; Put and Delete read too.
  const absl::Status& status() const { return status_; }
  // Hands rows that differ from the commit before to the store.
  void Commit(eventstore::LogPosition at);
  // Forgets what was written since the last commit.
  void Abort();
  // Bounds the cache. REQUIRES: everything committed is visible in the store.
  void Shrink();
  void Clear();

 private:
  struct Row {
    std::optional<std::string> value;
    std::optional<std::string> committed;  // valid while touched
    eventstore::LogPosition since = 0;     // of the committed value
    bool touched = false;
  };
  using Rows = absl::node_hash_map<std::string, Row>;

  Rows::value_type* Load(absl::string_view key);
  void Set(absl::string_view key, std::optional<absl::string_view> value);

  RowStore& store_;
  const size_t view_;
  Rows rows_;
  Rows::value_type* last_ = nullptr;  // most rows are read and then written
  std::vector<Rows::value_type*> touched_;
  absl::Status status_;
};

}  // namespace daybook::projections
