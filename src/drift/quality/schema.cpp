// Columns that are gone, new, renamed, or of another type (capabilities rows 58 and 59).

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "drift/quality/checks.hpp"
#include "stats/ks.hpp"

namespace perennial::drift::quality {
namespace {

/// How much of a new column looks like the profile of one that is gone, 0..1.
double likeness(const ColumnProfile& profile, const ColumnView& column) {
  if (profile.kind != column.kind || column.size() == 0) return 0;
  if (profile.kind == ColumnKind::numeric) {
    const auto ks = stats::ks_statistic(profile.sample, column.numbers);
    return ks.current_n == 0 || ks.reference_n == 0 ? 0 : 1 - std::max(0.0, ks.statistic - profile.habit_distance);
  }
  std::size_t known = 0;
  std::size_t present = 0;
  for (const std::int32_t code : column.codes) {
    if (code < 0) continue;
    ++present;
    known += profile.counts.contains(column.dictionary->value(code)) ? 1 : 0;
  }
  return present == 0 ? 0 : static_cast<double>(known) / static_cast<double>(present);
}

constexpr double renamed_likeness = 0.8;

std::vector<Finding> run(const Look& look) {
  std::vector<Finding> findings;
  if (look.profile.columns().empty() || look.newest.columns.empty()) return findings;
  for (const auto& profile : look.profile.columns()) {
    const ColumnView* now = look.newest.find(profile.name);
    if (now != nullptr && now->kind == profile.kind) continue;
    Finding finding = finding_at(look, "schema", profile.name, 0);
    finding.severity = Severity::fault;
    finding.measured = 1;
    if (now != nullptr) {
      finding.detail = fmt::format("the values are {} now and were {}", to_string(now->kind), to_string(profile.kind));
    } else {
      finding.detail = "the column is gone";
      double best = renamed_likeness;
      for (const auto& column : look.newest.columns) {
        if (look.profile.find(column.name) != nullptr) continue;
        if (const double like = likeness(profile, column); like >= best) {
          best = like;
          finding.detail = fmt::format("the column is gone; '{}' looks like it", column.name);
        }
      }
    }
    findings.push_back(std::move(finding));
  }
  for (const auto& column : look.newest.columns) {
    if (look.profile.find(column.name) != nullptr) continue;
    Finding finding = finding_at(look, "schema", column.name, 0);
    finding.measured = 1;
    finding.detail = "the column is new";
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace

Check schema_check() {
  return {{"schema", "a column is gone, renamed, of another type (faults), or new", {}}, 0, false, run};
}

}  // namespace perennial::drift::quality
