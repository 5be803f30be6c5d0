#pragma once
// The learners that `train.algorithm` may name, and what can be set. Holds no training code: the server links this, the
// training libraries only the trainer executable.

#include <cstdint>
#include <string>
#include <vector>

#include "core/catalog.hpp"
#include "core/json.hpp"
#include "core/result.hpp"

namespace perennial::learners {

enum class ParameterType { integer, number, boolean, choice };

/// One parameter with the bounds that check_parameters() enforces.
struct LearnerParameter {
  std::string name;
  ParameterType type = ParameterType::number;
  Json default_value;  ///< null: not set (no cap, the objective of the task)
  double least = 0;    ///< inclusive unless `open_below`
  double most = 0;
  bool open_below = false;
  std::vector<std::string> choices;  ///< of a choice
  std::string unit;
  std::string help;
};

struct LearnerEntry {
  CatalogEntry entry;  ///< derived from `parameters`, for `perennial list learners`
  std::vector<LearnerParameter> parameters;
};

/// xgboost (boosted trees) and baseline (the null member: mean or class shares).
const Catalog<LearnerEntry>& catalog();

/// `given` with the defaults filled in: a JSON object with every parameter of the learner. `where` is put into errors.
/// Errors: config (unknown learner or parameter with the nearest known one, wrong type, out of range).
Result<Json> check_parameters(const std::string& learner, const Json& given, const std::string& where = {});

}  // namespace perennial::learners
