#include "triggers/staleness.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace perennial::triggers {

std::vector<Tenure> tenures(std::span<const LossBlock> losses) {
  std::vector<Tenure> all;
  for (std::size_t b = 0; b < losses.size(); ++b) {
    if (all.empty() || all.back().version != losses[b].version) all.push_back({losses[b].version, b, 0});
    ++all.back().blocks;
  }
  return all;
}

std::vector<double> excess(std::span<const LossBlock> losses, const Tenure& tenure, FreshLevel level, double unit) {
  const auto blocks = losses.subspan(tenure.first, tenure.blocks);
  double start_loss = 0;
  double start_rows = 0;
  const std::size_t starting = std::min(start_blocks, blocks.size());
  for (const auto& block : blocks.first(starting)) {
    start_loss += block.loss;
    start_rows += static_cast<double>(block.rows);
  }
  const double start = start_rows > 0 ? start_loss / start_rows : 0;
  const bool estimates = level == FreshLevel::estimate && std::ranges::any_of(blocks, [](const LossBlock& block) {
                           return std::isfinite(block.fresh_loss);
                         });
  std::vector<double> values;
  values.reserve(blocks.size());
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    double beyond = 0;
    if (estimates) beyond = std::isfinite(blocks[b].fresh_loss) ? blocks[b].loss - blocks[b].fresh_loss : 0;
    else if (b >= starting) beyond = blocks[b].loss - start * static_cast<double>(blocks[b].rows);
    values.push_back(beyond / unit);
  }
  return values;
}

Lasting lasting(std::span<const LossBlock> losses, std::span<const Tenure> tenures, std::size_t most_pairs,
                double unit) {
  Lasting gains;
  std::size_t pairs = 0;
  for (auto tenure = tenures.rbegin(); tenure != tenures.rend() && pairs < most_pairs; ++tenure) {
    const auto blocks = losses.subspan(tenure->first, tenure->blocks);
    for (std::size_t b = blocks.size(); b-- > aged_blocks && pairs < most_pairs;) {
      const LossBlock& then = blocks[b - aged_blocks];
      const LossBlock& now = blocks[b];
      if (!std::isfinite(then.fresh_loss) || !std::isfinite(now.aged_loss)) continue;
      gains.fresh += (then.loss - then.fresh_loss) / unit;
      gains.aged += (now.loss - now.aged_loss) / unit;
      ++pairs;
    }
  }
  return gains;
}

Level newest_level(std::span<const double> values, std::size_t count) {
  constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
  if (values.empty() || count == 0) return {nothing, nothing, 0};
  const std::size_t taken = std::min(count, values.size());
  const auto newest = values.last(taken);
  const double mean = std::accumulate(newest.begin(), newest.end(), 0.0) / static_cast<double>(taken);
  // Half the mean square of the differences of neighbours: the noise of one value, whatever slow trend there is.
  double squares = 0;
  for (std::size_t i = 1; i < values.size(); ++i) squares += (values[i] - values[i - 1]) * (values[i] - values[i - 1]);
  const double variance = values.size() > 1 ? squares / (2 * static_cast<double>(values.size() - 1)) : nothing;
  return {mean, std::sqrt(variance / static_cast<double>(taken)), taken};
}

}  // namespace perennial::triggers
