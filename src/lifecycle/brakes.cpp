// Where the loop stops and waits for a person: too many rollouts have begun, too many in a row were taken back, or a
// person's pin is in the way.

#include <fmt/format.h>

#include "lifecycle/model_loop.hpp"

namespace perennial::lifecycle {

Result<bool> ModelLoop::hold_back(const ModelVersion& version, TimePoint now) {
  std::string why;
  const auto& registry = services_.state->registry();
  if (const auto* champion = registry.champion(config_.name); champion != nullptr)
    if (const auto* pin = registry.pin(config_.name, champion->number))
      why = fmt::format("the champion {} is pinned (by {}, {}{}{})", champion->number.text(), pin->actor,
                        format_time(pin->at), pin->reason.empty() ? "" : ", ", pin->reason);
  if (why.empty()) why = rollout::braked(config_.rollout, state().rollouts, now);
  if (why.empty()) return false;
  if (state().held_back_version == version.number.text()) return true;
  ASSIGN_OR_RETURN(
      const Event event,
      services_.events->write(
          now, {config_.name,
                std::string(event_type::warning_raised),
                {{"what", held_back}, {"reason", why}, {"version", version.number.text()}, {"row", rows_seen()}}}));
  alert(event, std::string(held_back),
        why + "; the version waits. `perennial promote " + version.number.text() + "` lets its rollout begin");
  return true;
}

std::string ModelLoop::waits_for_person() const {
  const auto* version = cycle_version();
  if (version == nullptr || version->status != VersionStatus::registered ||
      state().held_back_version != version->number.text())
    return {};
  return fmt::format("version {0} is trained and held back: `perennial promote {0}` lets its rollout begin",
                     version->number.text());
}

Status ModelLoop::ask_approval(const rollout::Action& action, const rollout::RecordedStep& decided_on, TimePoint now) {
  if (state().approval_asked_in_phase == state().phase) return {};
  ASSIGN_OR_RETURN(const VersionNumber number, parse_version(decided_on.before.challenger));
  ASSIGN_OR_RETURN(const ModelVersion* version, services_.state->registry().get(config_.name, number));
  ASSIGN_OR_RETURN(const Event event,
                   services_.events->write(now, {config_.name,
                                                 std::string(event_type::approval_requested),
                                                 {{"id", decided_on.before.id},
                                                  {"version", number.text()},
                                                  {"digest", version->artifact_digest},
                                                  {"reason", action.reason},
                                                  {"measured", rollout::to_json(action).at("measured")},
                                                  {"evidence", rollout::explain(config_.rollout, decided_on.evidence)},
                                                  {"row", rows_seen()}}}));
  alert(event, "a promotion waits for approval",
        fmt::format("{} (artifact {})", action.reason, registry::short_hash(version->artifact_digest)));
  return {};
}

Result<bool> ModelLoop::hold_rollback(const rollout::Action& action, const rollout::RecordedStep& decided_on,
                                      TimePoint now) {
  auto target = services_.state->registry().automatic_rollback_target(config_.name);
  if (target) {
    ASSIGN_OR_RETURN(const ModelVersion* version, services_.state->registry().get(config_.name, *target));
    const auto scorer = services_.sessions->get(*version);
    if (scorer) return false;
    target = std::unexpected(scorer.error());
  }
  if (state().rollback_held_in_phase == state().phase) return true;
  ASSIGN_OR_RETURN(const Event event, services_.events->write(now, {config_.name,
                                                                    std::string(event_type::warning_raised),
                                                                    {{"what", rollback_held},
                                                                     {"reason", action.reason},
                                                                     {"why_not", target.error().what},
                                                                     {"version", champion_text()},
                                                                     {"recorded", rollout::to_json(decided_on)},
                                                                     {"row", rows_seen()}}}));
  alert(event, std::string(rollback_held), fmt::format("{}; but {}", action.reason, target.error().message()));
  return true;
}

}  // namespace perennial::lifecycle
