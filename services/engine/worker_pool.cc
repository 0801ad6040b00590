#include "services/engine/worker_pool.h"

#include <cstdint>

namespace daybook::services {

WorkerPool::WorkerPool(size_t threads, size_t queue_max) : queue_max_(queue_max) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

WorkerPool::~WorkerPool() { Close(); }

bool WorkerPool::Enqueue(std::function<void()> task, size_t limit) {
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    if (closing_ || queue_.size() >= limit) return false;
    queue_.push_back(std::move(task));
    // A busy thread looks at the queue anyway: waking one costs a system call.
    wake = idle_ > 0;
  }
  if (wake) ready_.notify_one();
  return true;
}

bool WorkerPool::Submit(std::function<void()> task) { return Enqueue(std::move(task), queue_max_); }

bool WorkerPool::Continue(std::function<void()> task) { return Enqueue(std::move(task), SIZE_MAX); }

void WorkerPool::Close() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  ready_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

size_t WorkerPool::queued() const {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

void WorkerPool::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    ready_.wait(lock, [&] { return closing_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty()) return;
    std::function<void()> task = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
}

}  // namespace daybook::services
