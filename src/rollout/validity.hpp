#pragma once
// Can the arms of a canary be compared at all? Asked before what they show.

#include "core/json.hpp"
#include "rollout/judge.hpp"

namespace perennial::rollout {

/// How likely one of the checks calls arms invalid that are not, over all looks of a phase.
inline constexpr double validity_alpha = 0.001;
inline constexpr std::uint64_t least_label_rows = 50;  ///< per arm, before shares of labels are compared
inline constexpr double least_label_gap = 0.05;        ///< a smaller difference of the shares does no harm

/// pass or invalid; pass of every phase but canary, where there is only one arm.
/// Sample-ratio mismatch: other counts of units than the weight can explain (stats/sample_ratio.hpp): somebody was lost
/// on the way to one arm. Label coverage: at the same age another share of one arm's rows is labelled than of the
/// other's; then those that are labelled are not alike (labels that come first are not like the others), and comparing
/// them at unequal age would be comparing kinds of labels.
Judgement judge_validity(const Evidence& evidence);

Json to_json(const SplitEvidence& split);

}  // namespace perennial::rollout
