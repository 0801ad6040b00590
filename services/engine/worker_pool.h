#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace daybook::services {

// A fixed number of threads with a bounded queue, for what must not run on a network thread.
// Thread-safe. The destructor finishes what is queued.
class WorkerPool {
 public:
  WorkerPool(size_t threads, size_t queue_max);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False, and nothing is queued, when the queue is full or the pool is closing.
  bool Submit(std::function<void()> task);
  // As Submit beyond the limit, for work that was admitted before (a continuation). False only when
  // closing.
  bool Continue(std::function<void()> task);
  // Takes no more, finishes what is queued, joins the threads. Idempotent.
  void Close();
  size_t queued() const;

 private:
  void Run();
  bool Enqueue(std::function<void()> task, size_t limit);

  const size_t queue_max_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> queue_;
  size_t idle_ = 0;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace daybook::services
