#pragma once

// The views as callers have them: served from one opening of the database after another, when a
// write or the files themselves failed.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "projections/views.h"
#include "projections/views_instance.h"
#include "projections/waiters.h"

namespace daybook::projections {

// A failed write ends the opening of the database that it happened to: rows in memory can no longer
// be brought to the disk in order. What was published stays readable until the cause is gone; then
// the database is closed, opened and followed from its stored checkpoint. Nothing newer is shown
// meanwhile, and after it nothing before all is back that was shown.
class RecoveringViews final : public Views {
 public:
  RecoveringViews(const std::string& path, eventstore::EventStore& log, eventstore::KeyStore& keys,
                  const ViewsOptions& options);
  ~RecoveringViews() override;

  // Errors as Views::Open.
  absl::Status Start();

  std::unique_ptr<Snapshot> Now() const override;
  absl::StatusOr<std::unique_ptr<Snapshot>> AsOf(eventstore::LogPosition position) const override;
  uint64_t WaitFor(eventstore::LogPosition position, absl::Time deadline,
                   std::function<void(absl::Status)> done) const override;
  void CancelWait(uint64_t ticket) const override { waiters_.Cancel(ticket); }
  void BeginShutdown() override;
  eventstore::LogPosition applied() const override { return Look().position; }
  absl::Duration StalledFor() const override;
  std::vector<ViewStatus> Status() const override;
  absl::Status WriteError() const override;
  absl::Status Rebuild(absl::string_view view,
                       const std::function<void(const RebuildProgress&)>& progress) override;
  absl::StatusOr<DiffReport> Diff(absl::string_view view, size_t limit) override;

 private:
  // What there is to read at this moment.
  struct Current {
    std::shared_ptr<ViewsInstance> instance;     // null while there is none
    std::shared_ptr<const Published> published;  // null without an instance
    eventstore::LogPosition position = 0;
    absl::Time recorded_at;
    absl::Status error;        // of the write or opening that failed; OK when none did
    bool catching_up = false;  // not all is back that was shown before
    eventstore::LogPosition shown = 0;
  };
  Current Look() const;
  // What a read of the present gets; OK when it may be answered.
  absl::Status Unavailable(const Current& current) const;
  std::vector<ViewStatus> StatusOf(const Current& current) const;
  absl::StatusOr<std::shared_ptr<ViewsInstance>> Instance() const;
  absl::Status AfterStop(absl::Status status) const;
  absl::StatusOr<size_t> NumberOf(absl::string_view view) const;

  // The supervisor's thread.
  void Supervise();
  // Until the views are open again; false at the end of the server.
  bool Recover(absl::Status error);
  absl::Status TryAgain(bool drop, const std::string& reason);
  bool Close();
  // False when the server goes down meanwhile.
  bool Sleep(absl::Duration pause);
  void SetError(const absl::Status& error);

  eventstore::EventStore& log_;
  eventstore::KeyStore& keys_;
  const ViewsOptions options_;
  std::vector<const Projection*> projections_;
  mutable Waiters waiters_;
  RepairBudget repairs_;
  ViewsContext context_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool reported_ = false;
  std::shared_ptr<ViewsInstance> instance_;
  absl::Status error_;  // why there is no instance, or what still keeps it from going on
  eventstore::LogPosition shown_ = 0;  // up to the last closing
  absl::Time shown_recorded_at_ = absl::UnixEpoch();
  std::vector<ViewStatus> last_;  // as of the last closing
  absl::Time failed_at_;
  absl::Duration pause_;  // supervisor only
  std::thread supervisor_;
};

}  // namespace daybook::projections
