// Values beyond everything that the training rows had. A little beyond is what drift looks like; ten times the whole
// range away is a code for "missing", an overflow or a wrong column.

#include <fmt/format.h>

#include <cmath>

#include "drift/quality/checks.hpp"
#include "drift/quality/onset.hpp"
#include "stats/binomial.hpp"

namespace perennial::drift::quality {
namespace {

/// Beyond the range by so many times its width nothing that was measured lies.
constexpr double far_widths = 10;

std::vector<std::uint8_t> beyond(const ColumnView& column, double low, double high) {
  std::vector<std::uint8_t> flags;
  flags.reserve(column.size());
  for (const double value : column.numbers) flags.push_back(value < low || value > high ? 1 : 0);
  return flags;
}

std::uint64_t sum(const std::vector<std::uint8_t>& flags) {
  std::uint64_t total = 0;
  for (const std::uint8_t flag : flags) total += flag;
  return total;
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
    const double far_low = profile.low - far_widths * width;
    const double far_high = profile.high + far_widths * width;
    const std::uint64_t far = sum(beyond(newest, far_low, far_high));
    const std::uint64_t outside = sum(beyond(newest, profile.low, profile.high));
    const double far_share = static_cast<double>(far) / static_cast<double>(present);
    const double share = static_cast<double>(outside) / static_cast<double>(present);
    const bool fault = far_share >= look.level && stats::binomial_sf(far, present, chance) <= look.p_level;
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
           "values beyond all training rows; a fault where they lie ten times the whole range away",
           {{"level", "0.05", "> 0", "share", "of the values, beyond what is usual"}}},
          0.05,
          true,
          run};
}

}  // namespace perennial::drift::quality
