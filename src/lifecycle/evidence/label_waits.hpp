#pragma once
// How long labels take: an even sample of the predictions, with when the label of each came.

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/signature.hpp"
#include "drift/label_evidence.hpp"
#include "feedback/joiner.hpp"
#include "feedback/record.hpp"

namespace perennial::lifecycle {

inline constexpr std::size_t label_waits_kept = 4096;  ///< predictions; at most twice as many
/// A prediction is forgotten after this, and after four times the longest wait that ended with a label.
inline constexpr Duration label_waited_least = std::chrono::hours(90 * 24);

/// Thread-safe: serving threads add predictions, the loop adds labels and looks.
class LabelWaits {
 public:
  /// `target`: the position of the target whose labels are waited for (the primary metric's).
  LabelWaits(std::vector<Target> targets, std::size_t target);

  void predicted(const feedback::PredictionRecord& record);
  void labelled(const feedback::JoinedBatch& batch);
  /// What `version` said: the value of a regression, the probability of class 1, else the most probable class; NaN of
  /// rows that it did not score.
  std::vector<drift::AwaitedLabel> rows(const std::string& version) const;

 private:
  struct Row {
    std::uint64_t key = 0;
    TimePoint predicted{};
    TimePoint labelled = TimePoint::max();
    std::uint64_t version = 0;  // hash of the champion's at that time
    float said = 0;
    std::uint8_t level = 0;  // the sample's when it came
  };
  void shrink();

  std::vector<Target> targets_;
  std::size_t target_;
  std::size_t offset_ = 0;
  std::size_t width_ = 0;
  mutable std::mutex mutex_;
  std::vector<Row> rows_;                                 // guarded by mutex_
  std::unordered_map<std::uint64_t, std::size_t> index_;  // key to position; guarded by mutex_
  std::uint8_t level_ = 0;                                // guarded by mutex_
  Duration longest_{0};                                   // guarded by mutex_
};

}  // namespace perennial::lifecycle
