#pragma once
// What a model that has seen the newest labelled rows would lose, without training one: a small correction of the
// champion is learned from the rows since it began to serve, and judged on rows that it has not seen.

#include <cstdint>
#include <string>
#include <vector>

#include "core/signature.hpp"
#include "feedback/joiner.hpp"
#include "lifecycle/evidence/residual_trees.hpp"

namespace perennial::lifecycle {

/// The loss of champion and corrected champion differ only where there is something to learn, and both answer the same
/// rows, so the noise of the labels cancels: the difference estimates what a retrain now would gain per row.
/// Fitted on at most `window` newest rows, anew after 100 rows, later after 2 % of the rows that the champion has
/// answered. The same rows in the same order give the same estimates, however they are cut into batches.
class FreshLosses {
 public:
  /// `target` is the position in `targets` of the one that counts. Classifications with more than `most_classes`
  /// classes are not estimated.
  FreshLosses(std::vector<Target> targets, std::size_t target, std::size_t window);

  /// Per row of the batch the corrected loss, 0 or 1 or the squared error; of a row that a challenger answered, the
  /// loss of its answer; NaN where there is no label, no answer, or no correction yet.
  std::vector<double> add(const feedback::JoinedBatch& batch);

  static constexpr std::size_t most_classes = 10;
  static constexpr std::size_t least_rows = 200;  ///< of a first correction
  static constexpr std::size_t most_window = 5000;

 private:
  void begin(const std::string& version);
  void trim();
  void fit();
  double loss_of(const std::vector<float>& row, std::span<const double> base, double truth) const;

  std::vector<Target> targets_;
  std::size_t target_;
  std::size_t offset_ = 0;
  std::size_t width_ = 0;
  std::size_t window_;
  std::string version_;
  Table shape_;                              // no rows: dictionaries that give a category the same code in all batches
  std::vector<std::vector<float>> columns_;  // by column, the newest rows of version_
  std::vector<std::vector<double>> base_;    // per output of the correction
  std::vector<double> truth_;
  std::uint64_t rows_ = 0;  // answered by version_ and labelled
  std::uint64_t next_fit_ = least_rows;
  std::vector<ResidualTrees> trees_;  // per output; empty until the first fit
};

}  // namespace perennial::lifecycle
