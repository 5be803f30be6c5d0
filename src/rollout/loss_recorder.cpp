#include "rollout/loss_recorder.hpp"

#include <algorithm>
#include <cmath>

#include "rollout/judge.hpp"

namespace perennial::rollout {
namespace {

/// A look that would say nothing yet is taken at the first row that makes it say something.
template <typename Sums>
void look(const LossSchedule& schedule, std::uint64_t n, const Sums& sums, std::vector<LossComparison>& taken) {
  if (taken.size() == schedule.looks.size() || n < schedule.looks[taken.size()]) return;
  if (const auto now = sums.compare(); now.n > 0) taken.push_back(now);
}

struct Welch {
  double standard_error = 0;
  double worth = 0;  ///< degrees of freedom (Welch and Satterthwaite), plus one
};

Welch welch(const stats::RunningMean::Uncertainty& mine, const stats::RunningMean::Uncertainty& theirs, double factor) {
  const double a = mine.standard_error * mine.standard_error;
  const double b = factor * factor * theirs.standard_error * theirs.standard_error;
  if (!(a + b > 0)) return {0, std::min(mine.effective_n, theirs.effective_n)};
  return {std::sqrt(a + b),
          1 + (a + b) * (a + b) /
                  (a * a / std::max(1.0, mine.effective_n - 1) + b * b / std::max(1.0, theirs.effective_n - 1))};
}

}  // namespace

void LossMean::add(const LossRow& row, std::optional<std::uint64_t> entity) {
  if (entity) mean_.add(row.value, *entity);
  else mean_.add(row.value);
  stated_ += row.stated_variance;
}

stats::RunningMean::Uncertainty LossMean::uncertainty() const {
  auto known = mean_.uncertainty();
  if (mean_.n() > 1)
    known.standard_error = std::max(known.standard_error, std::sqrt(stated_) / static_cast<double>(mean_.n()));
  return known;
}

LossSchedule::LossSchedule(const Plan& plan)
    : looks(planned_looks(plan)),
      epoch_rows(std::max(2 * least_recent, plan.min_samples)),
      max_regression(plan.max_regression) {}

void PairedRecorder::Sums::add(const Row& row) {
  difference.add({row.challenger - row.champion, row.difference_variance}, row.entity);
  over_margin.add({row.challenger - (1 + max_regression) * row.champion, row.over_margin_variance}, row.entity);
  champion += row.champion;
}

LossComparison PairedRecorder::Sums::compare() const {
  const std::uint64_t n = difference.n();
  if (n == 0 || (difference.clusters_seen() == 1 && n < one_entity_until)) return {};
  const auto known = difference.uncertainty();
  const auto beyond = over_margin.uncertainty();
  return {.n = n,
          .champion = champion / static_cast<double>(n),
          .difference = difference.mean(),
          .standard_error = known.standard_error,
          .effective_n = known.effective_n,
          .serial_n = known.serial_n,
          .over_margin = over_margin.mean(),
          .over_margin_error = beyond.standard_error,
          .over_margin_n = beyond.effective_n};
}

void PairedRecorder::add(const Row& row) {
  if (!std::isfinite(row.challenger) || !std::isfinite(row.champion)) return;
  if (all_.difference.n() >= (epoch_ + 1) * schedule_.epoch_rows) {
    ++epoch_;
    recent_ = Sums(schedule_);
  }
  all_.add(row);
  if (epoch_ > 0) recent_.add(row);
  look(schedule_, all_.difference.n(), all_, looks_);
}

LossEvidence PairedRecorder::evidence() const {
  return {.now = all_.compare(), .recent = recent_.compare(), .epoch = epoch_, .looks = looks_};
}

void ArmRecorder::add_challenger(const LossRow& row, std::optional<std::uint64_t> entity) {
  add(&Sums::challenger, row, entity);
}

void ArmRecorder::add_champion(const LossRow& row, std::optional<std::uint64_t> entity) {
  add(&Sums::champion, row, entity);
}

void ArmRecorder::add(LossMean Sums::* arm, const LossRow& row, std::optional<std::uint64_t> entity) {
  if (!std::isfinite(row.value)) return;
  if (all_.rows() >= (epoch_ + 1) * schedule_.epoch_rows) {
    ++epoch_;
    recent_ = Sums(schedule_);
  }
  (all_.*arm).add(row, entity);
  if (epoch_ > 0) (recent_.*arm).add(row, entity);
  look(schedule_, all_.rows(), all_, looks_);
}

LossComparison ArmRecorder::Sums::compare() const {
  // One row has no spread, and neither has one entity: that is no evidence yet.
  if (challenger.n() < 2 || champion.n() < 2 || challenger.clusters_seen() == 1 || champion.clusters_seen() == 1)
    return {};
  const auto mine = challenger.uncertainty();
  const auto theirs = champion.uncertainty();
  const auto difference = welch(mine, theirs, 1);
  const auto beyond = welch(mine, theirs, 1 + max_regression);
  return {.n = rows(),
          .champion = champion.mean(),
          .difference = challenger.mean() - champion.mean(),
          .standard_error = difference.standard_error,
          .effective_n = difference.worth,
          .serial_n = std::min(mine.serial_n, theirs.serial_n),
          .over_margin = challenger.mean() - (1 + max_regression) * champion.mean(),
          .over_margin_error = beyond.standard_error,
          .over_margin_n = beyond.worth};
}

LossEvidence ArmRecorder::evidence() const {
  return {.now = all_.compare(), .recent = recent_.compare(), .epoch = epoch_, .looks = looks_};
}

}  // namespace perennial::rollout
