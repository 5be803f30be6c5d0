// Many more different values than before: an identifier or a free text where a category was.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "drift/quality/checks.hpp"
#include "drift/quality/onset.hpp"

namespace perennial::drift::quality {
namespace {

/// So many more values are always allowed.
constexpr double allowance = 10;
/// From this share of different values on a column names its rows.
constexpr double naming_share = 0.8;
/// Below it, it groups them.
constexpr double grouping_share = 0.4;

template <class Values>
std::uint64_t distinct(const Values& values, std::uint64_t& present) {
  std::unordered_set<std::remove_cvref_t<decltype(values[0])>> seen;
  for (const auto value : values) {
    if constexpr (std::is_floating_point_v<std::remove_cvref_t<decltype(value)>>) {
      if (std::isnan(value)) continue;
    } else {
      if (value < 0) continue;
    }
    ++present;
    seen.insert(value);
  }
  return seen.size();
}

std::vector<Finding> run(const Look& look) {
  std::vector<Finding> findings;
  const auto visit = [&](const ColumnProfile& profile, const ColumnView& newest, const ColumnView& whole) {
    if (profile.usual_distinct == 0) return;
    const auto block = static_cast<double>(look.profile.block());
    const double rows = static_cast<double>(profile.rows);
    // Measurements are different in nearly every row as it is: there is nothing to count.
    if (static_cast<double>(profile.distinct) >= grouping_share * rows ||
        static_cast<double>(profile.usual_distinct) >= grouping_share * block)
      return;
    std::uint64_t present = 0;
    const std::uint64_t now =
        profile.kind == ColumnKind::numeric ? distinct(newest.numbers, present) : distinct(newest.codes, present);
    if (present == 0) return;
    // More rows show more values, but never more than the training rows had in all, unless something is new.
    const double usual = std::max(
        static_cast<double>(profile.usual_distinct),
        std::min(static_cast<double>(profile.distinct),
                 static_cast<double>(profile.usual_distinct) * std::max(1.0, static_cast<double>(present) / block)));
    if (static_cast<double>(now) < look.level * usual + allowance) return;
    std::vector<std::uint8_t> flags;
    if (profile.kind == ColumnKind::categorical)
      for (const std::int32_t code : whole.codes)
        flags.push_back(code >= 0 && !profile.counts.contains(whole.dictionary->value(code)) ? 1 : 0);
    else
      for (const double value : whole.numbers)
        flags.push_back(!std::isnan(value) && !std::ranges::binary_search(profile.sample.distinct(), value) ? 1 : 0);
    Finding finding = finding_at(look, "cardinality", profile.name, onset_of_flags(flags, 0.01, 0.9));
    const double share = static_cast<double>(now) / static_cast<double>(present);
    finding.severity =
        profile.kind == ColumnKind::categorical && share >= naming_share ? Severity::fault : Severity::warning;
    finding.measured = static_cast<double>(now);
    finding.expected = usual;
    finding.threshold = look.level * usual + allowance;
    finding.detail = fmt::format("{} different values in {} rows, at most {:.0f} are usual", now, present, usual);
    findings.push_back(std::move(finding));
  };
  for_each_column(look, ColumnKind::numeric, visit);
  for_each_column(look, ColumnKind::categorical, visit);
  return findings;
}

}  // namespace

Check cardinality_check() {
  return {{"cardinality",
           "many more different values than before; a fault where nearly every row has its own text",
           {{"level", "3", "> 0", "times", "as many values as usual, and ten more"}}},
          3,
          true,
          run};
}

}  // namespace perennial::drift::quality
