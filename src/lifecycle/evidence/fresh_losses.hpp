#pragma once
// What a model that has seen the newest labelled rows would lose, without training one: a small correction of the
// champion is learned from the rows since it began to serve, and judged on rows that it has not seen.

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "core/signature.hpp"
#include "feedback/joiner.hpp"
#include "lifecycle/evidence/residual_trees.hpp"
#include "triggers/loss_blocks.hpp"

namespace perennial::lifecycle {

/// The loss of champion and corrected champion differ only where there is something to learn, and both answer the same
/// rows, so the noise of the labels cancels: the difference estimates what a retrain now would gain per row.
/// The correction that was the newest one `aged_rows` ago is judged beside it: what is left of the gain when the world
/// has gone on, as it does while a trained version waits for its rollout and then serves. Fitted on at most `window`
/// newest rows, anew after 100 rows, later after 2 % of the rows that the champion has answered. The same rows in the
/// same order give the same estimates, however they are cut into batches.
class FreshLosses {
 public:
  /// `target` is the position in `targets` of the one that counts. Classifications with more than `most_classes`
  /// classes are not estimated.
  FreshLosses(std::vector<Target> targets, std::size_t target, std::size_t window);

  /// Per row of a batch the corrected loss, 0 or 1 or the squared error; NaN where there is no label, no answer, or no
  /// correction yet.
  struct Estimates {
    std::vector<double> fresh;  ///< of a row that a challenger answered: the loss of its answer
    std::vector<double> aged;  ///< by the newest correction that was fitted at least aged_rows before the row; of a row
                               ///< that a challenger answered: NaN
  };
  /// Rows before `from` are left out: NaN. So are late labels of an earlier champion's answers: of those that were
  /// given before the newest answer of the present one that has its label.
  Estimates add(const feedback::JoinedBatch& batch, std::size_t from = 0);

  static constexpr std::size_t most_classes = 10;
  static constexpr std::size_t least_rows = 200;  ///< of a first correction
  static constexpr std::size_t most_window = 5000;
  static constexpr std::uint64_t aged_rows = triggers::aged_blocks * triggers::loss_block_rows;  ///< of the champion

 private:
  void begin(const std::string& version);
  void trim();
  void fit();
  /// One correction per output. Empty: none yet.
  using Correction = std::vector<ResidualTrees>;
  double loss_of(const Correction& correction, const std::vector<float>& row, std::span<const double> base,
                 double truth) const;
  /// Nothing where none is old enough; lets go of those that are older.
  const Correction& aged();

  std::vector<Target> targets_;
  std::size_t target_;
  std::size_t offset_ = 0;
  std::size_t width_ = 0;
  std::size_t window_;
  std::string version_;
  TimePoint newest_ = TimePoint::min();      // when the newest row of version_ was predicted
  Table shape_;                              // no rows: dictionaries that give a category the same code in all batches
  std::vector<std::vector<float>> columns_;  // by column, the newest rows of version_
  std::vector<std::vector<double>> base_;    // per output of the correction
  std::vector<double> truth_;
  std::uint64_t rows_ = 0;  // answered by version_ and labelled
  std::uint64_t next_fit_ = least_rows;
  struct Fitted {
    std::uint64_t at_row = 0;
    Correction correction;
  };
  std::deque<Fitted> fitted_;  // oldest first; the last one corrects. At most aged_rows / 100 + 2
};

}  // namespace perennial::lifecycle
