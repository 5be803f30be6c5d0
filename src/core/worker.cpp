#include "core/worker.hpp"

#include <system_error>

namespace perennial {

Worker::~Worker() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  given_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Worker::hand_over(Task task) {
  {
    std::unique_lock lock(mutex_);
    if (!threadless_ && !thread_.joinable()) {
      try {
        thread_ = std::thread([this] { run(); });
      } catch (const std::system_error&) {
        threadless_ = true;
      }
    }
    if (!threadless_) {
      taken_.wait(lock, [this] { return waiting_.size() < kWorkerWaitingMost; });
      waiting_.push_back(std::move(task));
      task = nullptr;
    }
  }
  if (task) task();
  else given_.notify_one();
}

void Worker::run() {
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      given_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      task = std::move(waiting_.front());
      waiting_.pop_front();
    }
    taken_.notify_one();
    task();
  }
}

}  // namespace perennial
