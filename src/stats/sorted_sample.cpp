#include "stats/sorted_sample.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include "stats/locate_avx512.hpp"
#include "stats/radix_sort.hpp"

namespace perennial::stats {
namespace {

constexpr std::size_t values_per_cell = 4;
constexpr std::size_t cells_of_few = 2048;  // up to here every distinct value has a cell, about
constexpr std::size_t most_cells = 16384;   // their counts stay in the second cache
constexpr std::size_t together = 8;
constexpr std::size_t fetched = 64;
constexpr std::size_t worth_counting = 4096;  // below, the counters cost more than they save

/// Ascending, for values that are not NaN. By digits of their bit patterns, which in this form are in the order of the
/// values: half the time of comparing them.
void sort_ascending(std::vector<double>& values) {
  if (values.size() < worth_counting) {
    std::ranges::sort(values);
    return;
  }
  std::vector<std::uint64_t> keys(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) keys[i] = key_of_double(values[i]);
  std::vector<std::uint64_t> other(keys.size());
  radix_sort<std::uint64_t, 11>(keys, other, UINT64_MAX);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = double_of_key(keys[i]);
}

}  // namespace

SortedSample::SortedSample(std::span<const double> values) {
  distinct_.reserve(values.size());
  for (const double value : values)
    if (!std::isnan(value)) distinct_.push_back(value);
  sort_ascending(distinct_);
  cumulative_.reserve(distinct_.size());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < distinct_.size(); ++i) {
    if (kept == 0 || distinct_[i] != distinct_[kept - 1]) {
      distinct_[kept++] = distinct_[i];
      cumulative_.push_back(0);
    }
    cumulative_.back() = static_cast<std::uint32_t>(i + 1);
  }
  distinct_.resize(kept);
  std::uint32_t before = 0;
  for (const auto upto : cumulative_) {
    const double share = static_cast<double>(upto - before) / static_cast<double>(cumulative_.back());
    tied_ += share * share * share;
    before = upto;
  }
  if (kept < values.size() / 2) {
    distinct_.shrink_to_fit();
    cumulative_.shrink_to_fit();
  }
  grid_ = ValueGrid(distinct_, cumulative_,
                    std::min(std::max(std::min(kept, cells_of_few), kept / values_per_cell), most_cells));
}

double SortedSample::quantile(double share) const {
  if (distinct_.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double rank = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(size()) - 1e-9);
  const auto at = std::lower_bound(cumulative_.begin(), cumulative_.end(), std::max(rank, 1.0));
  return distinct_[static_cast<std::size_t>(at - cumulative_.begin())];
}

void SortedSample::locate(std::span<const double> values, std::span<std::uint32_t> found, CountLevel level) const {
  if (distinct_.empty()) {
    std::ranges::fill(found, 0u);
    return;
  }
  if (level == CountLevel::avx512) return locate_avx512(grid_, distinct_, values, found);
  const auto last = static_cast<std::uint32_t>(distinct_.size() - 1);
  // Of many values the places are fetched at once: a large sample does not fit into a cache, and one miss after the
  // other would cost more than the searches. Eight searches go abreast, and the choice of the half is arithmetic:
  // mispredicted branches would cost three times as much.
  grid_.with_map([&](const auto& cell_of) {
    std::array<std::size_t, fetched> cell{};
    std::array<std::uint32_t, fetched> at{};
    std::array<std::uint32_t, fetched> length{};
    for (std::size_t begin = 0; begin < values.size(); begin += fetched) {
      const std::size_t count = std::min(fetched, values.size() - begin);
      for (std::size_t j = 0; j < count; ++j) cell[j] = cell_of(values[begin + j]);
      for (std::size_t j = 0; j < count; ++j) at[j] = grid_.first(cell[j]);
      for (std::size_t j = 0; j < count; ++j) {
        length[j] = grid_.first(cell[j] + 1) - at[j];
        __builtin_prefetch(&distinct_[std::min(at[j] + length[j] / 2, last)]);
      }
      for (std::size_t part = 0; part < count; part += together) {
        const std::size_t end = std::min(count, part + together);
        std::uint32_t longest = 0;
        for (std::size_t j = part; j < end; ++j) longest = std::max(longest, length[j]);
        for (; longest > 1; longest -= longest / 2)
          for (std::size_t j = part; j < end; ++j) {
            const std::uint32_t half = length[j] / 2;
            const bool below = distinct_[std::min(at[j] + half - (half > 0 ? 1 : 0), last)] < values[begin + j];
            at[j] += half & (0u - static_cast<std::uint32_t>(below));
            length[j] -= half;
          }
        for (std::size_t j = part; j < end; ++j)
          found[begin + j] = at[j] + (length[j] > 0 && distinct_[at[j]] < values[begin + j] ? 1u : 0u);
      }
    }
  });
}

}  // namespace perennial::stats
