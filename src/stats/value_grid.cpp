#include "stats/value_grid.hpp"

#include <algorithm>
#include <cmath>

namespace perennial::stats {
namespace {

/// Out of 1: what the end cells may hold, so that a few far values do not stretch the cells of all others.
constexpr double tail = 0.001;

/// The sum of squared cell counts: the smaller, the more even.
double unevenness(std::span<const std::uint32_t> first, std::span<const std::uint32_t> cumulative) {
  double sum = 0;
  for (std::size_t cell = 0; cell + 1 < first.size(); ++cell) {
    const double before = first[cell] == 0 ? 0 : cumulative[first[cell] - 1];
    const double after = first[cell + 1] == 0 ? 0 : cumulative[first[cell + 1] - 1];
    sum += (after - before) * (after - before);
  }
  return sum;
}

}  // namespace

template <class Map>
std::vector<std::uint32_t> ValueGrid::cut(std::span<const double> distinct, const Map& map, std::size_t cells) const {
  std::vector<std::uint32_t> first(cells + 1, static_cast<std::uint32_t>(distinct.size()));
  std::size_t next = 0;
  for (std::size_t i = 0; i < distinct.size(); ++i)
    for (const std::size_t cell = map(distinct[i]); next <= cell; ++next) first[next] = static_cast<std::uint32_t>(i);
  return first;
}

ValueGrid::ValueGrid(std::span<const double> distinct, std::span<const std::uint32_t> cumulative, std::size_t cells) {
  cells = std::bit_floor(std::max<std::size_t>(cells, 1));
  if (distinct.empty() || cells == 1) {
    first_ = {0, static_cast<std::uint32_t>(distinct.size())};
    linear_ = {};
    return;
  }
  const auto at_share = [&](double share) {
    const double rank = std::max(1.0, share * static_cast<double>(cumulative.back()));
    const auto at = std::lower_bound(cumulative.begin(), cumulative.end(), rank);
    return distinct[std::min(static_cast<std::size_t>(at - cumulative.begin()), distinct.size() - 1)];
  };
  const double low = at_share(tail);
  const double high = at_share(1 - tail);

  bits_.low = Bits::key(low);
  bits_.high = std::max(Bits::key(high), bits_.low);
  const std::uint64_t range = static_cast<std::uint64_t>(bits_.high) - static_cast<std::uint64_t>(bits_.low);
  const auto width = static_cast<int>(std::bit_width(range));
  bits_.shift = std::max(0, width - static_cast<int>(std::bit_width(cells - 1)));
  const auto bit_cells = static_cast<std::size_t>(range >> bits_.shift) + 1;
  first_ = cut(distinct, bits_, bit_cells);
  by_bits_ = true;

  const double last = static_cast<double>(cells - 1);
  const double scale = static_cast<double>(cells) / (high - low);
  if (!std::isfinite(low) || !std::isfinite(high) || !std::isfinite(scale) || !(scale > 0)) return;
  linear_ = {low, scale, last};
  auto linear_first = cut(distinct, linear_, cells);
  if (unevenness(linear_first, cumulative) <= unevenness(first_, cumulative)) {
    by_bits_ = false;
    first_ = std::move(linear_first);
  }
}

}  // namespace perennial::stats
