#pragma once

// Folds the log into the rows of views: one fold of the records, its before and after handed to
// every other view. The same code runs live and in a rebuild; the two differ in their RowStore
// only.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "eventstore/key_store.h"
#include "projections/projection.h"
#include "projections/record_row.h"
#include "projections/view_rows.h"

namespace daybook::projections {

inline constexpr size_t kCachedRecordsMax = 12'288;

// Takes the personal index entries of a record whenever they change: one encoded value for each
// personal index of its type, without prefix and id. Only the live fold has one.
class PersonalSink {
 public:
  virtual ~PersonalSink() = default;
  virtual absl::Status Set(const RecordType& type, const Uuid& id,
                           const google::protobuf::Message& record,
                           const std::vector<StoredPart>& parts) = 0;
};

// Used by one thread. A view that fails is detached and left out from then on; when the records
// themselves cannot be folded, all views are.
class Fold {
 public:
  struct Options {
    bool emit_records = true;  // false: records are folded for the other views only
    PersonalSink* personal = nullptr;
  };

  // `views` are the views beside records, numbered from 1; they and `store` outlive the fold.
  Fold(RowStore& store, const std::vector<const Projection*>& views, Options options);
  ~Fold();

  // Applies the next event. REQUIRES: positions follow each other from the start of a commit.
  void Apply(const eventstore::RecordedEvent& event);

  // The position of the last commit that all attached views have.
  eventstore::LogPosition position() const { return position_; }
  // View 0 is records.
  bool attached(size_t view) const;
  // Why a view is detached, and where it stopped.
  const absl::Status& error(size_t view) const;
  eventstore::LogPosition stopped_at(size_t view) const;
  void Detach(size_t view, const absl::Status& error);
  bool any_attached() const;
  size_t cached_records() const { return young_.size() + old_.size(); }

  // Starts after `position`.
  void StartAt(eventstore::LogPosition position) { position_ = position; }
  // Bounds the caches. REQUIRES: what was committed is visible in the store.
  void Shrink();
  // Writes the records that were not emitted (emit_records = false) to the store and empties all
  // caches.
  void Spill();
  // Takes over a view at the fold's position, for example after a rebuild.
  void Attach(size_t view);

 private:
  struct Record;
  struct Next;
  struct View;
  using RecordId = std::pair<uint16_t, Uuid>;
  using Records = absl::flat_hash_map<RecordId, std::unique_ptr<Record>>;
  struct Scratch;

  absl::Status ApplyToRecord(const eventstore::RecordedEvent& event);
  absl::StatusOr<Record*> Load(const RecordType& type, const Uuid& id,
                               eventstore::StreamRevision revision);
  absl::Status Read(const RecordType& type, const Uuid& id, Record* record);
  void ApplyToViews(const eventstore::RecordedEvent& event, const Record& record,
                    const google::protobuf::Message& wrapper,
                    const google::protobuf::Message* before);
  void EndCommit(eventstore::LogPosition at);
  absl::Status PrepareRecord(Record& record, eventstore::LogPosition at, Next* next);
  // The index rows of custom values that ended or began. REQUIRES: record.positions are those
  // before.
  void WriteCustom(const Record& record, eventstore::LogPosition at, const Next& next);
  // CoveringPrefixes of a type at this position.
  absl::StatusOr<std::vector<std::string>> CoveringOf(const RecordType& type);
  void WriteRecord(Record& record, eventstore::LogPosition at, Next& next);
  void FailRecords(const absl::Status& error, const eventstore::RecordedEvent& event);
  void FailView(View& view, const absl::Status& error, const eventstore::RecordedEvent& event);
  bool wanted(const RecordType& type) const;

  RowStore& store_;
  const Options options_;
  std::vector<View> views_;
  std::vector<std::unique_ptr<Scratch>> scratch_;  // by type
  Records young_, old_;                            // two generations of a cache
  std::vector<Record*> touched_;
  std::vector<Next> next_;  // of touched_; kept for the memory it holds
  eventstore::LogPosition position_ = 0;
};

}  // namespace daybook::projections
