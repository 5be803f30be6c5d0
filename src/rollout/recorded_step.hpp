#pragma once
// What a step of a rollout was decided on, whole, so that anybody can decide it again: verdicts are pure functions of
// recorded evidence (I28), and this is the record. It stands in the journal beside the verdict, as `recorded`.

#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/result.hpp"
#include "rollout/decide.hpp"

namespace perennial::rollout {

struct RecordedStep {
  bool by_hand = false;  ///< asked by a person: step_by_hand(), else decide()
  Plan plan;             ///< that was in force; the config may have changed since the rollout was planned
  RolloutState before;
  Evidence evidence;  ///< of the phase of `before`
};

Json to_json(const RecordedStep& step);
/// Error: corrupt, naming the field.
Result<RecordedStep> recorded_step_from_json(const Json& value);

/// What to_json(Plan) gave. A field that is not there keeps its default. Error: corrupt, naming the field.
Result<Plan> plan_from_json(const Json& value);

struct Recomputation {
  Action action;
  /// One sentence for each thing that was journalled and does not follow from the record; empty where all does.
  std::vector<std::string> differences;
};

/// Pure. Decides the step again at `at`, the instant of its event, and compares with what the event's body tells: the
/// fields of to_json(Action), and the state after it (`rollout`) where the body has one.
Recomputation decide_again(const RecordedStep& step, TimePoint at, const Json& told);

}  // namespace perennial::rollout
