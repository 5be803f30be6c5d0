#pragma once
// Worker threads behind bounded queues: calls that may wait never hold a connection's thread.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace perennial::http {

/// One queue and its threads. Thread-safe.
class WorkQueue {
 public:
  WorkQueue(int threads, std::size_t bound);
  ~WorkQueue();
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  /// False where the queue is full or stopped; `work` is then dropped. `work` must not throw.
  bool submit(std::function<void()> work);
  /// Drops what waits and returns when what runs has ended. Idempotent.
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::function<void()>> waiting_;
  std::size_t bound_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace perennial::http
