#pragma once

// Fills the cache of records after a start, so that the first lists need not wait for the disk.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "projections/published.h"

namespace daybook::projections {

// Reads the newest records of each type in turn, a thousand at a time, until all are there or the
// cache is nearly full. Ends early while records are being built.
class CacheWarmer {
 public:
  using GetPublished = std::function<std::shared_ptr<const Published>()>;

  // Starts a thread. REQUIRES: `published` may be asked until the warmer is gone.
  explicit CacheWarmer(GetPublished published);
  // Stops.
  ~CacheWarmer();
  CacheWarmer(const CacheWarmer&) = delete;
  CacheWarmer& operator=(const CacheWarmer&) = delete;

 private:
  // Of one type: what lies in [first, end) was not read yet.
  struct Walk {
    std::string first;
    std::string end;
    bool done = false;
  };

  void Run();
  // False when there is nothing more to do.
  bool ReadSome(Walk* walk) const;

  const GetPublished published_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace daybook::projections
