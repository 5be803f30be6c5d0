#include "training/jobs.hpp"
#include <fmt/format.h>

#include <algorithm>

namespace perennial::training {
namespace {

std::string text(const Json& body, const char* key) {
  const auto found = body.find(key);
  return found != body.end() && found->is_string() ? found->get<std::string>() : std::string();
}
bool flag(const Json& body, const char* key) {
  const auto found = body.find(key);
  return found != body.end() && found->is_boolean() && found->get<bool>();
}
int priority_of(const Json& body) {
  const auto found = body.find("priority");
  return found != body.end() && found->is_number_integer() ? std::clamp(found->get<int>(), 1, 5) : 3;
}

JobStatus status_of(const std::string& outcome) {
  if (outcome == "failed") return JobStatus::failed;
  if (outcome == "cancelled") return JobStatus::cancelled;
  if (outcome == "rejected" || outcome == "kept_champion") return JobStatus::rejected;
  return JobStatus::completed;
}

Json bounded(const Json& body) {
  if (to_text(body).size() <= job_result_bytes) return body;
  return {{"note", "the result is too large to be kept; see the RunFinished event"}};
}

Json time_or_null(const std::optional<TimePoint>& at) { return at ? Json(format_time(*at)) : Json(); }

}  // namespace

std::string_view to_string(JobStatus status) {
  switch (status) {
    case JobStatus::queued: return "queued";
    case JobStatus::running: return "running";
    case JobStatus::completed: return "completed";
    case JobStatus::rejected: return "rejected";
    case JobStatus::failed: return "failed";
    case JobStatus::cancelled: return "cancelled";
  }
  return "failed";
}

void JobBoard::apply(const Event& event) {
  const auto& body = event.body;
  if (!body.is_object()) return;
  if (event.type == event_type::job_queued) {
    queue(event);
    return;
  }
  const bool starts = event.type == event_type::job_started;
  const bool finishes = event.type == event_type::run_finished;
  const bool fails = event.type == event_type::run_failed;
  const bool ends = event.type == event_type::cycle_ended;
  if (!starts && !finishes && !fails && !ends) return;
  const auto id = text(body, "job");
  if (id.empty() && ends) return;  // a cycle without a job: nothing was trained
  const auto found = slots_.find(id);
  if (found == slots_.end() || has_ended(found->second.job.status)) {
    ++ignored_;
    return;
  }
  auto& slot = found->second;
  if (starts) {
    if (slot.training || slot.job.status != JobStatus::queued) {
      ++ignored_;
      return;
    }
    slot.training = true;
    slot.job.status = JobStatus::running;
    slot.job.started_at = event.at;
    ++slot.job.attempt;
  } else if (finishes) {
    slot.training = false;
    slot.job.result = bounded(body);
  } else if (fails) {
    slot.job.error = text(body, "error");
    slot.training = false;
    if (flag(body, "interrupted")) slot.job.attempt = std::max(0, slot.job.attempt - 1);
    if (flag(body, "retry")) {
      slot.job.status = JobStatus::queued;
      const auto not_before = parse_time(text(body, "not_before"));
      slot.job.not_before = not_before ? *not_before : TimePoint{};
    } else {
      end(slot, flag(body, "cancelled") ? JobStatus::cancelled : JobStatus::failed, {}, event.at);
    }
  } else {
    const auto outcome = text(body, "outcome");
    end(slot, status_of(outcome), outcome, event.at);
  }
}

void JobBoard::queue(const Event& event) {
  const auto& body = event.body;
  const auto id = text(body, "job");
  if (id.empty() || slots_.contains(id)) {
    ++ignored_;
    return;
  }
  Slot slot;
  slot.job.id = id;
  slot.job.model = event.model;
  slot.job.strategy = text(body, "strategy");
  slot.job.trigger = text(body, "trigger");
  slot.job.reason = text(body, "reason");
  slot.job.graph = text(body, "graph");
  slot.job.priority = priority_of(body);
  slot.job.created_at = event.at;
  slot.job.seq = event.seq;
  ++by_strategy_[slot.job.strategy];
  ++by_model_[slot.job.model];
  slots_.emplace(id, std::move(slot));
}

void JobBoard::end(Slot& slot, JobStatus status, const std::string& outcome, TimePoint at) {
  slot.training = false;
  slot.job.status = status;
  slot.job.ended_at = at;
  slot.job.outcome = outcome.empty() ? std::string(to_string(status)) : outcome;
  ++ended_by_status_[std::string(to_string(status))];
  ++by_outcome_[slot.job.outcome];
  ended_.push_back(slot.job.id);
  if (ended_.size() <= ended_jobs_kept) return;
  slots_.erase(ended_.front());
  ended_.pop_front();
}

const Job* JobBoard::find(const std::string& id) const {
  const auto found = slots_.find(id);
  return found == slots_.end() ? nullptr : &found->second.job;
}

const Job* JobBoard::queued_of(const std::string& model) const {
  for (const auto& [id, slot] : slots_)
    if (slot.job.model == model && slot.job.status == JobStatus::queued) return &slot.job;
  return nullptr;
}

const Job* JobBoard::running_of(const std::string& model) const {
  for (const auto& [id, slot] : slots_)
    if (slot.job.model == model && slot.training) return &slot.job;
  return nullptr;
}

std::size_t JobBoard::running() const {
  return static_cast<std::size_t>(
      std::count_if(slots_.begin(), slots_.end(), [](const auto& entry) { return entry.second.training; }));
}

std::size_t JobBoard::queued() const {
  return static_cast<std::size_t>(std::count_if(
      slots_.begin(), slots_.end(), [](const auto& entry) { return entry.second.job.status == JobStatus::queued; }));
}

const Job* JobBoard::next(std::size_t most_running, TimePoint now) const {
  if (running() >= most_running) return nullptr;
  const Job* best = nullptr;
  for (const auto& [id, slot] : slots_) {
    const auto& job = slot.job;
    // No backoff is the default, also for histories that are older than the epoch of the clock.
    const bool waits = job.not_before != TimePoint{} && job.not_before > now;
    if (job.status != JobStatus::queued || waits || running_of(job.model) != nullptr) continue;
    if (best == nullptr || job.priority > best->priority || (job.priority == best->priority && job.seq < best->seq))
      best = &job;
  }
  return best;
}

std::string JobBoard::refusal(const std::string& model) const {
  if (const Job* waiting = queued_of(model))
    return fmt::format("the job {} for this model is queued already", waiting->id);
  return {};
}

std::vector<Job> JobBoard::list(const std::string& model) const {
  std::vector<Job> jobs;
  for (const auto& [id, slot] : slots_)
    if (model.empty() || slot.job.model == model) jobs.push_back(slot.job);
  const auto rank = [](const Job& job) {
    if (job.status == JobStatus::queued) return 0;
    return job.status == JobStatus::running ? 1 : 2;
  };
  std::sort(jobs.begin(), jobs.end(), [&](const Job& a, const Job& b) {
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    if (rank(a) == 0) return a.priority != b.priority ? a.priority > b.priority : a.seq < b.seq;
    return a.seq > b.seq;
  });
  return jobs;
}

Json JobBoard::stats() const {
  Json by_status = Json::object();
  for (const auto status : {JobStatus::queued, JobStatus::running, JobStatus::completed, JobStatus::rejected,
                            JobStatus::failed, JobStatus::cancelled})
    by_status[std::string(to_string(status))] = 0;
  for (const auto& [id, slot] : slots_)
    if (!has_ended(slot.job.status))
      by_status[std::string(to_string(slot.job.status))] =
          by_status[std::string(to_string(slot.job.status))].get<int>() + 1;
  for (const auto& [status, count] : ended_by_status_) by_status[status] = count;
  return {
      {"by_status", by_status}, {"by_strategy", by_strategy_}, {"by_outcome", by_outcome_}, {"by_model", by_model_}};
}

Duration retry_backoff(int attempt) {
  constexpr Duration first = std::chrono::seconds(5);
  constexpr Duration longest = std::chrono::minutes(10);
  return std::min(longest, first * (1 << std::clamp(attempt - 1, 0, 10)));
}

std::string new_job_id(Rng& rng) { return rng.uuid(); }

Json to_json(const Job& job) {
  return {{"id", job.id},
          {"strategy", job.strategy},
          {"model", job.model},
          {"trigger", job.trigger},
          {"reason", job.reason},
          {"priority", job.priority},
          {"graph", job.graph.empty() ? Json() : Json(job.graph)},
          {"created_at", format_time(job.created_at)},
          {"started_at", time_or_null(job.started_at)},
          {"ended_at", time_or_null(job.ended_at)},
          {"status", std::string(to_string(job.status))},
          {"outcome", job.outcome.empty() ? Json() : Json(job.outcome)},
          {"attempt", job.attempt},
          {"error", job.error.empty() ? Json() : Json(job.error)},
          {"result", job.result}};
}

}  // namespace perennial::training
