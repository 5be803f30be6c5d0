#pragma once
// Asks one version for some rows of a batch, and finds out which rows fail where the batch as a whole does.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "feedback/record.hpp"
#include "serving/scorer.hpp"

namespace perennial::serving {

/// Failing runs per batch that are spent on finding the rows at fault; the rows left then count as failed.
inline constexpr std::size_t kFailingRunsMost = 64;

struct ScoringResult {
  std::size_t asked = 0;
  std::size_t failed = 0;      ///< rows without a finite answer
  std::size_t non_finite = 0;  ///< of these: the answer came, but was not finite
  double elapsed_us = -1;      ///< of all runs; < 0 where not measured
  std::optional<Error> error;  ///< the first one
};

/// A version's answers for `rows` rows, none of them scored yet.
feedback::ScoredVersion unscored(std::string version, feedback::Arm arm, std::size_t rows, std::size_t width);

/// Scores the rows in `wanted` (all rows where it has as many entries as the batch) into `answers`, which has the
/// batch's rows; wanted rows that fail get failed = 1 and NaN.
ScoringResult score_rows(const Scorer& scorer, const features::InputBatch& batch, std::span<const std::size_t> wanted,
                         feedback::ScoredVersion& answers, bool measure);

/// The named rows of a batch.
features::InputBatch pick(const features::InputBatch& batch, std::span<const std::size_t> rows);

}  // namespace perennial::serving
