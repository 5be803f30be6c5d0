// Rows that were there before. A few repeats are a warning; a batch that comes a second time, in its old order, is a
// fault.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "drift/quality/checks.hpp"
#include "drift/quality/onset.hpp"
#include "stats/binomial.hpp"

namespace perennial::drift::quality {
namespace {

/// Share of the repeats with one and the same distance to their first time: the order was kept.
constexpr double in_order = 0.8;
/// Where the training rows repeat themselves more than this, kept order proves nothing.
constexpr double rare = 0.02;
/// Share of repeats that a batch sent twice shows in the rows that hold it.
constexpr double resent = 0.4;

std::vector<Finding> run(const Look& look) {
  std::vector<Finding> findings;
  if (look.profile.columns().empty() || look.newest.columns.size() != look.profile.columns().size()) return findings;
  // Their first time may be anywhere in the window.
  const std::size_t first = look.window.rows - look.newest.rows;
  std::map<std::size_t, std::uint64_t> distances;
  std::uint64_t repeats = 0;
  for (std::size_t row = first; row < look.since_equal.size(); ++row) {
    if (look.since_equal[row] == 0) continue;
    ++repeats;
    ++distances[look.since_equal[row]];
  }
  if (repeats == 0) return findings;
  const double share = static_cast<double>(repeats) / static_cast<double>(look.newest.rows);
  const double usual = std::max(look.profile.usual_repeats(), 0.5 / static_cast<double>(look.profile.rows()));
  if (share - usual < look.level || stats::binomial_sf(repeats, look.newest.rows, usual) > look.p_level)
    return findings;
  const auto most = std::ranges::max_element(distances, {}, [](const auto& entry) { return entry.second; });
  const bool again =
      usual <= rare && share >= resent && static_cast<double>(most->second) >= in_order * static_cast<double>(repeats);
  std::vector<std::uint8_t> flags;
  for (const std::size_t since : look.since_equal) flags.push_back(since > 0 ? 1 : 0);
  Finding finding = finding_at(look, "duplicates", "", onset_of_flags(flags, usual, share));
  finding.severity = again ? Severity::fault : Severity::warning;
  finding.measured = share;
  finding.expected = usual;
  finding.threshold = usual + look.level;
  finding.detail =
      again ? fmt::format("{:.0f} % of the rows were there before, {} rows earlier and in the same order", 100 * share,
                          most->first)
            : fmt::format("{:.0f} % of the rows were there before, {:.1f} % are usual", 100 * share, 100 * usual);
  findings.push_back(std::move(finding));
  return findings;
}

}  // namespace

Check duplicates_check() {
  return {{"duplicates",
           "rows that were there before; a fault where a batch comes again in its old order",
           {{"level", "0.2", "> 0", "share", "rise of the share of exact repeats"}}},
          0.2,
          true,
          run};
}

}  // namespace perennial::drift::quality
