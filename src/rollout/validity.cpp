#include "rollout/validity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stats/always_valid.hpp"
#include "stats/sample_ratio.hpp"

namespace perennial::rollout {
namespace {

double share_of(std::uint64_t part, std::uint64_t other) {
  return part + other == 0 ? 0 : static_cast<double>(part) / static_cast<double>(part + other);
}

/// How likely so unequal shares of labels are in arms that are alike; two-sided, at either of two ages, at every look.
double coverage_p(const ArmLabels& a, const ArmLabels& b) {
  const auto n_a = static_cast<double>(a.rows);
  const auto n_b = static_cast<double>(b.rows);
  const double pooled = (n_a * a.share + n_b * b.share) / (n_a + n_b);
  // An arm in which all rows are alike knows nothing of its own error.
  const double drawn = std::sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b));
  const double error = std::max(drawn, std::hypot(a.standard_error, b.standard_error));
  const double worth = std::min(a.effective_n, b.effective_n);
  if (!(error > 0) || !(worth > 1)) return 1;
  return std::min(1.0, 4 * stats::always_valid_p(std::abs(a.share - b.share), error, worth,
                                                 std::min(n_a, n_b) / static_cast<double>(sees_best_at)));
}

}  // namespace

Judgement judge_validity(const Evidence& evidence) {
  const SplitEvidence& split = evidence.split;
  const Judgement valid{Verdict::pass, "the arms can be compared", 0, 0, false};
  if (evidence.phase != Phase::canary) return valid;
  if (const double p = stats::sample_ratio_p(split.challenger_units, split.champion_units, split.share);
      p <= validity_alpha) {
    const double seen = share_of(split.challenger_units, split.champion_units);
    return {Verdict::invalid,
            fmt::format("sample-ratio mismatch: {:.4g} % of {} units are in the challenger's arm where {:.4g} % were "
                        "meant (p {:.2g}); some are lost or counted twice on the way",
                        100 * seen, split.challenger_units + split.champion_units, 100 * split.share, p),
            seen, split.share, false};
  }
  const ArmLabels& mine = split.challenger_labels;
  const ArmLabels& theirs = split.champion_labels;
  if (mine.rows < least_label_rows || theirs.rows < least_label_rows ||
      std::abs(mine.share - theirs.share) < least_label_gap)
    return valid;
  if (const double p = coverage_p(mine, theirs); p <= validity_alpha)
    return {
        Verdict::invalid,
        fmt::format("labels come in other shares: {:.4g} % of the challenger's rows have theirs after {}, {:.4g} % of "
                    "the champion's (p {:.2g}); what is labelled is not alike",
                    100 * mine.share, format_duration(split.label_age), 100 * theirs.share, p),
        mine.share, theirs.share, false};
  return valid;
}

Json to_json(const SplitEvidence& split) {
  const auto labels = [](const ArmLabels& arm) {
    return Json{{"rows", arm.rows}, {"share", arm.share}, {"standard_error", arm.standard_error}};
  };
  return {{"share", split.share},
          {"challenger_units", split.challenger_units},
          {"champion_units", split.champion_units},
          {"label_age", format_duration(split.label_age)},
          {"challenger_labels", labels(split.challenger_labels)},
          {"champion_labels", labels(split.champion_labels)}};
}

}  // namespace perennial::rollout
