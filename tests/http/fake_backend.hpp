#pragma once
// A backend with known answers, for tests of what stands in front of it.

#include <atomic>
#include <chrono>
#include <limits>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "http/route.hpp"

namespace perennial::http {

class FakeBackend final : public api::Predictions, public api::Labels, public api::Operations, public api::Queries {
 public:
  Backends backends() { return {this, this, this, this}; }

  Result<api::PredictAnswer> predict(const api::PredictRequest& request) override {
    if (request.model == "broken")
      return fail(ErrorCode::io, "can't read /var/lib/perennial/secret.onnx (pid 4711)", "/var/lib/perennial",
                  "see /var/log");
    if (request.model != "turbofan")
      return fail(ErrorCode::not_found, "no model '" + request.model + "'", "", "known models: turbofan");
    if (request.version && *request.version != "1.0.0")
      return fail(ErrorCode::not_found, "no version '" + *request.version + "'", "turbofan");
    predicted += request.instances.size();
    {
      const std::lock_guard lock(mutex);
      last_request = request;
    }
    api::PredictAnswer answer;
    answer.targets = {{"rul", Task::regression, {}}, {"health", Task::binary, {"critical", "healthy"}}};
    for (const auto& instance : request.instances) {
      const float value = instance.features.empty() ? 0.0f : static_cast<float>(instance.features[0].number);
      answer.predictions.push_back(
          {instance.id.value_or("made-by-server"), "1.0.0", "champion", {value, 0.25f, 0.75f}});
    }
    return answer;
  }

  Result<api::LabelsAnswer> label(const std::string& model, const std::vector<api::Label>& labels) override {
    if (model != "turbofan") return fail(ErrorCode::not_found, "no model '" + model + "'");
    if (label_pause.count() > 0) std::this_thread::sleep_for(label_pause);
    const std::lock_guard lock(mutex);
    last_labels = labels;
    return api::LabelsAnswer{labels.size(), 0, 0};
  }

  Result<api::TriggerAnswer> trigger(const std::string& model, const api::TriggerEvent& event,
                                     const api::CommandContext& context) override {
    if (model != "turbofan") return fail(ErrorCode::not_found, "no model '" + model + "'");
    const std::lock_guard lock(mutex);
    last_event = event;
    last_context = context;
    return api::TriggerAnswer{true, "asked for", "job-1"};
  }
  Result<Json> rollback(const std::string& model, std::optional<std::string> to,
                        const api::CommandContext& context) override {
    if (model != "turbofan") return fail(ErrorCode::conflict, "no previous version", model, "nothing to go back to");
    const std::lock_guard lock(mutex);
    last_context = context;
    return Json{{"from", "1.0.1"}, {"to", to.value_or("1.0.0")}, {"confirmed", true}, {"at", "2026-11-21T09:30:00Z"}};
  }
  Result<Json> promote(const std::string& model, const std::string& version, bool,
                       const api::CommandContext&) override {
    if (model != "turbofan") return fail(ErrorCode::not_found, "no model '" + model + "'");
    return Json{{"version", version}, {"at", "2026-11-21T09:30:00Z"}};
  }
  Result<Json> pin(const std::string& model, const std::string& version, bool release,
                   const api::CommandContext&) override {
    if (model != "turbofan") return fail(ErrorCode::not_found, "no model '" + model + "'");
    return Json{{"version", version}, {"pinned", !release}, {"at", "2026-11-21T09:30:00Z"}};
  }
  Result<Json> approve(const std::string& model, const std::string& version, const std::string&,
                       const api::CommandContext&) override {
    if (model != "turbofan") return fail(ErrorCode::not_found, "no model '" + model + "'");
    return Json{{"version", version}, {"digest", std::string(64, 'a')}, {"at", "2026-11-21T09:30:00Z"}};
  }
  Result<Json> prune(const std::string& model, bool dry_run, const api::CommandContext&) override {
    if (model != "turbofan") return fail(ErrorCode::not_found, "no model '" + model + "'");
    return Json{{"model", model},
                {"dry_run", dry_run},
                {"keep", 3},
                {"versions", {"1.0.0"}},
                {"blobs", {{{"version", "1.0.0"}, {"what", "graph"}, {"digest", std::string(64, 'a')}, {"bytes", 7}}}},
                {"bytes", 7},
                {"labels", {{"segments", 2}, {"bytes", 9}}}};
  }

  Json status() const override {
    return {{"models",
             {{{"model", "turbofan"},
               {"champion", "1.0.1"},
               {"challenger", "1.0.2"},
               {"rollout", rollout_now()},
               {"jobs", {{"running", 1}}},
               {"last_event", events_stored()}}}}};
  }
  Result<Json> versions(const std::string& model) const override {
    if (model != "turbofan") return fail(ErrorCode::not_found, "no model '" + model + "'");
    return Json::array({version("1.0.2", "canary", "drift of s11, s4 and s12 (PSI 0.41)", 11.2),
                        version("1.0.1", "production", "10000 new labelled rows", 11.9),
                        version("1.0.0", "archived", "the first version", 14.1)});
  }
  Result<Json> show(const std::string& model, const std::string& number) const override {
    if (model != "turbofan" || number != "1.0.1")
      return fail(ErrorCode::not_found, "no version '" + number + "'", model);
    return version("1.0.1", "production", "10000 new labelled rows", 11.9);
  }
  Result<Json> jobs(std::optional<std::string>) const override {
    return Json::array({{{"id", "job-1"},
                         {"strategy", "triggered"},
                         {"model", "turbofan"},
                         {"trigger", "drift"},
                         {"reason", "s11 drifted"},
                         {"priority", 3},
                         {"created_at", "2026-11-21T09:30:00Z"},
                         {"status", "running"},
                         {"result", Json::object()}}});
  }
  Result<Json> job_stats() const override { return Json{{"queued", 0}, {"running", 1}, {"completed", 2}}; }
  Result<Json> performance(const std::string& model) const override {
    if (model != "turbofan") return fail(ErrorCode::not_found, "no model '" + model + "'");
    const Json estimate = {{"value", 11.9}, {"standard_error", 0.4}, {"n", 480}};
    return Json{
        {"model", model},
        {"at", "2026-11-21T09:30:00Z"},
        {"primary", "rul.rmse"},
        {"champion", "1.0.1"},
        {"labels", {{"age", "0s"}, {"coverage", 1.0}, {"comparable", true}, {"reason", nullptr}}},
        {"versions",
         {{{"version", "1.0.1"}, {"windows", {{"24h", {{"rows", 480}, {"metrics", {{"rul.rmse", estimate}}}}}}}}}},
        {"restated", Json::array()}};
  }
  Result<Json> drift(const std::string& model) const override {
    if (model != "turbofan") return fail(ErrorCode::not_found, "no model '" + model + "'");
    return Json{{"drift", true}, {"drift_share", 0.4}, {"columns", Json::array()}};
  }
  Result<Json> rollout(const std::string& model) const override {
    if (model != "turbofan") return fail(ErrorCode::not_found, "no model '" + model + "'");
    return rollout_now();
  }
  Result<Json> history(const std::string& model, std::optional<TimePoint> at) const override {
    if (model != "turbofan") return fail(ErrorCode::not_found, "no model '" + model + "'");
    const Json stay = {{"version", "1.0.1"},
                       {"from", "2026-11-20T03:00:00Z"},
                       {"until", nullptr},
                       {"how", "promoted"},
                       {"reason", "better"},
                       {"evidence", "loss better by 2.2 against 14.1 of the champion"},
                       {"asked_by", {{"who", "policy"}, {"name", "drift"}, {"because", "s11 drifted"}}},
                       {"rollout", "r-1"},
                       {"event", 17},
                       {"ended", nullptr},
                       {"in_words", "1.0.1 from 2026-11-20T03:00:00Z until now"}};
    if (!at)
      return Json{
          {"model", model}, {"history", Json::array({stay})}, {"left_off", 0}, {"in_words", "1 stays in production"}};
    return Json{{"model", model},
                {"at", format_time(*at)},
                {"version", "1.0.1"},
                {"stay", stay},
                {"in_words", "1.0.1 from 2026-11-20T03:00:00Z until now"}};
  }
  Result<Json> explain_rollout(const std::string& model, const std::string& which) const override {
    if (model != "turbofan" || (!which.empty() && which != "r-1" && which != "1.0.1"))
      return fail(ErrorCode::not_found, "no rollout '" + which + "'", model, "newest: r-1 (1.0.1)");
    return Json{{"model", model},
                {"id", "r-1"},
                {"version", "1.0.1"},
                {"champion", "1.0.0"},
                {"began", "2026-11-19T03:00:00Z"},
                {"plan", Json::object()},
                {"plan_in_words", Json::array()},
                {"steps", Json::array({Json{{"phase", "shadow"}, {"again", {{"outcome", "same"}}}}})},
                {"outcome", "completed: promoted, and its watch is over"},
                {"over", true},
                {"in_words", {"rollout r-1 of version 1.0.1"}}};
  }
  Result<Json> explain_prediction(const std::string& model, const std::string& id) const override {
    if (model != "turbofan" || id.starts_with("unknown"))
      return fail(ErrorCode::not_found, "no prediction '" + id + "'", model, "looked at 12 predictions in 1 segments");
    return Json{{"model", model},
                {"id", id},
                {"at", "2026-11-20T03:00:00Z"},
                {"entity", nullptr},
                {"version", "1.0.0"},
                {"arm", "champion"},
                {"features", {{"s1", 1.5}}},
                {"derived", Json::object()},
                {"outputs", {{"rul", {{"value", 12}}}}},
                {"also_scored", Json::array()},
                {"labels", Json::array()},
                {"today", {{"version", "1.0.1"}}},
                {"looked_at", {{"rows", 12}}},
                {"in_words", {"prediction"}}};
  }
  Json catalog() const override { return {{"detectors", {{{"name", "psi"}}}}}; }

  std::vector<Event> events(std::uint64_t after, std::size_t most, const std::string& model) const override {
    const std::lock_guard lock(mutex);
    std::vector<Event> found;
    for (const auto& event : stored)
      if (event.seq > after && found.size() < most && (model.empty() || event.model == model)) found.push_back(event);
    return found;
  }
  std::uint64_t subscribe(std::function<void(const Event&)> listener) override {
    const std::lock_guard lock(listeners_mutex);
    listeners[++next_listener] = std::move(listener);
    return next_listener;
  }
  void unsubscribe(std::uint64_t id) override {
    const std::lock_guard lock(listeners_mutex);
    listeners.erase(id);
  }
  bool ready(std::string& why_not) const override {
    if (!is_ready) why_not = "turbofan has no version yet";
    return is_ready;
  }
  bool alive() const override { return true; }
  std::string metrics() const override {
    return "# HELP perennial_models Models.\n# TYPE perennial_models gauge\nperennial_models 1\n";
  }

  void add_event(const std::string& type, Json body, const std::string& model = "turbofan") {
    Event event;
    {
      const std::lock_guard lock(mutex);
      event.seq = stored.size() + 1;
      event.at =
          TimePoint(std::chrono::hours(24 * 20778) + std::chrono::minutes(9 * 60 + static_cast<long>(event.seq) * 7));
      event.model = model;
      event.type = type;
      event.body = std::move(body);
      event.hash = std::string(64, 'a');
      stored.push_back(event);
    }
    const std::lock_guard lock(listeners_mutex);
    for (const auto& [id, listener] : listeners) listener(event);
  }

  mutable std::mutex mutex;
  std::vector<Event> stored;
  api::PredictRequest last_request;
  std::vector<api::Label> last_labels;
  api::TriggerEvent last_event;
  api::CommandContext last_context;
  std::atomic<std::size_t> predicted{0};
  std::atomic<bool> is_ready{true};
  std::chrono::milliseconds label_pause{0};
  std::mutex listeners_mutex;
  std::map<std::uint64_t, std::function<void(const Event&)>> listeners;
  std::uint64_t next_listener = 0;

 private:
  std::uint64_t events_stored() const {
    const std::lock_guard lock(mutex);
    return stored.size();
  }
  static Json version(const std::string& number, const std::string& status, const std::string& why, double rmse) {
    return {{"model", "turbofan"},
            {"version", number},
            {"status", status},
            {"run_id", "5f0c"},
            {"data_version", "2026-11-20"},
            {"config_hash", "aa"},
            {"metrics", {{"rul.rmse", rmse}, {"health.accuracy", 0.953}}},
            {"champion_metrics", Json::object()},
            {"parent", nullptr},
            {"changelog", why},
            {"training_date", "2026-11-20T02:00:00Z"},
            {"deployed_at", nullptr}};
  }
  static Json rollout_now() {
    return {{"phase", "canary"},
            {"weight", 0.25},
            {"step", 1},
            {"champion", "1.0.1"},
            {"challenger", "1.0.2"},
            {"evidence",
             {{"challenger", {{"requests", 4210}, {"errors", 0}, {"latency_ms_p99", 1.84}}},
              {"champion", {{"requests", 12630}, {"errors", 1}, {"latency_ms_p99", 1.79}}},
              {"targets",
               {{"rul",
                 {{"verdict", "pass"},
                  {"rows", 1204},
                  {"loss_champion", 141.6},
                  {"loss_difference", -16.2},
                  {"reason", "loss better by 16.2 against 141.6 of the champion (1204 paired rows, p 1)"}}},
                {"health",
                 {{"verdict", "inconclusive"},
                  {"rows", 804},
                  {"loss_champion", 0.047},
                  {"loss_difference", 0.0012},
                  {"reason", "804 of 1000 labelled evaluations in this phase"}}}}}}}};
  }
};

}  // namespace perennial::http
