#pragma once

// The read side: all live views in one RocksDB with one checkpoint, and what can be asked of them.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "domain/fields/filter.h"
#include "domain/fields/registry.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "projections/projection.h"

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace daybook::projections {

inline constexpr int kPageSizeDefault = 50;
inline constexpr int kPageSizeMax = 1000;
// Index entries a list may look at before it must be narrowed.
inline constexpr size_t kScanBudget = 200'000;

class Snapshot;

// Values that no row holds, lookups and rollups, of whoever asks for a list or a figure. Used by
// one thread, for one answer.
class ComputedValues {
 public:
  virtual ~ComputedValues() = default;
  // Puts the values that the filter and the order name among the records' custom values, as of
  // `at`, which is the same in all calls. Errors: LIMIT_EXCEEDED, when it has computed too many.
  virtual absl::Status Compute(const Snapshot& at,
                               absl::Span<google::protobuf::Message* const> records) = 0;
  // What the values follow from beside the records. Page tokens hold for the same only.
  virtual std::string Fingerprint() const = 0;
  // True when a value shows a personal field: then there is no past to list by it.
  virtual bool personal() const = 0;
};

// How a list is carried out (list_plan.h).
struct ListPlan;

// A list as asked for.
struct ListQuery {
  const domain::ObjectType* type = nullptr;
  // Keeps a `type` with custom fields alive, which filter and order point into; null for others.
  std::shared_ptr<const domain::ObjectType> with_custom;
  domain::BoundFilter filter;
  std::vector<domain::OrderKey> order;  // empty: by id
  int page_size = kPageSizeDefault;     // 1..kPageSizeMax
  std::string page_token;               // from the page before; empty: first page
  std::string question;                 // whatever else makes the list the same; tokens hold for it
  bool serialized = false;              // the page's records as bytes
  std::shared_ptr<const ListPlan> plan;  // from PlanList; null: List makes one
  // REQUIRED where filter or order names a computed field, and then `serialized` is false; outlives
  // the list. The page's records hold the values that it computed.
  ComputedValues* computed = nullptr;
};

// Plans a list ahead of List and sets `plan`. True for a short one: the first page of a list that
// looks at no more than kShortListRows rows, whatever is stored, and has nothing to decrypt.
// Errors: FIELD_NOT_FILTERABLE.
absl::StatusOr<bool> PlanList(ListQuery* query);
inline constexpr int kShortListRows = 100;

struct ListPage {
  std::vector<std::unique_ptr<google::protobuf::Message>> records;
  std::vector<std::string> serialized;  // instead, where the query asks for bytes
  std::string next_page_token;          // empty: last page
  // Where the page was read: the position of the first page. A list that filters or sorts by a
  // personal field, or by a value that shows one, has no past to read, so its later pages go on
  // behind the last row as the records are now.
  eventstore::LogPosition position = 0;
  absl::Time recorded_at;
};

// All views at one position. Cheap to make; hold it for one answer only. Used by one thread at a
// time.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  virtual eventstore::LogPosition position() const = 0;
  virtual absl::Time recorded_at() const = 0;
  // True when it stands in the past: current-only indexes cannot be used.
  virtual bool is_past() const = 0;

  // The record with personal values opened; null when there is none. The pointer is the caller's.
  virtual absl::StatusOr<std::unique_ptr<google::protobuf::Message>> GetRecord(
      const domain::ObjectType& type, absl::string_view id) const = 0;
  // The same as serialized bytes: those of the row, unless a personal value has to be opened.
  virtual absl::StatusOr<std::optional<std::string>> GetSerialized(const domain::ObjectType& type,
                                                                   absl::string_view id) const = 0;
  // Many at once, in order of `ids`; null where there is none.
  virtual absl::StatusOr<std::vector<std::unique_ptr<google::protobuf::Message>>> GetRecords(
      const domain::ObjectType& type, const std::vector<std::string>& ids) const = 0;
  // Errors: INVALID_PAGE_TOKEN, LIMIT_EXCEEDED (scan budget), AS_OF_NOT_AVAILABLE (filter or sort
  // on a personal field in the past), VIEW_UNAVAILABLE, and those of ComputedValues.
  virtual absl::StatusOr<ListPage> List(const ListQuery& query) const = 0;
  // Ids of records whose reference field holds `id`, through the field's index; at most `limit`.
  // REQUIRES: the field is an indexed reference or text field.
  virtual absl::StatusOr<std::vector<std::string>> FindByReference(const domain::ObjectType& type,
                                                                   absl::string_view field,
                                                                   absl::string_view id,
                                                                   size_t limit) const = 0;
  // The same for many ids at once, each with at most `limit`, in order of `ids`.
  virtual absl::StatusOr<std::vector<std::vector<std::string>>> FindByReferences(
      const domain::ObjectType& type, absl::string_view field, const std::vector<std::string>& ids,
      size_t limit) const = 0;
  // Every record that fits, each once, in no order; its personal values are tokens. Ends with the
  // first error of `visit`. `computed`: as in ListQuery. Errors: FIELD_NOT_FILTERABLE (the filter
  // names a personal field), LIMIT_EXCEEDED (scan budget), VIEW_UNAVAILABLE, and those of
  // ComputedValues.
  using RecordVisitor = absl::FunctionRef<absl::Status(const google::protobuf::Message& record)>;
  virtual absl::Status VisitRecords(const domain::ObjectType& type,
                                    const domain::BoundFilter& filter, ComputedValues* computed,
                                    RecordVisitor visit) const = 0;
  absl::Status VisitRecords(const domain::ObjectType& type, const domain::BoundFilter& filter,
                            RecordVisitor visit) const {
    return VisitRecords(type, filter, nullptr, visit);
  }

  // Rows of a view. VIEW_UNAVAILABLE (with its position) while it is detached or being built.
  virtual absl::StatusOr<std::optional<std::string>> GetRow(absl::string_view view,
                                                            absl::string_view key) const = 0;
  // Rows with first <= key < last, in order, until `visit` returns false.
  using RowVisitor = absl::FunctionRef<bool(absl::string_view key, absl::string_view value)>;
  virtual absl::Status ScanRows(absl::string_view view, absl::string_view first,
                                absl::string_view last, RowVisitor visit) const = 0;
};

// kRecovering: a write to the views failed. They stand still and go on by themselves once the cause
// is gone.
enum class ViewState { kLive, kDetached, kBuilding, kRecovering };

struct ViewStatus {
  std::string name;
  uint32_t version = 0;
  ViewState state = ViewState::kLive;
  eventstore::LogPosition position = 0;  // of a view that is being built: how far the build is
  uint64_t current_rows = 0;
  uint64_t history_rows = 0;
  eventstore::Hash digest{};
  std::string error;  // why it is not live; of a build that nothing went wrong before: empty
};

// What the operator should know of without asking.
struct ViewsNotice {
  bool warning = true;
  std::string message;
  std::string error;
  eventstore::LogPosition position = 0;
};

struct RebuildProgress {
  eventstore::LogPosition position = 0;
  eventstore::LogPosition target = 0;
  double events_per_second = 0;
  absl::Duration remaining = absl::InfiniteDuration();
  bool done = false;
  bool compared = false;  // there was a live view to compare with
  bool digests_equal = false;
  eventstore::Hash digest{};
};

struct RowDifference {
  std::string key;
  bool history = false;
  std::string live;     // empty: missing
  std::string rebuilt;  // empty: missing
};

struct DiffReport {
  eventstore::LogPosition position = 0;
  uint64_t rows_compared = 0;
  uint64_t rows_different = 0;
  std::vector<RowDifference> differences;  // at most the limit
};

struct ViewsOptions {
  // Blocks of the files that were read lately, by readers and to follow the log.
  size_t block_cache_bytes = 64 << 20;
  // Records: the newest after a start, then those that readers ask for by id or in lists.
  size_t record_cache_bytes = 512 << 20;
  size_t write_buffer_bytes = 32 << 20;
  size_t rebuild_memory_bytes = 256 << 20;
  size_t rebuild_block_events = 10'000;  // between looks at the clock and at the memory
  size_t batch_events = 512;             // per write batch of the runner
  absl::Duration flush_interval = absl::Seconds(5);
  // Between attempts to go on after a failed write: at first, doubled up to the longest.
  absl::Duration retry_first = absl::Seconds(1);
  absl::Duration retry_longest = absl::Seconds(30);
  // Called by threads of the views; must not call them.
  std::function<void(const ViewsNotice&)> notify;
  // For tests: the views to keep; null: AllProjections(). They outlive the views.
  const std::vector<Projection>* projections = nullptr;
  // For tests: the file system; null: that of the machine. Outlives the views.
  rocksdb::Env* env = nullptr;
  // For tests: no disk; everything is gone with the object.
  bool in_memory = false;
};

// Thread-safe. Owns the runner thread, which follows the log from the checkpoint.
class Views {
 public:
  virtual ~Views() = default;

  // Opens `path` (created if missing) and starts following. Views that are new, or of another
  // version than stored, are built first: BUILDING until caught up. So are those that do not follow
  // from this log, and all when the files are damaged. After a failed write they recover by
  // themselves. Errors: DATA_DIRECTORY when the files may not be used: permissions, another
  // process, too many open files. REQUIRES: store and keys outlive the views.
  static absl::StatusOr<std::unique_ptr<Views>> Open(const std::string& path,
                                                     eventstore::EventStore& store,
                                                     eventstore::KeyStore& keys,
                                                     const ViewsOptions& options);

  // The latest state. After a failed write, once the log is ahead, every read of it is
  // VIEW_UNAVAILABLE; of AsOf it is not.
  virtual std::unique_ptr<Snapshot> Now() const = 0;
  // As of a position, lowered to the end of a commit. AS_OF_IN_FUTURE beyond the log's head. A
  // position that the views have not reached yet: NOT_CAUGHT_UP (wait first).
  virtual absl::StatusOr<std::unique_ptr<Snapshot>> AsOf(
      eventstore::LogPosition position) const = 0;

  // Calls `done` exactly once: when the views have applied `position`; with NOT_CAUGHT_UP at the
  // deadline, or after kWaitMax (projections/waiters.h); with SHUTTING_DOWN; with VIEW_UNAVAILABLE
  // after a failed write; with CANCELLED by CancelWait. At once if it is applied already. `done`
  // runs on the caller's or the runner's thread and must not block. Returns a ticket for
  // CancelWait; 0: `done` was called.
  virtual uint64_t WaitFor(eventstore::LogPosition position, absl::Time deadline,
                           std::function<void(absl::Status)> done) const = 0;
  // Nothing when `done` was called, or is being called, already.
  virtual void CancelWait(uint64_t ticket) const = 0;
  absl::Status WaitForBlocking(eventstore::LogPosition position, absl::Time deadline) const;

  // Ends what may take long: rebuilds and comparisons fail, those who wait hear SHUTTING_DOWN.
  // Reads go on. Called before a server stops, so that its calls can end. Idempotent.
  virtual void BeginShutdown() = 0;

  // The shared checkpoint.
  virtual eventstore::LogPosition applied() const = 0;
  // Since when the runner has been behind the head without progress; zero when it is not.
  virtual absl::Duration StalledFor() const = 0;
  virtual std::vector<ViewStatus> Status() const = 0;
  // Why nothing can be written to the views; OK when it can. For health and metrics.
  virtual absl::Status WriteError() const = 0;

  // Builds a view anew beside the live one, compares, switches. Blocks; serving goes on. `progress`
  // is called about twice a second and once at the end. NOT_FOUND for an unknown view; ABORTED
  // while another rebuild runs.
  virtual absl::Status Rebuild(absl::string_view view,
                               const std::function<void(const RebuildProgress&)>& progress) = 0;
  // Builds a view anew at the current position and compares every row with the live one.
  virtual absl::StatusOr<DiffReport> Diff(absl::string_view view, size_t limit) = 0;
};

// Decodes an event's public payload with tokens in place of personal values. DATA_LOSS for an
// unknown aggregate or kind, and for bytes that do not parse.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> DecodeWithTokens(
    const eventstore::RecordedEvent& event);

// Decodes an event with its personal values opened (empty where erased).
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> DecodeOpened(
    const eventstore::RecordedEvent& event, const eventstore::KeyStore& keys);

}  // namespace daybook::projections
