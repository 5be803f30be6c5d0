#include "training/executor.hpp"
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace perennial::training {
namespace {

Status refuse(const std::string& job_id, bool runs_already, std::size_t running, std::size_t most) {
  if (runs_already) return fail(ErrorCode::conflict, "the job " + job_id + " runs already");
  if (running >= most)
    return fail(ErrorCode::overloaded, fmt::format("{} trainings run already", running), "",
                "wait until one has ended");
  return {};
}

/// Work that throws must not take the process with it.
Result<RunResult> guarded(const TrainingWork& work, const CancelFlag& cancel) {
  try {
    return work(cancel);
  } catch (const std::exception& e) {
    return fail(ErrorCode::internal, std::string("the training broke: ") + e.what());
  }
}

TimePoint wall_clock() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace

struct ThreadExecutor::State {
  struct Run {
    std::string job_id;
    CancelFlag cancel = make_cancel_flag();
    std::thread thread;
    std::optional<Result<RunResult>> result;  ///< guarded by mutex
    TimePoint ended{};
    std::uint64_t order = 0;  ///< of ending
  };
  std::size_t most = 1;
  mutable std::mutex mutex;
  std::vector<std::unique_ptr<Run>> runs;  ///< changed by the loop's thread only
  std::uint64_t ends = 0;
};

ThreadExecutor::ThreadExecutor(std::size_t most) : state_(std::make_unique<State>()) { state_->most = most; }

ThreadExecutor::~ThreadExecutor() {
  for (auto& run : state_->runs) run->cancel->store(true);
  for (auto& run : state_->runs)
    if (run->thread.joinable()) run->thread.join();
}

Status ThreadExecutor::start(const std::string& job_id, TimePoint, Duration, TrainingWork work) {
  const bool known =
      std::any_of(state_->runs.begin(), state_->runs.end(), [&](const auto& run) { return run->job_id == job_id; });
  TRY(refuse(job_id, known, state_->runs.size(), state_->most));
  auto run = std::make_unique<State::Run>();
  run->job_id = job_id;
  auto* raw = run.get();
  try {
    run->thread = std::thread([state = state_.get(), raw, work = std::move(work)] {
      auto result = guarded(work, raw->cancel);
      const std::lock_guard lock(state->mutex);
      raw->result = std::move(result);
      raw->ended = wall_clock();
      raw->order = state->ends++;
    });
  } catch (const std::system_error& e) {
    return fail(ErrorCode::overloaded, std::string("no thread can be started: ") + e.what());
  }
  state_->runs.push_back(std::move(run));
  return {};
}

std::vector<Finished> ThreadExecutor::poll(TimePoint) {
  std::vector<std::unique_ptr<State::Run>> ended;
  {
    const std::lock_guard lock(state_->mutex);
    auto& runs = state_->runs;
    for (std::size_t i = 0; i < runs.size();) {
      if (!runs[i]->result) {
        ++i;
        continue;
      }
      ended.push_back(std::move(runs[i]));
      runs.erase(runs.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  std::sort(ended.begin(), ended.end(), [](const auto& a, const auto& b) { return a->order < b->order; });
  std::vector<Finished> finished;
  for (auto& run : ended) {
    run->thread.join();  // it has given its result and does nothing more
    finished.push_back({std::move(run->job_id), run->ended, std::move(*run->result)});
  }
  return finished;
}

bool ThreadExecutor::cancel(const std::string& job_id) {
  for (auto& run : state_->runs)
    if (run->job_id == job_id) {
      run->cancel->store(true);
      return true;
    }
  return false;
}

std::size_t ThreadExecutor::running() const { return state_->runs.size(); }

Status VirtualExecutor::start(const std::string& job_id, TimePoint now, Duration modelled, TrainingWork work) {
  const bool known = std::any_of(runs_.begin(), runs_.end(), [&](const Run& run) { return run.job_id == job_id; });
  TRY(refuse(job_id, known, runs_.size(), most_));
  runs_.push_back({job_id, now + modelled, std::move(work), make_cancel_flag()});
  return {};
}

std::vector<Finished> VirtualExecutor::poll(TimePoint now) {
  const auto goes_on = [&](const Run& run) { return run.ends > now && !run.cancel->load(); };
  const auto split = std::stable_partition(runs_.begin(), runs_.end(), goes_on);
  std::vector<Run> due(std::make_move_iterator(split), std::make_move_iterator(runs_.end()));
  runs_.erase(split, runs_.end());
  for (auto& run : due)
    if (run.cancel->load()) run.ends = std::min(run.ends, now);
  std::stable_sort(due.begin(), due.end(), [](const Run& a, const Run& b) { return a.ends < b.ends; });
  std::vector<Finished> finished;
  for (auto& run : due) {
    auto result = run.cancel->load() ? Result<RunResult>(fail(ErrorCode::cancelled, "the training was cancelled"))
                                     : guarded(run.work, run.cancel);
    finished.push_back({std::move(run.job_id), run.ends, std::move(result)});
  }
  return finished;
}

bool VirtualExecutor::cancel(const std::string& job_id) {
  for (auto& run : runs_)
    if (run.job_id == job_id) {
      run.cancel->store(true);
      return true;
    }
  return false;
}

std::optional<TimePoint> VirtualExecutor::next_end() const {
  std::optional<TimePoint> next;
  for (const auto& run : runs_)
    if (!next || run.ends < *next) next = run.ends;
  return next;
}

}  // namespace perennial::training
