#pragma once
// What serving has cost in errors, and what past retrains have brought: the evidence of the policies that weigh loss
// against the price of a retrain. Plain data, gathered by lifecycle/evidence/loss_history.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "core/json.hpp"

namespace perennial::triggers {

inline constexpr std::uint64_t loss_block_rows = 100;    ///< labelled rows of one block
inline constexpr std::size_t aged_blocks = 10;           ///< by which LossBlock::aged_loss is older than fresh_loss
inline constexpr std::size_t loss_blocks_kept = 10000;   ///< per model; at most twice as many
inline constexpr std::size_t past_retrains_kept = 1000;  ///< per model, the newest

/// The prequential loss of `rows` consecutive labelled rows, by whoever answered them. Rows are counted in the order in
/// which their labels were joined, from the first labelled answer of the model on ("labelled answers").
struct LossBlock {
  std::uint64_t from_row = 0;  ///< labelled answers before this block
  std::uint64_t rows = 0;      ///< loss_block_rows
  double loss = 0;             ///< sum over the rows: wrong classes; squared errors in the target's unit squared
  double loss_squares = 0;     ///< sum of the squares of the rows' losses
  /// What a small model that has learned from the newest labelled rows would have lost on the same rows, judged before
  /// it saw them; NaN where there is no such estimate.
  double fresh_loss = std::numeric_limits<double>::quiet_NaN();
  /// The same for the small model as it was aged_blocks · loss_block_rows labelled rows earlier: what is left of its
  /// advantage by then.
  double aged_loss = std::numeric_limits<double>::quiet_NaN();
  std::string version;  ///< that answered most of the rows (of equals the later one)
};

enum class RetrainOutcome {
  running,     ///< queued, training, gated or rolled out
  promoted,    ///< its version became the champion
  taken_back,  ///< it did, and was rolled back
  kept,        ///< the champion stayed: gates, rollout, or no change
  failed,      ///< no version came of it
};

std::string_view to_string(RetrainOutcome outcome);

inline constexpr std::uint64_t paired_gain_rows = 1000;  ///< the first ones of a challenger, so that all weigh alike

/// Losses of three on the same rows: those that the champion answered while a challenger was asked beside it.
struct PairedGain {
  std::uint64_t rows = 0;  ///< at most paired_gain_rows
  double champion = 0;
  double challenger = 0;
  double corrected = 0;  ///< of the small model: what LossBlock::fresh_loss is made of
};

/// One retrain that was asked for, by whomever. The training of the first version is none.
struct PastRetrain {
  std::string job;
  std::uint64_t requested_row = 0;  ///< labelled answers at the request
  std::string version;              ///< registered version; empty where none was
  RetrainOutcome outcome = RetrainOutcome::running;
  /// Labelled answers before the first one by its version as champion; nothing where it was never promoted, or was
  /// taken back.
  std::optional<std::uint64_t> promoted_row;
  PairedGain paired;  ///< of its version as challenger, where it was promoted; no rows where nothing is known
};

Json to_json(const PairedGain& gain);
/// No rows where `value` is no such object.
PairedGain paired_gain_from_json(const Json& value);
Json to_json(const PastRetrain& retrain);

/// On what the present champion was trained, and on what a training started now would be.
struct TrainingFacts {
  std::uint64_t champion_rows = 0;            ///< rows that it learned from, validation included; 0 = not known
  std::uint64_t window_rows = 0;              ///< retrain.window where it is in rows, else 0
  std::uint64_t min_rows = 0;                 ///< train.min_rows
  std::uint64_t labelled_answers = 0;         ///< so far; the clock of LossBlock::from_row
  std::uint64_t labelled_before_serving = 0;  ///< labelled rows of the history that the first version was made from
};

}  // namespace perennial::triggers
