#pragma once
// A model's answers, and the truths, as columns that the batch detectors take like any other.

#include <string_view>
#include <vector>

#include "core/reports.hpp"
#include "core/signature.hpp"
#include "core/table.hpp"
#include "drift/reference.hpp"
#include "drift/settings.hpp"

namespace perennial::drift {

inline constexpr std::string_view prediction_prefix = "prediction:";
inline constexpr std::string_view target_prefix = "target:";

/// "prediction:<target>": the value of a regression, the probability of the second class of two, the class that is said
/// where there are more.
Table prediction_columns(const std::vector<Target>& targets, const Outputs& outputs);
/// "target:<target>": the value of a regression, else the class. NaN, and a class that the target does not have, are
/// missing values.
Table target_columns(const std::vector<Target>& targets, const std::vector<Truth>& truth);

/// Answers and truths of the rows that a version was judged on, to be compared with those of now.
class AnswerReference {
 public:
  AnswerReference() = default;  ///< every report against it is invalid
  /// `settings.columns` names input columns and does not count here.
  static AnswerReference prepare(const std::vector<Target>& targets, const Outputs& outputs,
                                 const std::vector<Truth>& truth, DriftSettings settings);

  /// One report with an entry per column and test. Predictions and truths are two families of hypotheses, each at the
  /// report's level; the targets share that of the truths evenly (Bonferroni). Missing truths are left out, row by row
  /// and target by target: labels that come by separate calls are no news of the world. What then has too few rows is
  /// left out; where all has, the verdict is invalid.
  DriftReport compare(const Outputs& outputs, const std::vector<Truth>& truth) const;

 private:
  std::vector<Target> targets_;
  DriftSettings settings_;
  DriftSettings of_one_target_;
  Reference predictions_;
  std::vector<Reference> truths_;  ///< by target
};

}  // namespace perennial::drift
