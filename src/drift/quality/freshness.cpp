// No rows for much longer than usual (capabilities row 63).

#include <fmt/format.h>

#include <algorithm>

#include "drift/quality/checks.hpp"
#include "drift/quality/intervals.hpp"

namespace perennial::drift::quality {
namespace {

std::vector<Finding> run(const Look& look) {
  std::vector<Finding> findings;
  const auto usual = intervals_of(look.window.times);
  if (!usual) return findings;
  const TimePoint last = *std::ranges::max_element(look.window.times);
  const Duration gap = look.window.now - last;
  const auto seconds = [](Duration duration) { return std::chrono::duration<double>(duration).count(); };
  const Duration threshold = longest_pause(*usual, look.level);
  if (gap <= threshold) return findings;
  Finding finding = finding_at(look, "freshness", "", look.window.rows - 1);
  finding.since_row = look.window.first_row + look.window.rows;
  finding.since_at = last;
  finding.measured = seconds(gap);
  finding.expected = seconds(usual->usual);
  finding.threshold = seconds(threshold);
  finding.lasts = true;
  finding.detail =
      fmt::format("no rows for {}, they come every {} as a rule", format_duration(gap), format_duration(usual->usual));
  findings.push_back(std::move(finding));
  return findings;
}

}  // namespace

Check freshness_check() {
  return {{"freshness",
           "no rows for much longer than usual",
           {{"level", "5", "> 0", "times", "the usual interval (95 % of them), and longer than any pause seen"}}},
          5,
          false,
          run};
}

}  // namespace perennial::drift::quality
