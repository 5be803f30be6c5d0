#pragma once
// Makes a learner by name. Only the trainer executable and the learners' tests call this: it pulls in XGBoost.

#include <memory>
#include <string>

#include "core/result.hpp"
#include "learners/learner.hpp"

namespace perennial::learners {

/// Error: config for a name that is not in catalog().
Result<std::unique_ptr<Learner>> make_learner(const std::string& name);

std::unique_ptr<Learner> make_xgboost();
std::unique_ptr<Learner> make_baseline();

/// The versions of the training libraries: {"xgboost": "1.7.4"}.
Json library_versions();

}  // namespace perennial::learners
