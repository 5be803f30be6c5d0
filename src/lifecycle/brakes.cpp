// Holds a version back where too many rollouts have begun, or too many in a row were taken back.

#include "lifecycle/model_loop.hpp"

namespace perennial::lifecycle {

Result<bool> ModelLoop::hold_back(const ModelVersion& version, TimePoint now) {
  const std::string why = rollout::braked(config_.rollout, state().rollouts, now);
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

}  // namespace perennial::lifecycle
