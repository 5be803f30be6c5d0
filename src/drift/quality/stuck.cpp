// A column that used to vary says the same in every row.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "drift/quality/checks.hpp"

namespace perennial::drift::quality {
namespace {

/// Fewer different values are states, not measurements: those stay as they are for long.
constexpr std::uint64_t least_distinct = 10;

/// Length of the run of equal values at the end; missing ones neither end nor lengthen it. `first` = its first row.
std::uint64_t last_run(const ColumnView& column, std::size_t& first) {
  std::uint64_t run = 0;
  std::size_t held = column.size();
  const auto missing = [&](std::size_t row) {
    return column.kind == ColumnKind::numeric ? std::isnan(column.numbers[row]) : column.codes[row] < 0;
  };
  const auto same = [&](std::size_t a, std::size_t b) {
    return column.kind == ColumnKind::numeric ? column.numbers[a] == column.numbers[b]
                                              : column.codes[a] == column.codes[b];
  };
  for (std::size_t row = column.size(); row-- > 0;) {
    if (missing(row)) continue;
    if (held != column.size() && !same(row, held)) break;
    held = row;
    first = row;
    ++run;
  }
  return run;
}

std::vector<Finding> run(const Look& look) {
  std::vector<Finding> findings;
  const auto visit = [&](const ColumnProfile& profile, const ColumnView& newest, const ColumnView& whole) {
    if (profile.distinct < least_distinct) return;
    std::size_t first = 0;
    const std::uint64_t length = last_run(whole, first);
    const std::uint64_t needed =
        std::max<std::uint64_t>(look.profile.block(), static_cast<std::uint64_t>(look.level) * profile.longest_run);
    // Only where all of the newest rows agree, so that a longer look back cannot see a run that has ended.
    if (length < needed || newest.size() > whole.size() - first) return;
    if (static_cast<double>(length) * std::log(profile.top_share) > std::log(look.p_level)) return;
    Finding finding = finding_at(look, "stuck", profile.name, first);
    finding.severity = Severity::fault;
    finding.measured = static_cast<double>(length);
    finding.expected = static_cast<double>(profile.longest_run);
    finding.threshold = static_cast<double>(needed);
    finding.detail =
        fmt::format("the same value in {} rows, {} in a row are usual at most", length, profile.longest_run);
    findings.push_back(std::move(finding));
  };
  for_each_column(look, ColumnKind::numeric, visit);
  for_each_column(look, ColumnKind::categorical, visit);
  return findings;
}

}  // namespace

Check stuck_check() {
  return {{"stuck",
           "a column that used to vary says the same in every row",
           {{"level", "5", "> 0", "times", "the longest run of equal values in the training rows"}}},
          5,
          true,
          run};
}

}  // namespace perennial::drift::quality
