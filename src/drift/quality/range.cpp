// Values beyond everything that the training rows had. A little beyond, or far and for good, is what drift looks like:
// a price level, a calendar. One and the same value far away, again and again among ordinary ones, is a code for
// "missing"; a thousand ranges away is an overflow.

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <utility>

#include "drift/quality/checks.hpp"
#include "drift/quality/onset.hpp"
#include "stats/binomial.hpp"

namespace perennial::drift::quality {
namespace {

/// A code for "missing" lies beyond the range by so many times its width,
constexpr double far_widths = 10;
/// makes up this share of the far values,
constexpr double one_value = 0.9;
/// and comes back so many times after ordinary values.
constexpr std::size_t least_returns = 3;
/// Beyond the range by so many times its width nothing that was measured lies.
constexpr double absurd_widths = 1000;

std::vector<std::uint8_t> beyond(const ColumnView& column, double low, double high) {
  std::vector<std::uint8_t> flags;
  flags.reserve(column.size());
  for (const double value : column.numbers) flags.push_back(value < low || value > high ? 1 : 0);
  return flags;
}

std::uint64_t count_beyond(const ColumnView& column, double low, double high) {
  std::uint64_t total = 0;
  for (const double value : column.numbers) total += (value < low ? 1U : 0U) | (value > high ? 1U : 0U);
  return total;
}

/// Whether one value stands again and again among ordinary ones.
bool is_code(const ColumnView& column, const std::vector<std::uint8_t>& far) {
  std::map<double, std::size_t> counts;
  std::size_t all = 0;
  std::size_t returns = 0;
  bool ordinary_before = false;
  for (std::size_t row = 0; row < far.size(); ++row) {
    if (std::isnan(column.numbers[row])) continue;
    if (far[row] == 0) {
      ordinary_before = all > 0;
      continue;
    }
    ++all;
    ++counts[column.numbers[row]];
    returns += std::exchange(ordinary_before, false) ? 1 : 0;
  }
  std::size_t most = 0;
  for (const auto& [value, count] : counts) most = std::max(most, count);
  return returns >= least_returns && static_cast<double>(most) >= one_value * static_cast<double>(all);
}

std::vector<Finding> run(const Look& look) {
  std::vector<Finding> findings;
  for_each_column(look, ColumnKind::numeric, [&](const auto& profile, const auto& newest, const auto& whole) {
    const double width = profile.high - profile.low;
    // A constant has no range: that it moves at all is for the drift tests.
    if (profile.sample.size() == 0 || !(width > 0)) return;
    std::uint64_t present = 0;
    for (const double value : newest.numbers) present += std::isnan(value) ? 0 : 1;
    if (present == 0) return;
    // The next of n + 1 exchangeable values is a new extreme with probability 2 / (n + 1).
    const double chance = 2 / static_cast<double>(profile.sample.size() + 1);
    const double usual = std::max(profile.usual_outside, chance);
    // Nearly always nothing is: then nothing can be far beyond either.
    const std::uint64_t outside = count_beyond(newest, profile.low, profile.high);
    if (outside == 0) return;
    const std::uint64_t absurd =
        count_beyond(newest, profile.low - absurd_widths * width, profile.high + absurd_widths * width);
    const bool is_absurd = static_cast<double>(absurd) >= look.level * static_cast<double>(present);
    const double far_low = profile.low - (is_absurd ? absurd_widths : far_widths) * width;
    const double far_high = profile.high + (is_absurd ? absurd_widths : far_widths) * width;
    const auto far_flags = beyond(newest, far_low, far_high);
    const std::uint64_t far = count_beyond(newest, far_low, far_high);
    const double far_share = static_cast<double>(far) / static_cast<double>(present);
    const double share = static_cast<double>(outside) / static_cast<double>(present);
    const bool fault = far_share >= look.level && (is_absurd || is_code(newest, far_flags)) &&
                       stats::binomial_sf(far, present, chance) <= look.p_level;
    if (!fault && (share - usual < look.level || stats::binomial_sf(outside, present, usual) > look.p_level)) return;
    const auto flags = fault ? beyond(whole, far_low, far_high) : beyond(whole, profile.low, profile.high);
    Finding finding = finding_at(look, "range", profile.name, onset_of_flags(flags, chance, fault ? far_share : share));
    finding.severity = fault ? Severity::fault : Severity::warning;
    finding.measured = fault ? far_share : share;
    finding.expected = fault ? 0 : usual;
    finding.threshold = fault ? look.level : usual + look.level;
    double example = profile.high;
    for (std::size_t row = 0; row < newest.size(); ++row)
      if (newest.numbers[row] < (fault ? far_low : profile.low) ||
          newest.numbers[row] > (fault ? far_high : profile.high))
        example = newest.numbers[row];
    finding.detail = fmt::format("{:.0f} % of the values, such as {:.6g}, are {}outside of {:.6g} to {:.6g}",
                                 100 * finding.measured, example, fault ? "far " : "", profile.low, profile.high);
    findings.push_back(std::move(finding));
  });
  return findings;
}

}  // namespace

Check range_check() {
  return {{"range",
           "values beyond all training rows; a fault where one value far away comes again and again, or all lie "
           "absurdly far",
           {{"level", "0.05", "> 0", "share", "of the values, beyond what is usual"}}},
          0.05,
          true,
          run};
}

}  // namespace perennial::drift::quality
