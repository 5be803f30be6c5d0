#pragma once
// What can happen to a model in the exploration: time, evidence, a person, a training. The end of the process needs no
// letter: it may come after every append (explorer.hpp).

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace perennial::lifecycle::exploration {

/// What has been measured in the present phase when the loop looks.
enum class Seen {
  nothing,        ///< no request, no label
  few,            ///< good, and fewer labels than min_samples
  good,           ///< enough, and better than the champion
  unclear,        ///< enough, beyond the margin, and it may be luck
  harm,           ///< enough, and clearly worse
  not_finite,     ///< good losses, and an answer that is not a number
  errors,         ///< good losses, and half of the requests failed
  slow,           ///< good losses, and a p99 over the limit
  earlier_phase,  ///< good rows and a broken answer, all from before the phase began
  other_rollout,  ///< good rows of a version that is not rolled out
};
inline constexpr std::array every_seen = {Seen::nothing,       Seen::few,          Seen::good,   Seen::unclear,
                                          Seen::harm,          Seen::not_finite,   Seen::errors, Seen::slow,
                                          Seen::earlier_phase, Seen::other_rollout};

inline bool is_unsafe(Seen seen) { return seen == Seen::not_finite || seen == Seen::errors || seen == Seen::slow; }

enum class Happening {
  look,               ///< the loop turns once, after `passes`, on what was `seen`
  look_shorter_plan,  ///< the same after a restart with a config that has lost its last step
  ask,                ///< a person asks for a retrain; it starts
  trained,            ///< the running training ends with a version that its gates let through
  refused,            ///< … that they do not
  broke,              ///< … with an error
  promote,            ///< a person wants `version`'s next step: the loop turns, then the command
  promote_past,       ///< … wants `version` in production past its evidence
  rollback,
  rollback_to,  ///< `version`
};

struct Input {
  Happening what = Happening::look;
  Seen seen = Seen::nothing;
  Duration passes{0};
  std::string version = {};
};

inline std::string_view to_string(Seen seen) {
  constexpr std::array names = {"nothing",
                                "few labels",
                                "good evidence",
                                "unclear evidence",
                                "harm",
                                "not finite",
                                "errors",
                                "slow",
                                "evidence of an earlier phase",
                                "evidence of another rollout"};
  return names.at(static_cast<std::size_t>(seen));
}

inline std::string text(const Input& input) {
  constexpr std::array names = {"look",
                                "look with a shorter plan",
                                "ask for a retrain",
                                "training ends well",
                                "gates refuse",
                                "training breaks",
                                "promote",
                                "promote past the evidence",
                                "rollback",
                                "rollback to"};
  std::string line = names.at(static_cast<std::size_t>(input.what));
  if (!input.version.empty()) line += " " + input.version;
  if (input.passes.count() > 0)
    line += fmt::format(" after {} min", std::chrono::duration_cast<std::chrono::minutes>(input.passes).count());
  if (input.seen != Seen::nothing) line += fmt::format(", {}", to_string(input.seen));
  return line;
}

}  // namespace perennial::lifecycle::exploration
