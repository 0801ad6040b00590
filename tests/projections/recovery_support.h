#pragma once

// Views on a disk that fails, and what an operator is told of them.

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "tests/projections/views_support.h"
#include "tests/support/failing_file_system.h"

#define EXPECT_OK(expr)                                     \
  do {                                                      \
    const absl::Status expect_ok_status = (expr);           \
    EXPECT_TRUE(expect_ok_status.ok()) << expect_ok_status; \
  } while (false)

namespace daybook::projections {

// What the views told the operator. Thread-safe.
class Notices {
 public:
  std::function<void(const ViewsNotice&)> Taker() {
    return [this](const ViewsNotice& notice) {
      std::lock_guard lock(mutex_);
      texts_.push_back(notice.message + ": " + notice.error);
    };
  }
  bool Has(const std::string& part) const { return !Find(part).empty(); }
  // The first with this part; empty if there is none.
  std::string Find(const std::string& part) const {
    std::lock_guard lock(mutex_);
    for (const std::string& text : texts_) {
      if (text.find(part) != std::string::npos) return text;
    }
    return "";
  }

  // All, for a test that fails.
  std::string Texts() const {
    std::lock_guard lock(mutex_);
    std::string all;
    for (const std::string& text : texts_) all += text + "\n";
    return all;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> texts_;
};

// Waits until it holds; false after Soon().
template <class Condition>
bool Eventually(Condition condition) {
  const absl::Time deadline = Soon();
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(2));
  }
  return true;
}

inline bool AllAre(const Views& views, ViewState state) {
  const std::vector<ViewStatus> statuses = views.Status();
  return std::all_of(statuses.begin(), statuses.end(),
                     [&](const ViewStatus& status) { return status.state == state; });
}

// All views live and at the head of the log.
inline bool CaughtUp(const Views& views, daybook::testing::LogBuilder& log) {
  return AllAre(views, ViewState::kLive) && views.applied() == log.store().GetHead().position;
}

// Short times, so that failures and recoveries come soon.
inline ViewsOptions RecoveryOptions(Notices* notices, rocksdb::Env* env = nullptr) {
  ViewsOptions options;
  options.env = env;
  options.flush_interval = absl::Milliseconds(2);
  options.retry_first = absl::Milliseconds(5);
  options.retry_longest = absl::Milliseconds(40);
  if (notices != nullptr) options.notify = notices->Taker();
  return options;
}

}  // namespace daybook::projections
