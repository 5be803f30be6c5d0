#include "stats/ks.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "stats/ks_p_value.hpp"
#include "stats/radix_sort.hpp"
#include "stats/special.hpp"

namespace perennial::stats {
namespace {

constexpr std::uint32_t not_needed = UINT32_MAX;
constexpr std::size_t block_values = 256;
/// Windows up to this size are sorted by their place in the reference: emptying its thousands of cells takes longer.
constexpr std::size_t small_window = 1000;

struct Extremes {
  std::int64_t high = 0;  ///< of n m (F_current - F_reference)
  std::int64_t low = 0;
  void see(std::int64_t difference) {
    high = std::max(high, difference);
    low = std::min(low, difference);
  }
};

/// Compares one window with one reference; `counts_` and `slot_` have an entry per cell.
class Comparison {
 public:
  Comparison(const SortedSample& reference, std::span<const double> current)
      : reference_(reference),
        grid_(reference.grid()),
        current_(current),
        counts_(grid_.cells()),
        slot_(grid_.cells(), not_needed),
        n_(static_cast<std::int64_t>(reference.size())) {}

  Ks run() {
    Ks result;
    result.reference_n = static_cast<std::uint64_t>(n_);
    count();
    result.current_n = static_cast<std::uint64_t>(m_);
    if (n_ == 0 || m_ == 0) return result;
    if (const std::size_t slots = choose_cells(); slots > 0) {
      slots_.resize(slots);
      fill_slots();
      look_inside();
    }
    result.difference = static_cast<std::uint64_t>(std::max(extremes_.high, -extremes_.low));
    result.statistic = static_cast<double>(result.difference) / (static_cast<double>(n_) * static_cast<double>(m_));
    return result;
  }

 private:
  std::int64_t reference_before(std::size_t cell) const {
    const auto first = grid_.first(cell);
    return first == 0 ? 0 : static_cast<std::int64_t>(reference_.cumulative()[first - 1]);
  }

  /// body(values, their cells), a block at a time: the cells of a block are found before anything is written, because
  /// the loads of the next value would wait for stores whose addresses are not known yet (three times the time).
  template <class Body>
  void for_each_block(Body body) const {
    std::array<std::uint32_t, block_values> cells{};
    grid_.with_map([&](const auto map) {
      for (std::size_t begin = 0; begin < current_.size(); begin += block_values) {
        const auto block = current_.subspan(begin, std::min(block_values, current_.size() - begin));
        for (std::size_t k = 0; k < block.size(); ++k) cells[k] = map(block[k]);
        body(block, std::span<const std::uint32_t>(cells).first(block.size()));
      }
    });
  }

  void count() {
    // Where few values are distinct, most cells hold one: those in which the window has nothing else need no second
    // look.
    const bool few = reference_.distinct().size() <= grid_.cells();
    if (few) find_lone();
    for_each_block([&](std::span<const double> block, std::span<const std::uint32_t> cells) {
      std::size_t present = 0;
      for (const double value : block) present += value == value ? 1 : 0;
      m_ += static_cast<std::int64_t>(present);
      if (few)
        for (std::size_t k = 0; k < block.size(); ++k) others_[cells[k]] |= block[k] != lone_[cells[k]] ? 1 : 0;
      for (const std::uint32_t cell : cells) ++counts_[cell];
      if (present < block.size())  // a missing value was counted in the cell that its bits lead to
        for (std::size_t k = 0; k < block.size(); ++k) counts_[cells[k]] -= block[k] != block[k] ? 1 : 0;
    });
  }

  void find_lone() {
    others_.resize(grid_.cells());
    lone_.assign(grid_.cells(), std::numeric_limits<double>::quiet_NaN());
    for (std::size_t cell = 0; cell < grid_.cells(); ++cell)
      if (grid_.first(cell + 1) - grid_.first(cell) == 1) lone_[cell] = reference_.distinct()[grid_.first(cell)];
  }

  /// Sees the differences at the ends of all cells, which are exact, and chooses the cells inside which a larger one is
  /// possible. Returns the slots that these need: one per distinct value, and one before each.
  std::size_t choose_cells() {
    std::int64_t seen = 0;
    for (std::size_t cell = 0; cell < counts_.size(); ++cell) {
      seen += counts_[cell];
      extremes_.see(seen * n_ - reference_before(cell + 1) * m_);
    }
    const std::int64_t least = std::max(extremes_.high, -extremes_.low);
    std::size_t slots = 0;
    seen = 0;
    for (std::size_t cell = 0; cell < counts_.size(); ++cell) {
      const std::int64_t before = seen;
      seen += counts_[cell];
      const std::int64_t most_high = seen * n_ - reference_before(cell) * m_;
      const std::int64_t most_low = reference_before(cell + 1) * m_ - before * n_;
      if (std::max(most_high, most_low) <= least || (!others_.empty() && others_[cell] == 0)) continue;
      slot_[cell] = static_cast<std::uint32_t>(slots);
      slots += 2 * (grid_.first(cell + 1) - grid_.first(cell)) + 1;
    }
    return slots;
  }

  void fill_slots() {
    // A chosen value is kept and one that is not is overwritten: no branch that nobody could predict.
    std::array<double, block_values> kept_values{};
    std::array<std::uint32_t, block_values> kept_cells{};
    for_each_block([&](std::span<const double> block, std::span<const std::uint32_t> cells) {
      std::size_t kept = 0;
      for (std::size_t k = 0; k < block.size(); ++k) {
        kept_values[kept] = block[k];
        kept_cells[kept] = cells[k];
        kept += static_cast<std::size_t>((slot_[cells[k]] != not_needed) & (block[k] == block[k]));
      }
      place(std::span(kept_values).first(kept), std::span(kept_cells).first(kept));
    });
  }

  void place(std::span<const double> values, std::span<const std::uint32_t> cells) {
    std::array<std::uint32_t, block_values> found{};
    reference_.locate(values, std::span(found).first(values.size()));
    const auto distinct = reference_.distinct();
    for (std::size_t k = 0; k < values.size(); ++k) {
      const bool equal = found[k] < distinct.size() && distinct[found[k]] == values[k];
      ++slots_[slot_[cells[k]] + 2 * (found[k] - grid_.first(cells[k])) + (equal ? 1 : 0)];
    }
  }

  /// Between two reference values F_reference stands still while F_current only grows, so the counts in each gap (even
  /// slots) and on each reference value (odd slots) hold all that the supremum needs.
  void look_inside() {
    std::int64_t before = 0;
    for (std::size_t cell = 0; cell < counts_.size(); before += counts_[cell], ++cell) {
      if (slot_[cell] == not_needed) continue;
      std::int64_t seen = before * n_;
      std::int64_t below = reference_before(cell) * m_;
      const std::uint32_t* slot = slots_.data() + slot_[cell];
      for (std::size_t i = grid_.first(cell); i < grid_.first(cell + 1); ++i, slot += 2) {
        seen += slot[0] * n_;
        extremes_.see(seen - below);
        seen += slot[1] * n_;
        below = static_cast<std::int64_t>(reference_.cumulative()[i]) * m_;
        extremes_.see(seen - below);
      }
    }
  }

  const SortedSample& reference_;
  const ValueGrid& grid_;
  std::span<const double> current_;
  std::vector<std::uint32_t> counts_;
  std::vector<std::uint32_t> slot_;
  std::vector<std::uint32_t> slots_;
  std::vector<double> lone_;          ///< per cell: its only distinct reference value, else NaN
  std::vector<std::uint8_t> others_;  ///< per cell: 1 where the window holds another one there
  std::int64_t n_ = 0;
  std::int64_t m_ = 0;
  Extremes extremes_;
};

/// Where a value lies in the reference: an odd key on a distinct value of it, an even one in the gap before the next.
std::uint32_t key_of(double value, std::uint32_t found, std::span<const double> distinct) {
  const bool equal = found < distinct.size() && distinct[found] == value;
  return 2 * found + (equal ? 1 : 0);
}

/// The same statistic for a small window. F_current - F_reference is largest on a value of the window and smallest just
/// before one; between two reference values it only grows, so a gap is one step.
Ks compare_small(const SortedSample& reference, std::span<const double> current) {
  std::array<double, small_window> present;
  std::array<std::uint32_t, small_window> keys;
  std::array<std::uint32_t, small_window> other;
  std::size_t m = 0;
  for (const double value : current) {
    present[m] = value;
    m += value == value ? 1 : 0;
  }
  Ks result;
  result.reference_n = reference.size();
  result.current_n = m;
  const auto n = static_cast<std::int64_t>(reference.size());
  if (n == 0 || m == 0) return result;
  const auto distinct = reference.distinct();
  const auto cumulative = reference.cumulative();
  const auto sorted = std::span(keys).first(m);
  reference.locate(std::span(present).first(m), sorted);
  for (std::size_t i = 0; i < m; ++i) keys[i] = key_of(present[i], keys[i], distinct);
  radix_sort<std::uint32_t>(sorted, std::span(other).first(m), static_cast<std::uint32_t>(2 * distinct.size()));
  Extremes extremes;
  for (std::size_t i = 0; i < m;) {
    const std::uint32_t key = sorted[i];
    const std::size_t at = key / 2;
    const std::int64_t below = at == 0 ? 0 : static_cast<std::int64_t>(cumulative[at - 1]);
    extremes.see(static_cast<std::int64_t>(i) * n - below * static_cast<std::int64_t>(m));
    while (i < m && sorted[i] == key) ++i;
    const std::int64_t up_to = key % 2 == 1 ? static_cast<std::int64_t>(cumulative[at]) : below;
    extremes.see(static_cast<std::int64_t>(i) * n - up_to * static_cast<std::int64_t>(m));
  }
  result.difference = static_cast<std::uint64_t>(std::max(extremes.high, -extremes.low));
  result.statistic = static_cast<double>(result.difference) / (static_cast<double>(n) * static_cast<double>(m));
  return result;
}

}  // namespace

Ks ks_statistic(const SortedSample& reference, std::span<const double> current) {
  if (current.size() <= small_window) return compare_small(reference, current);
  return Comparison(reference, current).run();
}

Ks ks_statistic_of_sorted(std::span<const double> reference, std::span<const double> current) {
  Ks result;
  result.reference_n = reference.size();
  result.current_n = current.size();
  if (reference.empty() || current.empty()) return result;
  const auto n = static_cast<std::int64_t>(reference.size());
  const auto m = static_cast<std::int64_t>(current.size());
  Extremes extremes;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < reference.size() && j < current.size()) {
    const double value = std::min(reference[i], current[j]);
    while (i < reference.size() && reference[i] == value) ++i;
    while (j < current.size() && current[j] == value) ++j;
    extremes.see(static_cast<std::int64_t>(j) * n - static_cast<std::int64_t>(i) * m);
  }
  result.difference = static_cast<std::uint64_t>(std::max(extremes.high, -extremes.low));
  result.statistic = static_cast<double>(result.difference) / (static_cast<double>(n) * static_cast<double>(m));
  return result;
}

Ks ks_two_sample(const SortedSample& reference, std::span<const double> current, double exact_below) {
  Ks result = ks_statistic(reference, current);
  if (result.difference == 0) return result;
  const double n = static_cast<double>(result.reference_n);
  const double m = static_cast<double>(result.current_n);
  result.p_value = kolmogorov_sf(std::sqrt(n * m / (n + m)) * result.statistic);
  if (result.p_value <= exact_below)
    result.p_value = ks_p_value(result.difference, result.reference_n, result.current_n);
  return result;
}

Ks ks_two_sample(std::span<const double> reference, std::span<const double> current) {
  return ks_two_sample(SortedSample(reference), current);
}

}  // namespace perennial::stats
