#include "rollout/recorded_step.hpp"

#include <fmt/format.h>

#include "rollout/evidence_json.hpp"

namespace perennial::rollout {
namespace {

std::unexpected<Error> bad(std::string_view key, std::string_view expected) {
  return fail(ErrorCode::corrupt, fmt::format("'{}' is not {}", key, expected), "recorded step");
}

bool is_count(const Json& value) {
  return value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() >= 0);
}

/// Reads one field of a plan; what is not there stays as it is.
Status read(const Json& value, const char* key, double& field) {
  const auto found = value.find(key);
  if (found == value.end()) return {};
  if (!found->is_number()) return bad(key, "a number");
  field = found->get<double>();
  return {};
}

Status read(const Json& value, const char* key, std::uint64_t& field) {
  const auto found = value.find(key);
  if (found == value.end()) return {};
  if (!is_count(*found)) return bad(key, "a count");
  field = found->get<std::uint64_t>();
  return {};
}

Status read(const Json& value, const char* key, bool& field) {
  const auto found = value.find(key);
  if (found == value.end()) return {};
  if (!found->is_boolean()) return bad(key, "a boolean");
  field = found->get<bool>();
  return {};
}

Status read(const Json& value, const char* key, Span& field) {
  const auto found = value.find(key);
  if (found == value.end()) return {};
  if (!found->is_string()) return bad(key, "a length");
  ASSIGN_OR_RETURN(field, parse_span(found->get<std::string>()));
  return {};
}

std::string shown(const Json& value) {
  return value.is_string() ? "'" + value.get<std::string>() + "'" : to_text(value);
}

}  // namespace

Result<Plan> plan_from_json(const Json& value) {
  if (!value.is_object()) return bad("plan", "an object");
  Plan plan;
  if (const auto strategy = value.find("strategy"); strategy != value.end()) {
    if (!strategy->is_string()) return bad("strategy", "a text");
    plan.strategy = strategy->get<std::string>();
  }
  if (const auto steps = value.find("steps"); steps != value.end()) {
    if (!steps->is_array()) return bad("steps", "a list");
    for (const auto& item : *steps) {
      if (!item.is_object()) return bad("steps", "a list of steps");
      Step& step = plan.steps.emplace_back();
      TRY(read(item, "weight", step.weight));
      TRY(read(item, "bake", step.bake));
    }
  }
  std::uint64_t keep = static_cast<std::uint64_t>(plan.keep);
  TRY(read(value, "shadow", plan.shadow));
  TRY(read(value, "min_samples", plan.min_samples));
  TRY(read(value, "max_regression", plan.max_regression));
  TRY(read(value, "confidence", plan.confidence));
  TRY(read(value, "latency_ms_p99", plan.latency_ms_p99));
  TRY(read(value, "error_rate", plan.error_rate));
  TRY(read(value, "keep", keep));
  TRY(read(value, "watch", plan.watch));
  TRY(read(value, "deadline", plan.deadline));
  TRY(read(value, "needs_approval", plan.needs_approval));
  TRY(read(value, "use_paired", plan.use_paired));
  TRY(read(value, "effect", plan.effect));
  TRY(read(value, "freeze_after", plan.freeze_after));
  TRY(read(value, "max_per_day", plan.max_per_day));
  if (const auto end = value.find("at_deadline"); end != value.end()) {
    if (*end != "archive" && *end != "quarantine") return bad("at_deadline", "archive or quarantine");
    plan.quarantine_at_deadline = *end == "quarantine";
  }
  plan.keep = static_cast<std::int64_t>(keep);
  return plan;
}

Json to_json(const RecordedStep& step) {
  return {{"by_hand", step.by_hand},
          {"plan", to_json(step.plan)},
          {"before", to_json(step.before)},
          {"evidence", to_json(step.evidence)}};
}

Result<RecordedStep> recorded_step_from_json(const Json& value) {
  if (!value.is_object()) return bad("recorded", "an object");
  const auto part = [&](const char* key) {
    const auto found = value.find(key);
    return found == value.end() ? Json() : *found;
  };
  RecordedStep step;
  TRY(read(value, "by_hand", step.by_hand));
  ASSIGN_OR_RETURN(step.plan, plan_from_json(part("plan")));
  ASSIGN_OR_RETURN(step.before, rollout_state_from_json(part("before")));
  ASSIGN_OR_RETURN(step.evidence, evidence_from_json(part("evidence")));
  return step;
}

Recomputation decide_again(const RecordedStep& step, TimePoint at, const Json& told) {
  Recomputation again;
  again.action = step.by_hand ? step_by_hand(step.plan, step.before, step.evidence)
                              : decide(step.plan, step.before, step.evidence, at);
  const auto compare = [&](const std::string& what, const Json& recorded, const Json& follows) {
    if (recorded != follows)
      again.differences.push_back(
          fmt::format("{}: {} is journalled, {} follows from the record", what, shown(recorded), shown(follows)));
  };
  const auto told_of = [&told](const std::string& key) {
    const auto found = told.find(key);
    return found == told.end() ? Json() : *found;
  };
  const Json action = to_json(again.action);
  for (const auto& [key, follows] : action.items()) compare(key, told_of(key), follows);
  if (const Json after = told_of("rollout"); after.is_object()) {
    const Json follows = to_json(apply(step.plan, step.before, again.action, at, step.evidence.rows_now));
    for (const auto& [key, value] : follows.items())
      compare("state after it, " + key, after.contains(key) ? after.at(key) : Json(), value);
  }
  return again;
}

}  // namespace perennial::rollout
