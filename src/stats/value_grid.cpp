#include "stats/value_grid.hpp"

#include <algorithm>
#include <cmath>

namespace perennial::stats {
namespace {

/// Out of 1: what the end stretches may hold, so that a few far values do not stretch all others.
constexpr double tail = 0.001;
constexpr std::size_t cells_per_stretch = 16;
constexpr std::size_t most_stretches = 256;  // 8 KiB: they stay in the first cache

double values_before(std::span<const std::uint32_t> cumulative, std::size_t index) {
  return index == 0 ? 0 : static_cast<double>(cumulative[index - 1]);
}

/// The sum of squared cell counts: the smaller, the more even.
double unevenness(std::span<const std::uint32_t> first, std::span<const std::uint32_t> cumulative) {
  double sum = 0;
  for (std::size_t cell = 0; cell + 1 < first.size(); ++cell) {
    const double count = values_before(cumulative, first[cell + 1]) - values_before(cumulative, first[cell]);
    sum += count * count;
  }
  return sum;
}

}  // namespace

template <class Map>
ValueGrid::Cut ValueGrid::cut(std::span<const double> distinct, std::span<const std::uint32_t> cumulative,
                              const Map& map, std::size_t stretches, std::size_t cells) {
  Cut result{std::vector<Stretch>(stretches), {}};
  std::size_t begin = 0;
  std::size_t cell = 0;
  for (std::size_t s = 0; s < stretches; ++s) {
    std::size_t end = begin;
    while (end < distinct.size() && map(distinct[end]) == s) ++end;
    const std::size_t held = end - begin;
    // Half by values, which are what a cell's bound is about, half by distinct values, which are what is searched.
    const double share = (values_before(cumulative, end) - values_before(cumulative, begin)) / cumulative.back();
    const double worth = (share + static_cast<double>(held) / static_cast<double>(distinct.size())) / 2;
    auto parts = static_cast<std::size_t>(worth * static_cast<double>(cells)) + 1;
    const double width = held > 1 ? distinct[end - 1] - distinct[begin] : 0;
    const double scale = static_cast<double>(parts) / width;
    if (!(width > 0) || !std::isfinite(width) || !std::isfinite(scale)) parts = 1;
    Stretch& stretch = result.stretches[s];
    stretch.base = static_cast<std::uint32_t>(cell);
    if (parts > 1) stretch.inside = {distinct[begin], scale, static_cast<double>(parts - 1)};
    const std::size_t first_cell = cell;
    for (std::size_t i = begin; i < end; ++i)
      for (const std::size_t at = stretch.cell(distinct[i]); result.first.size() <= at;)
        result.first.push_back(static_cast<std::uint32_t>(i));
    cell = first_cell + parts;
    while (result.first.size() < cell) result.first.push_back(static_cast<std::uint32_t>(end));
    begin = end;
  }
  result.first.push_back(static_cast<std::uint32_t>(distinct.size()));
  return result;
}

ValueGrid::ValueGrid(std::span<const double> distinct, std::span<const std::uint32_t> cumulative, std::size_t cells) {
  const std::size_t stretches = std::bit_floor(std::clamp<std::size_t>(cells / cells_per_stretch, 1, most_stretches));
  if (distinct.empty() || cells < 2) {
    first_ = {0, static_cast<std::uint32_t>(distinct.size())};
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
  bits_.shift = std::clamp(width - static_cast<int>(std::bit_width(stretches - 1)), 0, 63);
  Cut chosen = cut(distinct, cumulative, bits_, static_cast<std::size_t>(range >> bits_.shift) + 1, cells);
  by_bits_ = true;

  const double scale = static_cast<double>(stretches) / (high - low);
  if (std::isfinite(low) && std::isfinite(high) && std::isfinite(scale) && scale > 0) {
    linear_ = {low, scale, static_cast<double>(stretches - 1)};
    Cut linear = cut(distinct, cumulative, linear_, stretches, cells);
    if (unevenness(linear.first, cumulative) <= 1.5 * unevenness(chosen.first, cumulative)) {  // it is the faster map
      by_bits_ = false;
      chosen = std::move(linear);
    }
  }
  stretches_ = std::move(chosen.stretches);
  first_ = std::move(chosen.first);
}

}  // namespace perennial::stats
