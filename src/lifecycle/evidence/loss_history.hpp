#pragma once
// What the answers that were given have cost, block by block: the evidence of the policies that weigh waiting against
// the price of a retrain.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/signature.hpp"
#include "feedback/joiner.hpp"
#include "triggers/loss_blocks.hpp"

namespace perennial::lifecycle {

/// The loss of one target's answers, per row 0 or 1 (wrong class) or the squared error, of whatever version answered
/// the row, in blocks of triggers::loss_block_rows labelled rows. The newest triggers::loss_blocks_kept are kept. The
/// same batches give the same blocks, however they are cut: after a restart it is made again from the feedback logs.
class LossHistory {
 public:
  /// `target` is the position in `targets` of the one that counts (the primary metric's).
  LossHistory(std::vector<Target> targets, std::size_t target);

  /// Adds the rows of the batch that somebody answered and that have a label of the target. `fresh` and `aged` are
  /// empty or have one value per row of the batch: LossBlock::fresh_loss and aged_loss of that row, NaN where there is
  /// none.
  void add(const feedback::JoinedBatch& batch, std::span<const double> fresh = {}, std::span<const double> aged = {});

  /// After a restart: that many labelled answers were counted before at least. Where fewer are remembered, the missing
  /// ones are the oldest, and every row moves up by as many: what the journal says of rows stays true of them.
  void counted_before(std::uint64_t rows);

  /// Complete blocks only, oldest first. Valid until the next add().
  std::span<const triggers::LossBlock> blocks() const { return blocks_; }
  std::uint64_t rows_total() const { return rows_total_; }
  /// The squared error that costs as much as one wrong class: 1 for a classification; for a regression the mean squared
  /// error of the first ten blocks (of what there is, before that; 1 where that is nothing).
  double unit() const;
  /// Labelled answers before the first one that this version gave as champion.
  std::optional<std::uint64_t> first_as_champion(const std::string& version) const;
  /// What this version as challenger, the champion and the correction lost on the same rows that the champion
  /// answered, before it was champion itself.
  triggers::PairedGain paired(const std::string& version) const;

 private:
  void close_block();
  using RowLosses = std::vector<std::vector<double>>;  // by version of a batch and row; empty until asked for
  const std::vector<double>& losses_of(const feedback::JoinedBatch& batch, std::size_t version, RowLosses& all) const;
  void pair(const feedback::JoinedBatch& batch, std::size_t row, double corrected, RowLosses& all);

  std::vector<Target> targets_;
  std::size_t target_;
  std::size_t offset_ = 0;
  std::size_t width_ = 0;
  std::vector<triggers::LossBlock> blocks_;
  triggers::LossBlock open_;
  /// A sum over the open block's rows that is worth something only where every row has it.
  struct Partial {
    double sum = 0;
    std::uint64_t rows = 0;
    void add(std::span<const double> values, std::size_t row);
    double of(std::uint64_t rows) const;  ///< NaN where fewer were added
  };
  Partial fresh_;
  Partial aged_;
  std::vector<std::pair<std::string, std::uint64_t>> answered_;  // versions of the open block, with their rows
  std::map<std::string, std::uint64_t> first_as_champion_;
  using Paired = std::pair<std::string, triggers::PairedGain>;
  std::deque<Paired> paired_;  // by challenger, the newest past_retrains_kept
  std::uint64_t rows_total_ = 0;
  double first_loss_ = 0;  // of the first ten blocks
  std::uint64_t first_rows_ = 0;
};

}  // namespace perennial::lifecycle
