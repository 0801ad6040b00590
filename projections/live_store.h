#pragma once

// The rows of the live views: reads current rows, gathers the changes of a batch into one write.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "projections/database.h"
#include "projections/fold.h"
#include "projections/row_run.h"

namespace daybook::projections {

// One live view: its tables and what is known of its rows.
struct LiveView {
  StoredView stored;
  ViewTables tables;
};

// Used by the runner's thread only.
class LiveStore final : public RowStore, public PersonalSink {
 public:
  LiveStore(Database& database, const eventstore::KeyStore& keys);
  ~LiveStore() override;

  // Views as in the fold, records first.
  std::vector<LiveView>& views() { return views_; }
  const std::vector<LiveView>& views() const { return views_; }

  absl::StatusOr<std::optional<StoredRow>> Read(size_t view, absl::string_view key) override;
  void Write(size_t view, absl::string_view key, eventstore::LogPosition at,
             const RowVersion* before, const absl::string_view* after) override;
  absl::Status Set(const RecordType& type, const Uuid& id, const google::protobuf::Message& record,
                   const std::vector<StoredPart>& parts) override;

  // Takes the changes since the last call into the digests; then `views()` tells what is about to
  // be written.
  void Seal();
  // Writes the changes and the checkpoint in one batch. REQUIRES: sealed. An error leaves the
  // database as it was; the fold is then ahead of it and must not go on.
  absl::Status Commit(const Checkpoint& checkpoint);

 private:
  void AddRows(const LiveView& view, const RowRun& run, eventstore::LogPosition position);
  absl::Status FlushPersonal();

  Database& database_;
  const eventstore::KeyStore& keys_;
  std::vector<LiveView> views_;
  std::unique_ptr<rocksdb::WriteBatch> batch_;
  std::vector<RowRun> runs_;  // by view
  // Personal index rows of records changed in this batch, by back key.
  std::map<std::string, std::vector<std::string>> personal_;
};

// The personal index rows of a record, values opened: keys without anything but prefix, values and
// id.
absl::StatusOr<std::vector<std::string>> PersonalRows(const RecordType& type, const Uuid& id,
                                                      const google::protobuf::Message& record,
                                                      const std::vector<StoredPart>& parts,
                                                      const eventstore::KeyStore& keys);
// A back row's value and its inverse.
std::string JoinKeys(const std::vector<std::string>& keys);
absl::StatusOr<std::vector<std::string>> SplitKeys(absl::string_view bytes);

}  // namespace daybook::projections
