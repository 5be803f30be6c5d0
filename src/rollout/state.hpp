#pragma once
// Where a rollout stands: a fold over its journal events.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace perennial::rollout {

enum class Phase {
  shadow,  ///< the challenger answers nobody; its answers are compared
  canary,  ///< step `step` of the plan
  watch,   ///< promoted; the previous champion is shadow-scored and ready to come back
  completed,
  aborted,      ///< ended before the promotion; the champion never left
  rolled_back,  ///< ended after the promotion; the previous champion is back
};

std::string_view to_string(Phase phase);
inline bool is_over(Phase phase) {
  return phase == Phase::completed || phase == Phase::aborted || phase == Phase::rolled_back;
}

struct RolloutState {
  std::string id;
  std::string model;
  std::string challenger;  ///< version that is rolled out
  std::string champion;    ///< version it replaces; in `watch` the previous champion
  Phase phase = Phase::shadow;
  std::size_t step = 0;  ///< index into Plan::steps, meaningful in canary
  TimePoint started_at{};
  TimePoint phase_since{};  ///< start of the present phase or step
  std::uint64_t rows_at_start = 0;
  std::uint64_t rows_at_phase_start = 0;
  std::string salt;   ///< of the split; stable over the whole rollout
  double weight = 0;  ///< challenger's share of answers now: 0 in shadow, 1 from the promotion on
  friend bool operator==(const RolloutState&, const RolloutState&) = default;
};

Json to_json(const RolloutState& state);
/// Error: corrupt, naming the field.
Result<RolloutState> rollout_state_from_json(const Json& value);

}  // namespace perennial::rollout
