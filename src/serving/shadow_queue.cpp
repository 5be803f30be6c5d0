#include "serving/shadow_queue.hpp"

namespace perennial::serving {

ShadowQueue::ShadowQueue(std::size_t rows_most) : rows_most_(rows_most), worker_([this] { work(); }) {}

ShadowQueue::~ShadowQueue() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  worker_.join();
}

bool ShadowQueue::offer(std::size_t rows, std::function<void()>& job) {
  rows = rows == 0 ? 1 : rows;
  {
    const std::lock_guard lock(mutex_);
    if (counts_.rows_waiting > 0 && counts_.rows_waiting + rows > rows_most_) {
      counts_.rows_dropped += rows;
      return false;
    }
    counts_.rows_waiting += rows;
    waiting_.push_back({rows, std::move(job)});
  }
  arrived_.notify_one();
  return true;
}

void ShadowQueue::drain() {
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = counts_.rows_done + counts_.rows_waiting;
  finished_.wait(lock, [&] { return counts_.rows_done >= wanted; });
}

ShadowCounts ShadowQueue::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void ShadowQueue::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    arrived_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    job.run();
    job.run = nullptr;  // what it holds is let go before it counts as done
    lock.lock();
    // The job counts as waiting while it runs, so that the bound holds for the memory that it uses.
    counts_.rows_waiting -= job.rows;
    counts_.rows_done += job.rows;
    finished_.notify_all();
  }
}

}  // namespace perennial::serving
