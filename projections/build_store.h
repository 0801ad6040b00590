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

// A view to build, with the tables that take its rows.
struct BuildTarget {
  StoredView stored;
  ViewTables tables;
};

// A build as its tables have it: where one begins, or goes on after a restart.
struct BuildState {
  std::vector<BuildTarget> targets;  // by number in the fold; those without tables are not built
  ViewTables own;
  eventstore::LogPosition position = 0;
  absl::Time recorded_at = absl::UnixEpoch();

  std::vector<ViewTables> AllTables() const;
};

// Used by one thread at a time.
class BuildStore final : public RowStore, public PersonalSink {
 public:
  BuildStore(Database& database, const eventstore::KeyStore& keys, const BuildState& state,
             std::string directory);
  ~BuildStore() override;

  absl::StatusOr<std::optional<StoredRow>> Read(size_t view, absl::string_view key) override;
  void Write(size_t view, absl::string_view key, eventstore::LogPosition at,
             const RowVersion* before, const absl::string_view* after) override;
  absl::Status Set(const RecordType& type, const Uuid& id, const google::protobuf::Message& record,
                   const std::vector<StoredPart>& parts) override;

  // Bytes held since the last flush.
  size_t memory_bytes() const { return bytes_; }
  // Moves everything gathered up to the position of `progress` into the tables, all of it or
  // nothing. The views are filled in here.
  absl::Status Flush(Checkpoint progress);
  // As of the last flush.
  const BuildTarget& target(size_t view) const { return targets_[view]; }

 private:
  // Table files of one run, to be taken in together.
  class Files;

  absl::Status WriteView(size_t view, Files* files);
  absl::Status WritePersonal(Files* files) const;
  absl::Status WriteProgress(Checkpoint progress, Files* files) const;
  const Table& NowTable(size_t view) const;

  Database& database_;
  const eventstore::KeyStore& keys_;
  std::vector<BuildTarget> targets_;
  const ViewTables own_;
  const std::string directory_;
  std::vector<RowRun> runs_;  // by view
  bool stored_;               // there may be rows in the tables
  int flushes_ = 0;
  std::set<std::string> personal_;  // back keys of records whose personal index rows are due
  size_t bytes_ = 0;
};

}  // namespace daybook::projections
