#pragma once
// A lasting thread that works beside its owner.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>

namespace perennial {

/// Does what it is given, one thing after the other, in the order given. The thread starts with the first thing and
/// ends with the worker, after all that was given is done: what the work refers to must outlive the worker, or its own
/// end. Where no thread can be had, and where kWorkerWaitingMost things wait, the giver waits or does the work itself.
/// Thread-safe; work must not give to its own worker.
class Worker {
 public:
  static constexpr std::size_t kWorkerWaitingMost = 64;

  Worker() = default;
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// What `work` returns or throws. The future's destructor does not wait.
  template <class Work>
  std::future<std::invoke_result_t<Work&>> give(Work work) {
    std::packaged_task<std::invoke_result_t<Work&>()> task(std::move(work));
    auto made = task.get_future();
    hand_over([task = std::move(task)]() mutable { task(); });
    return made;
  }

 private:
  using Task = std::move_only_function<void()>;
  void hand_over(Task task);
  void run();

  std::mutex mutex_;
  std::condition_variable given_;  ///< for the thread: there is work, or the end
  std::condition_variable taken_;  ///< for givers: there is room
  std::deque<Task> waiting_;
  bool ending_ = false;
  bool threadless_ = false;
  std::thread thread_;
};

}  // namespace perennial
