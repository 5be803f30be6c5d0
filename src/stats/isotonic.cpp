#include "stats/isotonic.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace perennial::stats {
namespace {

/// Rows next to each other that share a value.
struct Block {
  double sum = 0;
  double weight = 0;
  std::size_t points = 0;  ///< distinct x
  double mean() const { return sum / weight; }
};

}  // namespace

Result<IsotonicMap> IsotonicMap::fit(std::span<const double> x, std::span<const double> y) {
  if (x.size() != y.size()) return fail(ErrorCode::invalid, fmt::format("{} scores for {} values", x.size(), y.size()));
  if (x.empty()) return fail(ErrorCode::invalid, "no rows to fit an isotonic map to");
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!std::isfinite(x[i]) || !std::isfinite(y[i]))
      return fail(ErrorCode::invalid, fmt::format("row {} is not a finite number", i));

  std::vector<std::uint32_t> order(x.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return x[a] != x[b] ? x[a] < x[b] : y[a] != y[b] ? y[a] < y[b] : a < b;
  });

  std::vector<double> points;
  std::vector<Block> blocks;
  for (std::size_t first = 0; first < order.size();) {
    const double at = x[order[first]];
    Block block{0, 0, 1};
    for (; first < order.size() && x[order[first]] == at; ++first) {
      block.sum += y[order[first]];
      block.weight += 1;
    }
    points.push_back(at);
    while (!blocks.empty() && blocks.back().mean() >= block.mean()) {
      block.sum += blocks.back().sum;
      block.weight += blocks.back().weight;
      block.points += blocks.back().points;
      blocks.pop_back();
    }
    blocks.push_back(block);
  }

  // Only the ends of a block are knots: between them the line is flat.
  IsotonicMap map;
  std::size_t first = 0;
  for (const Block& block : blocks) {
    map.x_.push_back(points[first]);
    map.y_.push_back(block.mean());
    if (block.points > 1) {
      map.x_.push_back(points[first + block.points - 1]);
      map.y_.push_back(block.mean());
    }
    first += block.points;
  }
  return map;
}

double IsotonicMap::operator()(double x) const {
  if (std::isnan(x)) return x;
  if (x <= x_.front()) return y_.front();
  if (x >= x_.back()) return y_.back();
  const auto right = static_cast<std::size_t>(std::upper_bound(x_.begin(), x_.end(), x) - x_.begin());
  const double share = (x - x_[right - 1]) / (x_[right] - x_[right - 1]);
  return y_[right - 1] + share * (y_[right] - y_[right - 1]);
}

}  // namespace perennial::stats
