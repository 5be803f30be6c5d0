#pragma once
// What a phase has seen, for people: requests, errors and latency per arm; rows, losses, margin, p-values and looks per
// target.

#include <string>
#include <vector>

#include "rollout/judge.hpp"

namespace perennial::rollout {

/// One line per arm, in a canary one on how units were dealt and whether the arms can be compared, then for each target
/// one line per way of comparing that has rows, and one on how its verdict came. Fewer than least_losses labelled rows
/// are called insufficient. Pure.
std::vector<std::string> in_words(const Plan& plan, const Evidence& evidence);

/// The same numbers by name. For each target: {"paired", "rows", "insufficient", "loss_champion", "loss_difference",
/// "standard_error", "margin", "p_harm", "p_worse", "looks" (rows at each look taken), "next_look" or null, "decides",
/// "newest_rows" (of the newest epoch), "verdict", "reason"}. What is not a number is null.
Json findings(const Plan& plan, const Evidence& evidence);

}  // namespace perennial::rollout
