#pragma once
// A client that sends by the clock.

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "process/scene.hpp"

namespace perennial::process {

/// Sends by the clock, never by the answers: a slow answer makes the next request late, and the lateness is counted.
class OpenLoop {
 public:
  using Clock = std::chrono::steady_clock;
  /// `body` of the i-th request of a thread; called from all threads.
  using Body = std::function<std::string(std::uint64_t i)>;

  OpenLoop(int port, int per_second, int threads, Body body) : body_(std::move(body)) {
    begun_ = Clock::now();
    for (int thread = 0; thread < threads; ++thread)
      threads_.emplace_back([this, port, per_second, threads, thread] { work(port, per_second, threads, thread); });
  }
  ~OpenLoop() { stop(); }
  void stop() {
    stopping_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }
  std::uint64_t sent() const { return sent_; }
  std::uint64_t failed() const { return failed_; }
  std::string first_failure() {
    const std::lock_guard lock(mutex_);
    return first_failure_;
  }
  /// When the last answer of this version came; nothing where there was none.
  std::optional<Clock::time_point> last_answer_of(const std::string& version) {
    const std::lock_guard lock(mutex_);
    const auto found = last_.find(version);
    return found == last_.end() ? std::nullopt : std::optional(found->second);
  }
  double latency_ms(double quantile) {
    const std::lock_guard lock(mutex_);
    if (latencies_ms_.empty()) return 0;
    std::ranges::sort(latencies_ms_);
    return latencies_ms_[std::min(latencies_ms_.size() - 1,
                                  static_cast<std::size_t>(quantile * static_cast<double>(latencies_ms_.size())))];
  }

 private:
  void work(int port, int per_second, int threads, int thread) {
    Connection connection(port);
    const auto interval = std::chrono::nanoseconds(1'000'000'000LL * threads / per_second);
    std::vector<double> latencies;
    for (std::uint64_t i = 0; !stopping_; ++i) {
      const auto due = begun_ + interval * static_cast<std::int64_t>(i) + interval * thread / threads;
      std::this_thread::sleep_until(due);
      const Answer answer = connection.call("POST", model_path + "/predict", body_(i), 5000);
      const auto now = Clock::now();
      latencies.push_back(std::chrono::duration<double, std::milli>(now - due).count());
      ++sent_;
      const auto at = answer.body.find("\"version\":\"");
      if (answer.status != 200 || at == std::string::npos) {
        ++failed_;
        const std::lock_guard lock(mutex_);
        if (first_failure_.empty()) first_failure_ = fmt::format("{} {}", answer.status, answer.body);
        continue;
      }
      const std::lock_guard lock(mutex_);
      last_[answer.body.substr(at + 11, answer.body.find('"', at + 11) - at - 11)] = now;
    }
    const std::lock_guard lock(mutex_);
    latencies_ms_.insert(latencies_ms_.end(), latencies.begin(), latencies.end());
  }

  Body body_;
  Clock::time_point begun_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> sent_ = 0, failed_ = 0;
  std::mutex mutex_;
  std::string first_failure_;
  std::map<std::string, Clock::time_point> last_;
  std::vector<double> latencies_ms_;
  std::vector<std::thread> threads_;
};

}  // namespace perennial::process
