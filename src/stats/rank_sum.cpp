#include "stats/rank_sum.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace perennial::stats {
namespace {

/// Twice the number of reference values below, plus those equal: whole, so that sums do not round.
std::uint64_t doubled_rank(const SortedSample& reference, std::uint32_t at, double value) {
  const auto distinct = reference.distinct();
  const auto cumulative = reference.cumulative();
  const std::uint64_t below = at == 0 ? 0 : cumulative[at - 1];
  if (at < distinct.size() && distinct[at] == value) return below + cumulative[at];
  return 2 * below;
}

}  // namespace

RankSum rank_sum(const SortedSample& reference, std::span<const double> current, double inflation) {
  RankSum result;
  result.reference_n = reference.size();
  std::array<double, 256> values;  // filled before they are read: zeros would cost as much as a short stretch's search
  std::array<std::uint32_t, 256> at;
  std::uint64_t sum = 0;
  std::uint64_t equal = 0;  // to the reference's value, where it has only one
  const auto count_block = [&](std::size_t filled) {
    reference.locate(std::span(values).first(filled), std::span(at).first(filled));
    for (std::size_t i = 0; i < filled; ++i) {
      sum += doubled_rank(reference, at[i], values[i]);
      if (reference.distinct().size() == 1 && values[i] == reference.distinct()[0]) ++equal;
    }
    result.current_n += filled;
  };
  std::size_t filled = 0;
  for (const double value : current) {
    if (std::isnan(value)) continue;
    values[filled++] = value;
    if (filled == values.size()) {
      count_block(filled);
      filled = 0;
    }
  }
  count_block(filled);
  if (result.reference_n == 0 || result.current_n == 0) return result;

  const auto n = static_cast<double>(result.reference_n);
  const auto m = static_cast<double>(result.current_n);
  result.auc = static_cast<double>(sum) / (2 * n * m);
  // A constant reference has no spread of its own: there the ties are those of both sides, what differs counts as
  // untied.
  const double tied =
      reference.distinct().size() == 1 ? std::pow((n + static_cast<double>(equal)) / (n + m), 3) : reference.tied();
  const double free = 1 - tied;
  if (free <= 0) return result;
  // Of the current window's mean rank alone (inflated), and of the reference's.
  const double variance = free / 12 * (std::max(inflation, 1.0) / m + 1 / n);
  result.z = (result.auc - 0.5) / std::sqrt(variance);
  result.p_value = std::erfc(std::abs(result.z) / std::sqrt(2.0));
  return result;
}

}  // namespace perennial::stats
