#pragma once
// Runs trainings beside the loop. The loop starts and polls; it never waits.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "training/process.hpp"
#include "training/run.hpp"

namespace perennial::training {

using TrainingWork = std::function<Result<RunResult>(const CancelFlag&)>;

struct Finished {
  std::string job_id;
  TimePoint at{};  ///< when it ended, by the executor's notion of time
  Result<RunResult> result;
};

/// One loop thread calls all of these.
class Executor {
 public:
  virtual ~Executor() = default;
  /// `modelled` is used by the virtual executor only. Errors: conflict (the id runs already), overloaded (too many).
  virtual Status start(const std::string& job_id, TimePoint now, Duration modelled, TrainingWork work) = 0;
  /// What has ended by `now`, in the order of ending (then of starting). Returns at once in real time.
  virtual std::vector<Finished> poll(TimePoint now) = 0;
  /// The run ends soon with Error cancelled, which poll() reports. False for an id that does not run.
  virtual bool cancel(const std::string& job_id) = 0;
  virtual std::size_t running() const = 0;
  /// When the next run is known to end (virtual time); nothing in real time.
  virtual std::optional<TimePoint> next_end() const = 0;
};

/// A thread per run, at most `most`. The destructor cancels all runs and waits for them.
class ThreadExecutor final : public Executor {
 public:
  explicit ThreadExecutor(std::size_t most = limits::jobs_running);
  ~ThreadExecutor() override;
  Status start(const std::string& job_id, TimePoint now, Duration modelled, TrainingWork work) override;
  std::vector<Finished> poll(TimePoint now) override;
  bool cancel(const std::string& job_id) override;
  std::size_t running() const override;
  std::optional<TimePoint> next_end() const override { return std::nullopt; }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A run ends at its start + its modelled duration; the work is done by the poll() that reaches that instant.
class VirtualExecutor final : public Executor {
 public:
  explicit VirtualExecutor(std::size_t most = limits::jobs_running) : most_(most) {}
  Status start(const std::string& job_id, TimePoint now, Duration modelled, TrainingWork work) override;
  std::vector<Finished> poll(TimePoint now) override;
  bool cancel(const std::string& job_id) override;
  std::size_t running() const override { return runs_.size(); }
  std::optional<TimePoint> next_end() const override;

 private:
  struct Run {
    std::string job_id;
    TimePoint ends{};
    TrainingWork work;
    CancelFlag cancel;
  };
  std::size_t most_;
  std::vector<Run> runs_;  ///< in the order of starting
};

}  // namespace perennial::training
