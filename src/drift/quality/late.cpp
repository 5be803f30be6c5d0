// Rows that are older than those before them.

#include <fmt/format.h>

#include <algorithm>

#include "drift/quality/checks.hpp"
#include "drift/quality/intervals.hpp"
#include "drift/quality/onset.hpp"

namespace perennial::drift::quality {
namespace {

/// A row may be so many usual intervals behind: senders overtake each other.
constexpr std::int64_t overtaking = 10;

std::vector<Finding> run(const Look& look) {
  std::vector<Finding> findings;
  const auto usual = intervals_of(look.window.times);
  if (!usual || look.newest.times.empty()) return findings;
  std::vector<std::uint8_t> flags;
  flags.reserve(look.window.rows);
  TimePoint newest = look.window.times.front();
  for (const TimePoint at : look.window.times) {
    newest = std::max(newest, at);
    flags.push_back(newest - at > usual->usual * overtaking ? 1 : 0);
  }
  const std::size_t first = look.window.rows - look.newest.rows;
  std::uint64_t late = 0;
  for (std::size_t row = first; row < flags.size(); ++row) late += flags[row];
  const double share = static_cast<double>(late) / static_cast<double>(look.newest.rows);
  if (late < 3 || share < look.level) return findings;
  Finding finding = finding_at(look, "late", "", onset_of_flags(flags, 0.001, share));
  finding.measured = share;
  finding.detail = fmt::format("{:.0f} % of the rows are older than those before them by more than {}", 100 * share,
                               format_duration(usual->usual * overtaking));
  findings.push_back(std::move(finding));
  return findings;
}

}  // namespace

Check late_check() {
  return {{"late",
           "rows that are older than those before them, by more than ten usual intervals",
           {{"level", "0.05", "> 0", "share", "of the rows"}}},
          0.05,
          true,
          run};
}

}  // namespace perennial::drift::quality
