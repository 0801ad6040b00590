#pragma once

// The rows of views that are being built: changes are gathered in memory, sorted, and written as
// table files that the database takes in whole. Past the memory budget this happens in runs; reads
// then go through to the runs before.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "projections/database.h"
#include "projections/fold.h"
#include "projections/row_run.h"

namespace daybook::projections {

// A view to build, with the empty tables that take its rows.
struct BuildTarget {
  StoredView stored;
  ViewTables tables;
};

// Used by one thread at a time.
class BuildStore final : public RowStore, public PersonalSink {
 public:
  // `targets` by number in the fold; those without tables are not built. Folding other views than
  // records without building records keeps the folded records in `scratch`, which then must be
  // given.
  BuildStore(Database& database, const eventstore::KeyStore& keys, std::vector<BuildTarget> targets,
             std::shared_ptr<Table> scratch, std::string directory);
  ~BuildStore() override;

  absl::StatusOr<std::optional<StoredRow>> Read(size_t view, absl::string_view key) override;
  void Write(size_t view, absl::string_view key, eventstore::LogPosition at,
             const RowVersion* before, const absl::string_view* after) override;
  absl::Status Set(const RecordType& type, const Uuid& id, const google::protobuf::Message& record,
                   const std::vector<StoredPart>& parts) override;

  // Bytes held since the last flush.
  size_t memory_bytes() const { return bytes_; }
  // Moves everything gathered into the tables.
  absl::Status Flush();
  // As of the last flush.
  const BuildTarget& target(size_t view) const { return targets_[view]; }

 private:
  absl::Status FlushView(size_t view);
  absl::Status WriteHistory(const RowRun& run, const Table& table, const std::string& path,
                            bool* empty) const;
  absl::Status WriteNow(const RowRun& run, const Table& table, const std::string& path,
                        bool* empty) const;
  const Table& NowTable(size_t view) const;
  absl::Status FlushPersonal();

  Database& database_;
  const eventstore::KeyStore& keys_;
  std::vector<BuildTarget> targets_;
  std::shared_ptr<Table> scratch_;
  const std::string directory_;
  std::vector<RowRun> runs_;        // by view
  std::vector<int> flushed_;        // runs written so far, by view
  std::set<std::string> personal_;  // back keys of records whose personal index rows are due
  size_t bytes_ = 0;
};

}  // namespace daybook::projections
