// A column falls silent: the share of missing values jumps (capabilities row 57).

#include <fmt/format.h>

#include <cmath>

#include "drift/quality/checks.hpp"
#include "drift/quality/onset.hpp"
#include "stats/binomial.hpp"

namespace perennial::drift::quality {
namespace {

/// A rise of this part of the level is worth a word.
constexpr double warning_part = 0.25;

std::vector<std::uint8_t> missing_flags(const ColumnView& column) {
  std::vector<std::uint8_t> flags;
  flags.reserve(column.size());
  for (const double value : column.numbers) flags.push_back(std::isnan(value) ? 1 : 0);
  for (const std::int32_t code : column.codes) flags.push_back(code < 0 ? 1 : 0);
  return flags;
}

std::vector<Finding> run(const Look& look) {
  std::vector<Finding> findings;
  const auto visit = [&](const ColumnProfile& profile, const ColumnView& newest, const ColumnView& whole) {
    std::uint64_t missing = 0;
    for (const double value : newest.numbers) missing += std::isnan(value) ? 1 : 0;
    for (const std::int32_t code : newest.codes) missing += code < 0 ? 1 : 0;
    if (newest.size() == 0 || profile.rows == 0) return;
    const double share = static_cast<double>(missing) / static_cast<double>(newest.size());
    // None seen in so many rows still leaves room for a few.
    const double usual = std::max(profile.usual_missing, 0.5 / static_cast<double>(profile.rows));
    const double rise = share - profile.usual_missing;
    if (rise < look.level * warning_part || stats::binomial_sf(missing, newest.size(), usual) > look.p_level) return;
    Finding finding = finding_at(look, "nulls", profile.name, onset_of_flags(missing_flags(whole), usual, share));
    finding.severity = rise >= look.level ? Severity::fault : Severity::warning;
    finding.measured = share;
    finding.expected = profile.usual_missing;
    finding.threshold = std::min(1.0, profile.usual_missing + look.level);
    finding.detail = share >= 1 ? "there are no values any more"
                                : fmt::format("{:.0f} % of the values are missing, {:.1f} % are usual", 100 * share,
                                              100 * profile.usual_missing);
    findings.push_back(std::move(finding));
  };
  for_each_column(look, ColumnKind::numeric, visit);
  for_each_column(look, ColumnKind::categorical, visit);
  return findings;
}

}  // namespace

Check nulls_check() {
  return {{"nulls",
           "the share of missing values jumps",
           {{"level", "0.2", "> 0", "share", "rise that is a fault; a quarter of it is a warning"}}},
          0.2,
          true,
          run};
}

}  // namespace perennial::drift::quality
