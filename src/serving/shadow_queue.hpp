#pragma once
// Evidence is scored beside the answers, never before them: a bounded queue with one worker.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "core/limits.hpp"

namespace perennial::serving {

struct ShadowCounts {
  std::uint64_t rows_done = 0;
  std::uint64_t rows_dropped = 0;  ///< the queue was full
  std::uint64_t rows_waiting = 0;
};

/// Thread-safe. Jobs run in the order they were taken.
class ShadowQueue {
 public:
  explicit ShadowQueue(std::size_t rows_most = limits::shadow_queue);
  ~ShadowQueue();  ///< runs what waits, then stops

  /// False where `rows` more do not fit (one job always fits an empty queue); the job is then not kept.
  bool offer(std::size_t rows, std::function<void()>& job);
  /// Returns when everything taken before the call has run.
  void drain();
  ShadowCounts counts() const;

 private:
  void work();

  struct Job {
    std::size_t rows;
    std::function<void()> run;
  };
  const std::size_t rows_most_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable finished_;
  std::deque<Job> waiting_;
  ShadowCounts counts_;
  bool stopping_ = false;
  std::thread worker_;
};

}  // namespace perennial::serving
