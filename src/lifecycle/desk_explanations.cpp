// What people ask about the past: who was in production, how a rollout came out and why, who answered what. All of it
// is read from journal and logs; the control lock is held only to copy what the loop changes.

#include <fmt/format.h>

#include "lifecycle/desk.hpp"
#include "lifecycle/prediction_account.hpp"
#include "lifecycle/production_history.hpp"
#include "lifecycle/rollout_account.hpp"

namespace perennial::lifecycle {
namespace {

registry::Registry registry_of(Fleet& fleet) {
  const auto lock = fleet.lock();
  return fleet.state().registry();
}

}  // namespace

Result<Json> Desk::history(const std::string& model, std::optional<TimePoint> at) const {
  TRY(check_model(model));
  return production_history(registry_of(*fleet_), fleet_->journal(), model, at, clock_->now());
}

Result<Json> Desk::explain_rollout(const std::string& model, const std::string& which) const {
  TRY(check_model(model));
  ASSIGN_OR_RETURN(const auto events, rollout_events(fleet_->journal(), model, which));
  Json account = rollout_account(registry_of(*fleet_), events);
  if (account.at("over").get<bool>()) return account;
  // What the present phase sees is in no event yet.
  const auto lock = fleet_->lock();
  ASSIGN_OR_RETURN(const ModelLoop* loop, fleet_->model(model));
  Json now = loop->rollout_progress(clock_->now());
  if (now.is_null() || now.at("rollout").at("id") != account.at("id")) return account;
  account["in_words"].push_back(
      fmt::format("now, {} and {} rows into this phase:", now.at("phase_for").get<std::string>(),
                  now.at("phase_rows").get<std::uint64_t>()));
  for (const auto& line : now.at("in_words")) account["in_words"].push_back("  " + line.get<std::string>());
  account["in_words"].push_back("  waits for: " + now.at("waits_for").get<std::string>());
  account["now"] = std::move(now);
  return account;
}

Result<Json> Desk::explain_prediction(const std::string& model, const std::string& id) const {
  TRY(check_model(model));
  const auto loaded = [&](const ModelVersion& version) -> Result<std::shared_ptr<const serving::Scorer>> {
    const auto table = fleet_->router().hold();
    const serving::ModelRoute* route = table->find(model);
    const serving::Servable* servable = route == nullptr ? nullptr : route->find(version.number.text());
    if (servable == nullptr || !servable->loaded())
      return fail(ErrorCode::conflict, "it is not loaded", version.number.text(), "ask again in a moment");
    return servable->scorer;
  };
  return prediction_account(*fleet_->options().files, feedback_folder(fleet_->options().data_dir, model),
                            registry_of(*fleet_), model, id, loaded);
}

}  // namespace perennial::lifecycle
