#pragma once
// How the rows of a canary step were dealt to its arms, and when the labels of each arm came.

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/time.hpp"
#include "feedback/joiner.hpp"
#include "feedback/record.hpp"
#include "rollout/evidence.hpp"
#include "rollout/state.hpp"

namespace perennial::lifecycle {

inline constexpr std::size_t split_rows_kept = 4096;    ///< of the sample whose labels are waited for; at most twice
inline constexpr std::size_t split_units_kept = 65536;  ///< entities; beyond, one of two, of four, … is counted

/// Of one phase at a time. Thread-safe: serving threads add predictions, the loop adds labels and looks. The same calls
/// give the same evidence.
class SplitRecord {
 public:
  /// `target`: the position of the target whose labels are counted; `least_age`: younger rows are never looked at.
  SplitRecord(std::size_t target, Duration least_age) : target_(target), least_age_(least_age) {}

  /// From now on rows of this phase count; what was known of another one is forgotten. Nothing where no rollout is in a
  /// canary step.
  void follow(std::uint64_t phase, const std::optional<rollout::RolloutState>& state);

  void predicted(const feedback::PredictionRecord& record);
  void labelled(const feedback::JoinedBatch& batch);
  /// Shares of labels at the median wait of the champion's labels or at that of the challenger's, where they differ
  /// more (at least_age where that is later): where labels come alike to both arms, they are equal at any age. Ages are
  /// counted up to the newest row or label.
  rollout::SplitEvidence evidence() const;

 private:
  struct Row {
    std::uint64_t key = 0;
    TimePoint predicted{};
    TimePoint labelled = TimePoint::max();
    std::optional<std::uint64_t> entity;
    bool challenger = false;
  };
  void shrink_rows();
  void count_unit(std::optional<std::uint64_t> entity, bool challenger);

  std::size_t target_;
  Duration least_age_;
  mutable std::mutex mutex_;  // guards all below
  std::uint64_t phase_ = 0;
  std::string challenger_;  // empty: no canary
  TimePoint since_{};
  TimePoint newest_{};
  double share_ = 0;
  std::uint64_t seed_ = 0;
  std::vector<Row> rows_;
  std::unordered_map<std::uint64_t, std::size_t> index_;  // key to position
  std::uint8_t row_level_ = 0;
  std::unordered_map<std::uint64_t, bool> units_;  // entity to arm
  std::uint8_t unit_level_ = 0;
  std::uint64_t challenger_units_ = 0;
  std::uint64_t champion_units_ = 0;
};

}  // namespace perennial::lifecycle
