#include <fmt/format.h>

#include "core/catalog.hpp"
#include "lifecycle/desk.hpp"
#include "lifecycle/families.hpp"

namespace perennial::lifecycle {

namespace {

/// Those that the impact report does not know (a joint test, a column that is gone) keep their order at the end.
std::vector<std::string> by_effect(const drift::ImpactReport& impact, const std::vector<std::string>& drifting) {
  std::vector<std::string> ordered;
  for (const auto& column : impact.columns)
    if (std::ranges::find(drifting, column.column) != drifting.end()) ordered.push_back(column.column);
  for (const auto& name : drifting)
    if (std::ranges::find(ordered, name) == ordered.end()) ordered.push_back(name);
  return ordered;
}

Json pin_json(const registry::Pin* pin) {
  if (pin == nullptr) return nullptr;
  return {{"at", format_time(pin->at)}, {"actor", pin->actor}, {"reason", pin->reason}};
}

/// What was promised about false alarms, and what the monitor would have raised on the champion's own training rows.
Json budget_told(const ModelLoop& loop, const ModelVersion* champion) {
  const auto& monitor = loop.config().monitor;
  if (!monitor.budget.stated()) return nullptr;
  Json told = {{"alarms", monitor.budget.alarms},
               {"per", format_span(monitor.budget.per)},
               {"level", monitor.report_level()},
               {"rehearsal", nullptr}};
  if (champion == nullptr) return told;
  const auto& known = loop.state().calibrations;
  const auto of_champion = known.find(champion->number.text());
  if (of_champion == known.end()) return told;
  const auto looks = of_champion->second.value("looks_rehearsed", std::uint64_t{0});
  if (looks == 0) return told;
  const auto alarms = of_champion->second.value("alarms_rehearsed", std::uint64_t{0});
  const double looks_promised = monitor.budget.alarms / monitor.report_level();  // in the time of the budget
  told["rehearsal"] = {{"level", of_champion->second.value("level", monitor.report_level())},
                       {"looks", looks},
                       {"alarms", alarms},
                       {"alarms_per", static_cast<double>(alarms) / static_cast<double>(looks) * looks_promised}};
  return told;
}

Json version_json(const registry::Registry& registry, const ModelVersion& version) {
  Json json = to_json(version);
  json["pinned"] = pin_json(registry.pin(version.model, version.number));
  json["artifact_collected"] = registry.is_collected(version.model, version.number);
  return json;
}

}  // namespace

Json versions_json(const registry::Registry& registry, const std::string& model) {
  Json list = Json::array();
  const auto& versions = registry.versions(model);
  for (auto it = versions.rbegin(); it != versions.rend(); ++it) list.push_back(version_json(registry, it->second));
  return list;
}

Result<Json> show_json(const ControlState& state, const std::string& model, const std::string& text) {
  ASSIGN_OR_RETURN(const VersionNumber number, parse_version(text));
  ASSIGN_OR_RETURN(const ModelVersion* version, state.registry().get(model, number));
  Json json = version_json(state.registry(), *version);
  json["config_hash_short"] = registry::short_hash(version->config_hash);
  Json deployments = Json::array();
  for (const auto& stay : state.registry().deployments(model))
    if (stay.version == number)
      deployments.push_back({{"from", format_time(stay.from)},
                             {"until", stay.until ? Json(format_time(*stay.until)) : Json(nullptr)},
                             {"reason", stay.reason},
                             {"end_cause", stay.end_cause},
                             {"is_rollback", stay.is_rollback},
                             {"evidence_overridden", stay.evidence_overridden}});
  json["deployments"] = deployments;
  // What its trees gained by which column, and how differently its parent weighed them.
  const auto& importances = state.model(model).importances;
  json["importance"] = Json::object();
  json["importance_shift"] = Json::object();
  if (const auto own = importances.find(text); own != importances.end()) {
    json["importance"] = own->second;
    const auto parent = version->parent ? importances.find(version->parent->text()) : importances.end();
    if (parent != importances.end())
      for (const auto& [target, now] : own->second)
        if (const auto before = parent->second.find(target); before != parent->second.end())
          json["importance_shift"][target] = stats::importance_shift(before->second, now);
  }
  return json;
}

Json jobs_json(const training::JobBoard& jobs, const std::string& model) {
  Json list = Json::array();
  for (const auto& job : jobs.list(model)) list.push_back(training::to_json(job));
  return list;
}

Json status_json(const ControlState& state, const std::vector<std::string>& models) {
  Json list = Json::array();
  for (const auto& name : models) {
    const ModelState& model = state.model(name);
    const auto* champion = state.registry().champion(name);
    Json row = {
        {"model", name},
        {"champion", champion != nullptr ? Json(champion->number.text()) : Json(nullptr)},
        {"champion_since",
         champion != nullptr && champion->deployed_at ? Json(format_time(*champion->deployed_at)) : Json(nullptr)},
        {"champion_pinned", champion != nullptr ? pin_json(state.registry().pin(name, champion->number)) : Json()},
        {"challenger", nullptr},
        {"rollout", nullptr},
        {"drifting_columns", model.drifting_columns},
        {"decayed", model.decayed},
        {"estimated_decay", model.estimated_decay ? *model.estimated_decay : Json(nullptr)},
        {"versions", state.registry().versions(name).size()},
        {"job", nullptr},
        {"advised", model.advised ? Json{{"policy", model.advised->value("policy", "")},
                                         {"reason", model.advised->value("reason", "")}}
                                  : Json(nullptr)},
        {"last_event", model.last_seq}};
    if (model.rollout) {
      row["rollout"] = rollout::to_json(*model.rollout);
      if (model.rollout->phase != rollout::Phase::watch) row["challenger"] = model.rollout->challenger;
    }
    if (const auto* job = state.jobs().running_of(name)) row["job"] = training::to_json(*job);
    else if (const auto* queued = state.jobs().queued_of(name)) row["job"] = training::to_json(*queued);
    list.push_back(std::move(row));
  }
  return {{"models", list}};
}

Status Desk::check_model(const std::string& model) const {
  const auto names = fleet_->model_names();
  if (std::find(names.begin(), names.end(), model) != names.end()) return {};
  return unknown_name("model", model, names, {}, ErrorCode::not_found);
}

Json Desk::status() const {
  const auto lock = fleet_->lock();
  Json status = status_json(fleet_->state(), fleet_->model_names());
  for (auto& row : status["models"]) {
    const auto loop = fleet_->model(row["model"].get<std::string>());
    if (!loop || !(*loop)->configured()) continue;
    const auto counts = (*loop)->joiner_counts();
    row["predictions"] = (*loop)->rows_seen();
    row["labels"] = (*loop)->rows_labelled();
    row["pending_labels"] = counts.pending;
    row["primary"] = (*loop)->config().primary;
    row["current"] = nullptr;
    row["estimate"] = to_json((*loop)->early_warning().newest);
    if (!row["champion"].is_null())
      if (const auto estimate = (*loop)->current(row["champion"].get<std::string>(), (*loop)->config().primary))
        row["current"] = estimate->value;
    // Whether the labels that are there say anything about the rows that have none.
    row["labels_comparable"] = (*loop)->newest_labels().comparable;
    row["windows"] = Json::object();
    if (!row["champion"].is_null())
      for (const MetricWindow window : metric_windows)
        if (const auto estimate = (*loop)->window_metric(row["champion"].get<std::string>(), (*loop)->config().primary,
                                                         window, clock_->now()))
          row["windows"][std::string(to_string(window))] = {
              {"value", estimate->value}, {"standard_error", estimate->standard_error}, {"n", estimate->n}};
    if (const Json progress = (*loop)->rollout_progress(clock_->now()); !progress.is_null())
      for (const char* key : {"evidence", "findings", "outputs", "phase_for", "phase_rows", "waits_for", "in_words"})
        row["rollout"][key] = progress.at(key);
  }
  status["trouble"] = fleet_->trouble();
  return status;
}

Result<Json> Desk::versions(const std::string& model) const {
  TRY(check_model(model));
  const auto lock = fleet_->lock();
  return versions_json(fleet_->state().registry(), model);
}

Result<Json> Desk::show(const std::string& model, const std::string& version) const {
  TRY(check_model(model));
  const auto lock = fleet_->lock();
  return show_json(fleet_->state(), model, version);
}

Result<Json> Desk::jobs(std::optional<std::string> model) const {
  if (model) TRY(check_model(*model));
  const auto lock = fleet_->lock();
  return jobs_json(fleet_->state().jobs(), model.value_or(""));
}

Result<Json> Desk::job_stats() const {
  const auto lock = fleet_->lock();
  return fleet_->state().jobs().stats();
}

Result<Json> Desk::drift(const std::string& model) const {
  const auto lock = fleet_->lock();
  ASSIGN_OR_RETURN(const ModelLoop* loop, fleet_->model(model));
  Json json = {{"model", model},
               {"report", nullptr},
               {"decay", Json::array()},
               {"drifting_columns", loop->state().drifting_columns}};
  if (loop->newest_drift()) json["report"] = perennial::to_json(*loop->newest_drift());
  json["alarm_budget"] = budget_told(*loop, fleet_->state().registry().champion(model));
  json["labels"] = drift::to_json(loop->newest_labels());
  json["quality"] = drift::quality::to_json(loop->newest_quality());
  json["cause"] = std::string(drift::quality::to_string(loop->newest_triage().cause));
  json["in_words"] = loop->newest_triage().sentence;
  json["quarantined"] = loop->state().quarantines.reason();
  json["answers"] = perennial::to_json(loop->early_warning().newest_answers);
  json["importance"] = importance_told(loop->config()) ? perennial::to_json(loop->newest_importance()) : Json(nullptr);
  json["estimate"] = to_json(loop->early_warning().newest);
  json["estimated_decay"] = loop->state().estimated_decay ? *loop->state().estimated_decay : Json(nullptr);
  json["impact"] = nullptr;
  if (const auto& impact = loop->early_warning().impact) {
    json["impact"] = drift::to_json(*impact);
    // Where it can be estimated, the first is the one that costs most, not the one that moved most.
    json["report"]["drifting_columns"] = by_effect(*impact, loop->newest_drift()->drifting_columns);
  }
  for (const auto& report : loop->newest_decay()) json["decay"].push_back(perennial::to_json(report));
  return json;
}

Result<Json> Desk::performance(const std::string& model) const {
  TRY(check_model(model));
  const auto lock = fleet_->lock();
  ASSIGN_OR_RETURN(const ModelLoop* loop, fleet_->model(model));
  return loop->performance(clock_->now());
}

Result<Json> Desk::rollout(const std::string& model) const {
  const auto lock = fleet_->lock();
  ASSIGN_OR_RETURN(const ModelLoop* loop, fleet_->model(model));
  Json progress = loop->rollout_progress(clock_->now());
  return progress.is_null() ? Json{{"model", model}, {"rollout", nullptr}} : progress;
}

Json Desk::catalog() const {
  Json all = Json::object();
  for (const auto& name : family_names())
    if (const auto entries = family(name)) all[name] = to_json(*entries);
  return all;
}

std::vector<Event> Desk::events(std::uint64_t after, std::size_t most, const std::string& model) const {
  const auto lock = fleet_->lock();
  auto events = fleet_->journal().range(after, most, model);
  return events ? std::move(*events) : std::vector<Event>{};
}

std::uint64_t Desk::subscribe(std::function<void(const Event&)> listener) {
  return fleet_->events().subscribe(std::move(listener));
}
void Desk::unsubscribe(std::uint64_t id) { fleet_->events().unsubscribe(id); }

bool Desk::alive() const {
  const std::int64_t last = last_tick_us_;
  return last == 0 ||
         clock_->now().time_since_epoch().count() - last < std::max(most_silent, 3 * fleet_->config().tick).count();
}

bool Desk::ready(std::string& why_not) const {
  if (draining_) {
    why_not = "the server is stopping";
    return false;
  }
  const auto table = fleet_->router().hold();
  for (const auto& name : fleet_->model_names()) {
    const auto* route = table->find(name);
    if (route != nullptr && route->champion.loaded()) continue;
    why_not = fmt::format("model '{}' has no version yet", name);
    return false;
  }
  return true;
}

}  // namespace perennial::lifecycle
