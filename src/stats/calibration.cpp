#include "stats/calibration.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/rng.hpp"

namespace perennial::stats {
namespace {

constexpr std::uint64_t fold_seed = 1955;

std::vector<std::uint32_t> sorted_by(std::span<const double> values) {
  std::vector<std::uint32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return values[a] != values[b] ? values[a] < values[b] : a < b; });
  return order;
}

/// The fold of each row; every class is spread over the folds as evenly as it goes.
std::vector<std::size_t> stratified_folds(std::span<const double> truth) {
  Rng rng(fold_seed);
  std::vector<std::size_t> folds(truth.size());
  std::size_t next = 0;
  for (const bool wanted : {true, false}) {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < truth.size(); ++i)
      if ((truth[i] > 0.5) == wanted) rows.push_back(i);
    for (std::size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[rng.below(i)]);
    for (const std::size_t row : rows) folds[row] = next++ % calibration_folds;
  }
  return folds;
}

/// Probabilities of every row by a map that was fitted to the other folds, and the maps.
struct CrossFit {
  std::vector<double> probabilities;
  std::vector<IsotonicMap> maps;
};

Result<CrossFit> out_of_fold(std::span<const double> scores, std::span<const double> truth) {
  const auto folds = stratified_folds(truth);
  CrossFit result;
  result.probabilities.resize(scores.size());
  for (std::size_t fold = 0; fold < calibration_folds; ++fold) {
    std::vector<double> x;
    std::vector<double> y;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (folds[i] == fold) continue;
      x.push_back(scores[i]);
      y.push_back(truth[i]);
    }
    ASSIGN_OR_RETURN(IsotonicMap map, IsotonicMap::fit(x, y));
    for (std::size_t i = 0; i < scores.size(); ++i)
      if (folds[i] == fold) result.probabilities[i] = map(scores[i]);
    result.maps.push_back(std::move(map));
  }
  return result;
}

const float* outputs_of(const Scored& scored, std::size_t row) {
  return scored.outputs.data() + row * scored.stride + scored.offset;
}

}  // namespace

double expected_calibration_error(std::span<const double> probability, std::span<const double> truth,
                                  std::size_t bins) {
  const std::size_t n = std::min(probability.size(), truth.size());
  if (n == 0) return 0;
  bins = std::clamp<std::size_t>(bins, 1, std::max<std::size_t>(n / 2, 1));
  const auto order = sorted_by(probability.first(n));
  std::vector<double> shared(n);
  for (std::size_t first = 0; first < n;) {
    std::size_t last = first;
    double sum = 0;
    while (last < n && probability[order[last]] == probability[order[first]]) sum += truth[order[last++]];
    for (std::size_t i = first; i < last; ++i) shared[i] = sum / static_cast<double>(last - first);
    first = last;
  }
  double error = 0;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    double difference = 0;
    for (std::size_t i = bin * n / bins; i < (bin + 1) * n / bins; ++i) difference += probability[order[i]] - shared[i];
    error += std::abs(difference);
  }
  return error / static_cast<double>(n);
}

std::string_view to_string(CalibrationOutcome outcome) {
  switch (outcome) {
    case CalibrationOutcome::used: return "used";
    case CalibrationOutcome::no_gain: return "no_gain";
    case CalibrationOutcome::one_class: return "one_class";
    case CalibrationOutcome::too_few: return "too_few";
  }
  return "too_few";
}

Result<ScoreCalibration> ScoreCalibration::fit(std::span<const double> scores, std::span<const double> truth) {
  if (scores.size() != truth.size())
    return fail(ErrorCode::invalid, fmt::format("{} scores for {} labels", scores.size(), truth.size()));
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (!std::isfinite(scores[i])) return fail(ErrorCode::invalid, fmt::format("the score of row {} is not finite", i));
  ScoreCalibration result;
  CalibrationReport& report = result.report_;
  report.rows = scores.size();
  report.positives = static_cast<std::uint64_t>(std::ranges::count_if(truth, [](double value) { return value > 0.5; }));
  const std::uint64_t fewer = std::min(report.positives, report.rows - report.positives);
  if (report.rows >= calibration_min_rows && fewer == 0) {
    report.outcome = CalibrationOutcome::one_class;
    return result;
  }
  if (report.rows < calibration_min_rows || fewer < calibration_min_class) {
    report.outcome = CalibrationOutcome::too_few;
    return result;
  }
  ASSIGN_OR_RETURN(CrossFit cross, out_of_fold(scores, truth));
  report.error_of_scores = expected_calibration_error(scores, truth);
  report.error_of_calibrated = expected_calibration_error(cross.probabilities, truth);
  report.outcome =
      report.error_of_calibrated < report.error_of_scores ? CalibrationOutcome::used : CalibrationOutcome::no_gain;
  if (report.outcome == CalibrationOutcome::used) {
    ASSIGN_OR_RETURN(IsotonicMap map, IsotonicMap::fit(scores, truth));
    result.map_.push_back(std::move(map));
    result.of_fold_ = std::move(cross.maps);
  }
  return result;
}

double ScoreCalibration::operator()(double score) const {
  return map_.empty() ? (std::isnan(score) ? score : std::clamp(score, 0.0, 1.0)) : map_.front()(score);
}

double ScoreCalibration::without_fold(double score, std::size_t fold) const {
  return of_fold_.empty() ? (*this)(score) : of_fold_[fold % of_fold_.size()](score);
}

Result<std::size_t> answered_rows(const Scored& answers) {
  if (answers.target == nullptr) return fail(ErrorCode::internal, "answers without a target");
  const std::string& target = answers.target->name;
  const std::size_t width = answers.target->width();
  if (!is_classification(answers.target->task) || width < 2)
    return fail(ErrorCode::invalid, "probabilities of classes are needed, of two or more", target);
  const std::size_t end = answers.offset + width;
  if (end > answers.stride)
    return fail(ErrorCode::invalid, fmt::format("outputs end at {} in rows of {}", end, answers.stride), target);
  std::size_t rows = answers.truth.size();
  if (rows == 0 && answers.outputs.size() >= end) rows = (answers.outputs.size() - end) / answers.stride + 1;
  if (rows > 0 && answers.outputs.size() < (rows - 1) * answers.stride + end)
    return fail(ErrorCode::invalid, fmt::format("{} outputs are too few for {} rows", answers.outputs.size(), rows),
                target);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t c = 0; c < width; ++c)
      if (!std::isfinite(outputs_of(answers, i)[c]))
        return fail(ErrorCode::invalid, fmt::format("output {} of row {} is not a finite number", c, i), target);
  return rows;
}

Result<ClassCalibration> ClassCalibration::fit(const Scored& reference) {
  ASSIGN_OR_RETURN(const std::size_t rows, answered_rows(reference));
  std::vector<std::size_t> labelled;
  for (std::size_t i = 0; i < std::min(rows, reference.truth.size()); ++i)
    if (!std::isnan(reference.truth[i])) labelled.push_back(i);
  ClassCalibration result;
  result.classes_ = reference.target->width();
  const bool binary = reference.target->task == Task::binary;
  std::vector<double> scores(labelled.size());
  std::vector<double> truth(labelled.size());
  for (std::size_t c = binary ? 1 : 0; c < (binary ? 2 : result.classes_); ++c) {
    for (std::size_t k = 0; k < labelled.size(); ++k) {
      scores[k] = static_cast<double>(outputs_of(reference, labelled[k])[c]);
      truth[k] = reference.truth[labelled[k]] == static_cast<double>(c) ? 1 : 0;
    }
    ASSIGN_OR_RETURN(ScoreCalibration calibration, ScoreCalibration::fit(scores, truth));
    result.scores_.push_back(std::move(calibration));
  }
  return result;
}

template <class Map>
Result<Probabilities> ClassCalibration::apply_with(const Scored& answers, Map&& map) const {
  ASSIGN_OR_RETURN(const std::size_t rows, answered_rows(answers));
  if (answers.target->width() != classes_)
    return fail(ErrorCode::invalid,
                fmt::format("{} classes, but the calibration was fitted to {}", answers.target->width(), classes_),
                answers.target->name);
  Probabilities result{classes_, std::vector<double>(rows * classes_)};
  for (std::size_t i = 0; i < rows; ++i) {
    const float* outputs = outputs_of(answers, i);
    double* row = result.values.data() + i * classes_;
    if (scores_.size() == 1) {
      row[1] = map(scores_[0], static_cast<double>(outputs[1]));
      row[0] = 1 - row[1];
      continue;
    }
    double sum = 0;
    for (std::size_t c = 0; c < classes_; ++c) sum += row[c] = map(scores_[c], static_cast<double>(outputs[c]));
    for (std::size_t c = 0; c < classes_; ++c) row[c] = sum > 0 ? row[c] / sum : 1 / static_cast<double>(classes_);
  }
  return result;
}

Result<Probabilities> ClassCalibration::apply(const Scored& answers) const {
  return apply_with(answers, [](const ScoreCalibration& of_class, double score) { return of_class(score); });
}

Result<Probabilities> ClassCalibration::apply_without_fold(const Scored& answers, std::size_t fold) const {
  return apply_with(answers,
                    [&](const ScoreCalibration& of_class, double score) { return of_class.without_fold(score, fold); });
}

bool ClassCalibration::calibrated() const {
  return std::ranges::any_of(
      scores_, [](const ScoreCalibration& of_class) { return of_class.report().outcome == CalibrationOutcome::used; });
}

std::vector<CalibrationReport> ClassCalibration::reports() const {
  std::vector<CalibrationReport> reports;
  for (const auto& calibration : scores_) reports.push_back(calibration.report());
  return reports;
}

}  // namespace perennial::stats
