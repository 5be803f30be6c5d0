#include "rollout/state.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace perennial::rollout {
namespace {

constexpr std::array phases = {Phase::shadow,    Phase::canary,  Phase::watch,
                               Phase::completed, Phase::aborted, Phase::rolled_back};

std::unexpected<Error> bad(std::string_view key, std::string_view expected) {
  return fail(ErrorCode::corrupt, fmt::format("'{}' is not {}", key, expected), "rollout state");
}

Result<std::string> read_text(const Json& value, const char* key) {
  const auto found = value.find(key);
  if (found == value.end() || !found->is_string()) return bad(key, "a text");
  return found->get<std::string>();
}

Result<std::uint64_t> read_count(const Json& value, const char* key) {
  const auto found = value.find(key);
  if (found == value.end() || !found->is_number_integer() || found->get<std::int64_t>() < 0) return bad(key, "a count");
  return found->get<std::uint64_t>();
}

}  // namespace

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::shadow: return "shadow";
    case Phase::canary: return "canary";
    case Phase::watch: return "watch";
    case Phase::completed: return "completed";
    case Phase::aborted: return "aborted";
    case Phase::rolled_back: return "rolled_back";
  }
  return "aborted";
}

Json to_json(const RolloutState& state) {
  return {{"id", state.id},
          {"model", state.model},
          {"challenger", state.challenger},
          {"champion", state.champion},
          {"phase", std::string(to_string(state.phase))},
          {"step", state.step},
          {"started_at", format_time(state.started_at)},
          {"phase_since", format_time(state.phase_since)},
          {"rows_at_start", state.rows_at_start},
          {"rows_at_phase_start", state.rows_at_phase_start},
          {"salt", state.salt},
          {"weight", state.weight}};
}

Result<RolloutState> rollout_state_from_json(const Json& value) {
  if (!value.is_object()) return fail(ErrorCode::corrupt, "not an object", "rollout state");
  RolloutState state;
  ASSIGN_OR_RETURN(state.id, read_text(value, "id"));
  ASSIGN_OR_RETURN(state.model, read_text(value, "model"));
  ASSIGN_OR_RETURN(state.challenger, read_text(value, "challenger"));
  ASSIGN_OR_RETURN(state.champion, read_text(value, "champion"));
  ASSIGN_OR_RETURN(const std::string phase, read_text(value, "phase"));
  bool known = false;
  for (const Phase candidate : phases) {
    if (to_string(candidate) != phase) continue;
    state.phase = candidate;
    known = true;
  }
  if (!known) return bad("phase", "a phase");
  ASSIGN_OR_RETURN(state.step, read_count(value, "step"));
  ASSIGN_OR_RETURN(const std::string started_at, read_text(value, "started_at"));
  ASSIGN_OR_RETURN(state.started_at, parse_time(started_at));
  ASSIGN_OR_RETURN(const std::string since, read_text(value, "phase_since"));
  ASSIGN_OR_RETURN(state.phase_since, parse_time(since));
  ASSIGN_OR_RETURN(state.rows_at_start, read_count(value, "rows_at_start"));
  ASSIGN_OR_RETURN(state.rows_at_phase_start, read_count(value, "rows_at_phase_start"));
  ASSIGN_OR_RETURN(state.salt, read_text(value, "salt"));
  const auto weight = value.find("weight");
  if (weight == value.end() || !weight->is_number()) return bad("weight", "a number");
  state.weight = weight->get<double>();
  if (!(state.weight >= 0 && state.weight <= 1)) return bad("weight", "from 0 to 1");
  return state;
}

}  // namespace perennial::rollout
