#pragma once
// The newest rows that were predicted, labelled or not: the current window of the drift monitors.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/signature.hpp"
#include "core/table.hpp"
#include "feedback/record.hpp"

namespace perennial::lifecycle {

/// Rows and what one version answered to each.
struct AnsweredRows {
  Table rows;
  Outputs outputs;
  AnsweredRows pick(std::span<const std::size_t> wanted) const;
};

/// Thread-safe: serving threads add, the loop looks.
class RecentRows {
 public:
  explicit RecentRows(std::size_t rows_kept) : rows_kept_(rows_kept) {}

  void add(const feedback::PredictionRecord& record);
  /// The newest `count` rows (fewer where there are fewer).
  Table newest(std::size_t count) const;
  /// Those of them that the version has answered in any arm, shadow included.
  AnsweredRows newest_answered(std::size_t count, const std::string& version) const;
  std::uint64_t rows_total() const;
  void clear();

 private:
  struct Answers {
    std::size_t width = 0;
    std::vector<float> values;  // one row per row of rows_; NaN where the version was not asked or failed
  };
  void add_answers(const feedback::PredictionRecord& record, std::size_t rows_before);
  void trim();

  std::size_t rows_kept_;
  mutable std::mutex mutex_;
  Table rows_;                              // guarded by mutex_; at most twice rows_kept_
  std::map<std::string, Answers> answers_;  // guarded by mutex_; of versions that answered one of these rows
  std::uint64_t rows_total_ = 0;            // guarded by mutex_
};

}  // namespace perennial::lifecycle
