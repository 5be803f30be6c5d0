#pragma once
// Gathers the losses of one phase and target, one labelled row after the other, at a constant cost per row.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "rollout/evidence.hpp"
#include "rollout/plan.hpp"
#include "stats/running_mean.hpp"

namespace perennial::rollout {

/// One loss, or a difference of two. Where both versions state probabilities, they also state how much the loss would
/// vary with the label: a spread that the labels do not show as long as the rare ones have not come.
struct LossRow {
  double value = 0;
  double stated_variance = 0;
};

/// A mean whose standard error is at least what the versions themselves state.
class LossMean {
 public:
  explicit LossMean(stats::RunningMean::Entities entities) : mean_(entities) {}
  void add(const LossRow& row, std::optional<std::uint64_t> entity);
  std::uint64_t n() const { return mean_.n(); }
  double mean() const { return mean_.mean(); }
  std::uint64_t clusters_seen() const { return mean_.clusters_seen(); }
  stats::RunningMean::Uncertainty uncertainty() const;

 private:
  stats::RunningMean mean_;
  double stated_ = 0;
};

/// What the looks and the epochs of both recorders have in common. An epoch has min_samples rows and at least twice
/// least_recent.
struct LossSchedule {
  explicit LossSchedule(const Plan& plan);
  std::vector<std::uint64_t> looks;
  std::uint64_t epoch_rows;
  double max_regression;
};

/// Both versions on the same rows: their difficulty cancels in the differences.
class PairedRecorder {
 public:
  explicit PairedRecorder(const Plan& plan) : schedule_(plan), all_(schedule_), recent_(schedule_) {}

  struct Row {
    double challenger = 0;
    double champion = 0;
    double difference_variance = 0;            ///< as stated, of challenger - champion
    double over_margin_variance = 0;           ///< of challenger - (1 + max_regression) * champion
    std::optional<std::uint64_t> entity = {};  ///< a hash of its name, where it has one
  };
  /// A row where either loss is not finite is left out.
  void add(const Row& row);
  LossEvidence evidence() const;

 private:
  struct Sums {
    explicit Sums(const LossSchedule& schedule)
        : max_regression(schedule.max_regression), one_entity_until(4 * schedule.looks.front()) {}
    double max_regression;
    std::uint64_t one_entity_until;  ///< the first entity's rows are not taken for all there are before
    LossMean difference{stats::RunningMean::Entities::may_be_all};
    LossMean over_margin{stats::RunningMean::Entities::may_be_all};
    double champion = 0;
    void add(const Row& row);
    LossComparison compare() const;
  };
  LossSchedule schedule_;
  Sums all_;
  Sums recent_;
  std::uint64_t epoch_ = 0;
  std::vector<LossComparison> looks_;
};

/// Each version on the rows that it answered itself. The entities of an arm were drawn for it: however few, they are a
/// sample, and an arm with rows of one entity only is no evidence.
class ArmRecorder {
 public:
  explicit ArmRecorder(const Plan& plan) : schedule_(plan), all_(schedule_), recent_(schedule_) {}
  /// A loss that is not finite is left out.
  void add_challenger(const LossRow& row, std::optional<std::uint64_t> entity = {});
  void add_champion(const LossRow& row, std::optional<std::uint64_t> entity = {});
  LossEvidence evidence() const;

 private:
  struct Sums {
    explicit Sums(const LossSchedule& schedule) : max_regression(schedule.max_regression) {}
    double max_regression;
    LossMean challenger{stats::RunningMean::Entities::sampled};
    LossMean champion{stats::RunningMean::Entities::sampled};
    std::uint64_t rows() const { return std::min(challenger.n(), champion.n()); }
    LossComparison compare() const;
  };
  void add(LossMean Sums::* arm, const LossRow& row, std::optional<std::uint64_t> entity);
  LossSchedule schedule_;
  Sums all_;
  Sums recent_;
  std::uint64_t epoch_ = 0;
  std::vector<LossComparison> looks_;
};

}  // namespace perennial::rollout
