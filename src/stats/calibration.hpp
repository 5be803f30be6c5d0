#pragma once
// From a model's scores to probabilities that mean what they say: of the rows with 0.8, 80 % are of the class.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "stats/isotonic.hpp"
#include "stats/metrics.hpp"

namespace perennial::stats {

inline constexpr std::size_t calibration_bins = 10;       ///< of the expected calibration error
inline constexpr std::size_t calibration_folds = 10;      ///< of its cross-validation
inline constexpr std::size_t calibration_min_rows = 100;  ///< labelled rows; fewer: scores are used as they are
inline constexpr std::size_t calibration_min_class = 10;  ///< labelled rows of the class, and of the others

/// Expected calibration error (Naeini et al. 2015) over `bins` equally large groups of rows in the order of their
/// probability: the mean over rows of |mean probability - share of truths| of the row's group. Rows of equal
/// probability count with their mean truth, so the order of rows does not matter. Fewer groups where there are fewer
/// than 2 rows for each; 0 where there are no rows. `truth` is 0 or 1.
double expected_calibration_error(std::span<const double> probability, std::span<const double> truth,
                                  std::size_t bins = calibration_bins);

enum class CalibrationOutcome {
  used,       ///< calibrated: the cross-validated error is smaller than that of the scores
  no_gain,    ///< scores as they are: they are no worse
  one_class,  ///< scores as they are: every row or none is of the class
  too_few,    ///< scores as they are: fewer than calibration_min_rows, or calibration_min_class on a side
};

std::string_view to_string(CalibrationOutcome outcome);

struct CalibrationReport {
  CalibrationOutcome outcome = CalibrationOutcome::too_few;
  double error_of_scores = 0;      ///< expected calibration error; 0 where it was not measured (one_class, too_few)
  double error_of_calibrated = 0;  ///< of rows that the map was not fitted to
  std::uint64_t rows = 0;
  std::uint64_t positives = 0;
};

/// Score of one class to probability, by isotonic regression (Zadrozny & Elkan 2002) where that helps. Immutable.
/// Whether it helps is measured on rows that the map did not see: stratified folds, drawn by a generator with a fixed
/// seed, so the same rows give the same map.
class ScoreCalibration {
 public:
  ScoreCalibration() = default;  ///< scores as they are
  /// `truth` is 0 or 1 per row. Errors: invalid (lengths differ, a score that is not finite).
  static Result<ScoreCalibration> fit(std::span<const double> scores, std::span<const double> truth);
  /// In 0..1; NaN for NaN.
  double operator()(double score) const;
  /// The same by the map that was fitted without the rows of `fold` (0..calibration_folds - 1).
  double without_fold(double score, std::size_t fold) const;
  const CalibrationReport& report() const { return report_; }

 private:
  std::vector<IsotonicMap> map_;      ///< one where used, else none
  std::vector<IsotonicMap> of_fold_;  ///< calibration_folds where used, else none
  CalibrationReport report_;
};

/// Probabilities per row, row-major rows × classes; each row sums to 1.
struct Probabilities {
  std::size_t classes = 0;
  std::vector<double> values;
  std::size_t rows() const { return classes == 0 ? 0 : values.size() / classes; }
  std::span<const double> row(std::size_t i) const { return std::span(values).subspan(i * classes, classes); }
};

/// The rows of `answers`: truth.size(), or what the outputs hold where the truth is empty (rows without labels).
/// Errors: internal (no target), invalid (not a classification target, too few outputs, an output that is not finite).
Result<std::size_t> answered_rows(const Scored& answers);

/// Calibration of all outputs of a classification target. Binary: class 1 is calibrated, class 0 is the rest. Else each
/// class against the others, then scaled to sum 1 (all equal where the sum is 0).
class ClassCalibration {
 public:
  ClassCalibration() = default;
  /// From rows with labels; rows without one do not count. A label that the target does not have counts against every
  /// class. Errors: those of answered_rows().
  static Result<ClassCalibration> fit(const Scored& reference);
  /// Errors: those of answered_rows(); invalid where the target has another number of classes.
  Result<Probabilities> apply(const Scored& answers) const;
  /// The same by calibrations that did not see one of the calibration_folds parts of the reference: how much an
  /// estimate changes from part to part tells how far the calibration can be trusted (delete-a-group jackknife).
  /// Classes draw their parts separately.
  Result<Probabilities> apply_without_fold(const Scored& answers, std::size_t fold) const;
  bool calibrated() const;  ///< whether any class is
  /// Binary: one, of class 1. Else one per class.
  std::vector<CalibrationReport> reports() const;

 private:
  template <class Map>
  Result<Probabilities> apply_with(const Scored& answers, Map&& map) const;
  std::size_t classes_ = 0;
  std::vector<ScoreCalibration> scores_;
};

}  // namespace perennial::stats
