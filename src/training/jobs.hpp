#pragma once
// Training jobs as a fold over the journal: no state of its own that could disagree with it.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/json.hpp"
#include "core/result.hpp"
#include "core/rng.hpp"
#include "core/time.hpp"

namespace perennial::training {

/// `rejected` is a run that worked and whose version a gate refused, or that was not better than the champion; `failed`
/// is a run that broke.
enum class JobStatus { queued, running, completed, rejected, failed, cancelled };
std::string_view to_string(JobStatus status);
inline bool has_ended(JobStatus status) { return status != JobStatus::queued && status != JobStatus::running; }

struct Job {
  std::string id;  ///< UUID
  std::string model;
  std::string strategy;  ///< scheduled, triggered, manual, …
  std::string trigger;   ///< name of the policy
  std::string reason;
  std::string graph;  ///< SHA-256 of a graph that was made elsewhere and is judged; empty: one is trained
  int priority = 3;   ///< 5 is the most urgent
  TimePoint created_at{};
  std::optional<TimePoint> started_at;
  std::optional<TimePoint> ended_at;
  std::uint64_t seq = 0;   ///< of its JobQueued event: age within one instant
  int attempt = 0;         ///< starts so far, without those that a stop of the server interrupted
  TimePoint not_before{};  ///< of its next start: backoff after an attempt that ended the process
  JobStatus status = JobStatus::queued;
  std::string outcome;           ///< of its cycle: promoted, kept_champion, rejected, rolled_back, failed, no_change
  std::string error;             ///< of the newest failed attempt
  Json result = Json::object();  ///< body of RunFinished, bounded by job_result_bytes
};

inline constexpr std::size_t ended_jobs_kept = 1000;        ///< of the whole board, newest ended
inline constexpr std::size_t job_result_bytes = 64u << 10;  ///< a larger result is replaced by a note

/// Bodies that are read ("job" is the id in all of them; other keys are ignored):
///   JobQueued   {"job", "strategy", "trigger", "reason", "priority", "graph"?}
///   JobStarted  {"job"}
///   RunFinished {"job", …}                 kept as the job's result; the job runs on until its cycle ends
///   RunFailed   {"job", "error", "cancelled": bool, "retry": bool, "not_before"?: time, "interrupted"?: bool}
///               retry: back to the queue, with its age; interrupted: the attempt does not count
///   CycleEnded  {"job"?, "outcome"}        promoted, rolled_back, no_change → completed; kept_champion, rejected →
///                                          rejected; failed → failed; cancelled → cancelled
/// A job that RunFinished ended its training: it no longer counts as running (rollouts may take days).
class JobBoard {
 public:
  /// Ignores events of other types. Events that do not fit (an unknown job, a second end) are counted, never fatal.
  void apply(const Event& event);

  const Job* find(const std::string& id) const;
  const Job* queued_of(const std::string& model) const;   ///< at most one
  const Job* running_of(const std::string& model) const;  ///< at most one: started and not yet finished or failed
  std::size_t running() const;
  std::size_t queued() const;
  /// The queued job that should start next: highest priority, then oldest; one whose model has no running job and whose
  /// backoff has passed by `now`. Null where there is none, or `most_running` are running already.
  const Job* next(std::size_t most_running, TimePoint now = TimePoint::max()) const;
  /// Why a further job for this model must not be queued now; empty where it may be.
  std::string refusal(const std::string& model) const;
  /// Queued and running ones, then ended ones, newest first; of one model where `model` is not empty.
  std::vector<Job> list(const std::string& model = {}) const;
  /// Counts of all jobs ever: {"by_status": {"queued", "running", …}, "by_strategy", "by_outcome", "by_model"}
  Json stats() const;
  std::uint64_t ignored() const { return ignored_; }

 private:
  struct Slot {
    Job job;
    bool training = false;  ///< started, and neither finished nor failed
  };
  void queue(const Event& event);
  void end(Slot& slot, JobStatus status, const std::string& outcome, TimePoint at);
  std::map<std::string, Slot> slots_;
  std::deque<std::string> ended_;  ///< oldest first
  std::map<std::string, std::uint64_t> ended_by_status_, by_strategy_, by_outcome_, by_model_;
  std::uint64_t ignored_ = 0;
};

/// How long a job waits after its `attempt`-th start (1, 2, …) has ended with the process: 5 s, 10 s, … 10 min. Long
/// enough to serve in between, where the training itself is what kills the process.
Duration retry_backoff(int attempt);

/// A new id; unique also for jobs of one instant.
std::string new_job_id(Rng& rng);

/// The contract's fields: id, strategy, model, trigger, reason, priority, created_at, status, result, and outcome,
/// attempt, started_at, ended_at, error.
Json to_json(const Job& job);

}  // namespace perennial::training
