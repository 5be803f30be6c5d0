#pragma once
// How stale the present champion is, in errors: the arithmetic that the policies share which weigh loss against price.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "triggers/loss_blocks.hpp"

namespace perennial::triggers {

/// One version's stretch of blocks [first, first + blocks).
struct Tenure {
  std::string version;
  std::size_t first = 0;
  std::size_t blocks = 0;
};

/// The stretches of the history, oldest first; a block belongs to the version that answered most of it.
std::vector<Tenure> tenures(std::span<const LossBlock> losses);

/// What the excess of a block is measured against.
enum class FreshLevel {
  /// LossBlock::fresh_loss. Blocks without it (the first ones, and all but the newest after a restart) count nothing;
  /// a tenure that has it nowhere is measured against own_start.
  estimate,
  own_start  ///< what the version lost in its first `start_blocks` blocks (Mahadevan and Mathioudakis 2024: staleness)
};

inline constexpr std::size_t start_blocks = 5;

/// Per block of the tenure the loss beyond the fresh level, in errors (`unit` of raw loss is one error); may be
/// negative. With own_start the blocks of the start itself have no excess.
std::vector<double> excess(std::span<const LossBlock> losses, const Tenure& tenure, FreshLevel level, double unit);

/// What corrections of the champion gained when they were new and what corrections of the same age gained aged_blocks
/// later, in errors, summed over the newest `most_pairs` pairs of blocks of one tenure for which both are known.
struct Lasting {
  double fresh = 0;
  double aged = 0;
};
Lasting lasting(std::span<const LossBlock> losses, std::span<const Tenure> tenures, std::size_t most_pairs,
                double unit);

/// Mean of the last `count` values (fewer where there are fewer) with its standard error; the noise of one value is
/// taken from the differences of all neighbours, so that a trend is none. NaN where there is nothing to tell it from.
struct Level {
  double mean = 0;
  double standard_error = 0;
  std::size_t count = 0;
};
Level newest_level(std::span<const double> values, std::size_t count);

}  // namespace perennial::triggers
