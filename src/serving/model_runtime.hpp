#pragma once
// What a model keeps while its routing tables come and go.

#include <memory>

#include "serving/accounting.hpp"
#include "serving/feature_state.hpp"
#include "serving/recent_answers.hpp"
#include "serving/recent_rows.hpp"

namespace perennial::serving {

/// Shared by all routing tables of one model. Every member is thread-safe.
struct ModelRuntime {
  explicit ModelRuntime(std::size_t answers_remembered = kAnswersRemembered) : answers(answers_remembered) {}
  ModelRuntime(features::Deriver deriver, std::size_t answers_remembered = kAnswersRemembered)
      : features(std::move(deriver)), answers(answers_remembered) {}

  FeatureState features;
  Accounting accounting;
  RecentAnswers answers;
  RecentRows recent;
};

}  // namespace perennial::serving
