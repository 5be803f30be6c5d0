#include "lifecycle/fleet.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <random>

#include "core/catalog.hpp"
#include "core/hash.hpp"
#include "serving/paired_scorer.hpp"
#include "serving/probe.hpp"

namespace perennial::lifecycle {
namespace {

/// What a route is made of, so that an unchanged one is not installed again.
std::string key_of(const serving::ModelRoute& route) {
  std::string key = fmt::format("{}|{}", route.champion.digest, route.phase);
  if (route.challenger) key += fmt::format("|{}@{}", route.challenger->servable.digest, route.challenger->weight);
  for (const auto& shadow : route.shadows) key += "|s" + shadow.digest;
  for (const auto& warm : route.warm) key += "|w" + warm.digest;
  return key;
}

}  // namespace

Status Fleet::tick(TimePoint now) {
  for (const auto& [name, loop] : loops_) loop->keep_labels(now);  // first: it makes room on a full disk
  if (!resumed_ && !options_.virtual_time) TRY(resume_jobs(now));
  TRY(reconcile(now));
  // The executor gives each run once, and a tick may end early where the disk is full: the loops keep what they have.
  for (auto& run : executor_->poll(now)) {
    const auto* job = state_.jobs().find(run.job_id);
    if (job == nullptr) continue;
    if (const auto loop = loops_.find(job->model); loop != loops_.end()) loop->second->training_ended(std::move(run));
  }
  for (auto& [name, loop] : loops_) {
    loop->hold_rollouts(overrides_.contains(name));
    TRY(loop->tick(now));
  }
  TRY(apply(now));
  announce();
  keep_house(now);
  return {};
}

bool Fleet::is_disk_trouble(const Error& error) {
  return error.code == ErrorCode::disk_full || error.code == ErrorCode::io;
}

Status Fleet::apply(TimePoint now) {
  TRY(swap());
  return confirm_rollbacks(now);
}

Status Fleet::swap() {
  bool changed = false;
  for (const auto& [name, loop] : loops_) {
    if (!loop->configured()) continue;
    ASSIGN_OR_RETURN(serving::ModelRoute route, loop->route());
    if (const auto pending = overrides_.find(name); pending != overrides_.end()) {
      const auto* version = state_.registry().find(name, pending->second.version_to);
      if (version != nullptr) {
        ASSIGN_OR_RETURN(auto scorer, sessions_->get(*version));
        route.champion = {version->number.text(), version->artifact_digest,
                          serving::paired_where(options_.virtual_time, std::move(scorer))};
        route.challenger.reset();
        route.shadows.clear();
        std::erase_if(route.warm, [&](const auto& warm) { return warm.version == route.champion.version; });
      }
    }
    const std::string key = key_of(route);
    if (installed_[name] == key) continue;
    installed_[name] = key;
    routes_[name] = std::move(route);
    changed = true;
  }
  return changed ? install() : Status{};
}

Status Fleet::install() {
  auto table = std::make_shared<serving::RoutingTable>();
  table->epoch = ++epoch_;
  std::set<std::string> digests;
  for (const auto& [name, route] : routes_) {
    table->models.push_back(route);
    digests.insert(route.champion.digest);
    if (route.challenger) digests.insert(route.challenger->servable.digest);
    for (const auto& shadow : route.shadows) digests.insert(shadow.digest);
    for (const auto& warm : route.warm) digests.insert(warm.digest);
  }
  TRY(router_.install(std::move(table)));
  // Registered versions whose rollout is about to begin were just loaded, others are loading; they stay.
  for (const auto& name : model_names())
    for (const auto& [number, version] : state_.registry().versions(name))
      if (version.status == VersionStatus::registered || version.status == VersionStatus::shadow ||
          version.status == VersionStatus::canary)
        digests.insert(version.artifact_digest);
  sessions_->keep_only(digests);
  return {};
}

Status Fleet::confirm_rollbacks(TimePoint now) {
  while (!to_confirm_.empty()) {
    const Event event = to_confirm_.front();
    const std::string version = event.body.value("to", "");
    const auto evidence = serving::confirm(router_, event.model, version);
    const auto written = events_->write(now, {event.model,
                                              std::string(event_type::rollback_confirmed),
                                              {{"version", version},
                                               {"ok", evidence.ok()},
                                               {"rolled_back_seq", event.seq},
                                               {"finite", evidence.finite},
                                               {"routed", evidence.routed},
                                               {"rows", evidence.rows},
                                               {"problem", evidence.problem},
                                               {"row", loops_.at(event.model)->rows_seen()}}});
    if (!written && is_disk_trouble(written.error())) return {};
    if (!written) return std::unexpected(written.error());
    to_confirm_.erase(to_confirm_.begin());
    if (!evidence.ok()) loops_.at(event.model)->alert(*written, "a rollback could not be confirmed", evidence.problem);
  }
  return {};
}

void Fleet::announce() {
  for (const auto& [name, loop] : loops_)
    for (auto& alert : loop->take_alerts())
      // A refusal is counted by the outbox (`/metrics`), and the journal has the event.
      if (auto* box = outbox(name)) (void)box->send(std::move(alert));
}

std::optional<TimePoint> Fleet::next_due(TimePoint now) const {
  std::optional<TimePoint> earliest = executor_->next_end();
  for (const auto& [name, loop] : loops_)
    if (const auto due = loop->next_due(now); due && (!earliest || *due < *earliest)) earliest = due;
  return earliest;
}

Result<ModelLoop*> Fleet::model(const std::string& name) const {
  if (const auto found = loops_.find(name); found != loops_.end()) return found->second.get();
  return unknown_name("model", name, model_names(), {}, ErrorCode::not_found);
}

std::vector<std::string> Fleet::model_names() const {
  std::vector<std::string> names;
  for (const auto& model : config_.models) names.push_back(model.name);
  return names;
}

alerts::Outbox* Fleet::outbox(const std::string& model) const {
  const auto found = outboxes_.find(model);
  return found == outboxes_.end() ? nullptr : found->second.get();
}

std::string Fleet::trouble() const {
  if (overrides_.empty()) return {};
  return fmt::format("a rollback of '{}' is in effect but could not be journalled yet", overrides_.begin()->first);
}

}  // namespace perennial::lifecycle
