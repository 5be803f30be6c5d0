#pragma once
// The fleet as the outside sees it: the four interfaces of api/, over one lock for the control plane and none for
// predictions. One file per interface: desk_predictions.cpp, desk_labels.cpp, desk_operations.cpp, desk_queries.cpp;
// those that look back are in desk_explanations.cpp.

#include <atomic>
#include <mutex>

#include "api/labels.hpp"
#include "api/operations.hpp"
#include "api/predictions.hpp"
#include "api/queries.hpp"
#include "lifecycle/fleet.hpp"

namespace perennial::lifecycle {

/// A loop that does not turn for so long hangs: its longest work between two turns takes seconds.
inline constexpr Duration most_silent = std::chrono::minutes(2);

/// Thread-safe. `fleet` and `clock` must outlive it.
class Desk final : public api::Predictions, public api::Labels, public api::Operations, public api::Queries {
 public:
  Desk(Fleet& fleet, const Clock& clock) : fleet_(&fleet), clock_(&clock) {}

  Result<api::PredictAnswer> predict(const api::PredictRequest& request) override;

  Result<api::LabelsAnswer> label(const std::string& model, const std::vector<api::Label>& labels) override;

  Result<api::TriggerAnswer> trigger(const std::string& model, const api::TriggerEvent& event,
                                     const api::CommandContext& context) override;
  Result<Json> rollback(const std::string& model, std::optional<std::string> to,
                        const api::CommandContext& context) override;
  Result<Json> promote(const std::string& model, const std::string& version, bool override_evidence,
                       const api::CommandContext& context) override;
  Result<Json> pin(const std::string& model, const std::string& version, bool release,
                   const api::CommandContext& context) override;
  Result<Json> approve(const std::string& model, const std::string& version, const std::string& digest,
                       const api::CommandContext& context) override;
  Result<Json> prune(const std::string& model, bool dry_run, const api::CommandContext& context) override;

  Json status() const override;
  Result<Json> versions(const std::string& model) const override;
  Result<Json> show(const std::string& model, const std::string& version) const override;
  Result<Json> jobs(std::optional<std::string> model) const override;
  Result<Json> job_stats() const override;
  Result<Json> drift(const std::string& model) const override;
  Result<Json> performance(const std::string& model) const override;
  Result<Json> rollout(const std::string& model) const override;
  Result<Json> history(const std::string& model, std::optional<TimePoint> at) const override;
  Result<Json> explain_rollout(const std::string& model, const std::string& which) const override;
  Result<Json> explain_prediction(const std::string& model, const std::string& id) const override;
  Json catalog() const override;
  std::vector<Event> events(std::uint64_t after, std::size_t most, const std::string& model) const override;
  std::uint64_t subscribe(std::function<void(const Event&)> listener) override;
  void unsubscribe(std::uint64_t id) override;
  bool ready(std::string& why_not) const override;
  /// False where the loop has turned before and not for most_silent (three times server.tick where that is longer) by
  /// now. Takes no lock.
  bool alive() const override;
  std::string metrics() const override;

  /// The loop says when it last turned; alive() looks at it.
  void ticked(TimePoint at) { last_tick_us_ = at.time_since_epoch().count(); }
  void draining() { draining_ = true; }

 private:
  Status check_model(const std::string& model) const;

  Fleet* fleet_;
  const Clock* clock_;
  std::atomic<std::int64_t> last_tick_us_{0};
  std::atomic<bool> draining_{false};
  std::atomic<std::uint64_t> next_id_{0};
};

/// What can be told from a folded journal alone, by a running server and for a stopped data directory alike.
Json versions_json(const registry::Registry& registry, const std::string& model);
Result<Json> show_json(const ControlState& state, const std::string& model, const std::string& version);
Json jobs_json(const training::JobBoard& jobs, const std::string& model);
Json status_json(const ControlState& state, const std::vector<std::string>& models);

}  // namespace perennial::lifecycle
