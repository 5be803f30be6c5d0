#pragma once
// The `retrain:` node of a model.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/config_node.hpp"
#include "core/time.hpp"
#include "triggers/policy.hpp"
#include "triggers/window.hpp"

namespace perennial::triggers {

inline constexpr Duration default_cooldown = std::chrono::hours(24);     ///< row 17
inline constexpr int default_min_priority = 3;                           ///< row 18
inline constexpr Duration default_max_latency = std::chrono::hours(24);  ///< row 34
inline constexpr Duration default_aging = std::chrono::hours(24);
inline constexpr Duration backoff_first = std::chrono::minutes(1);  ///< after the first failure; then doubled
inline constexpr Duration backoff_most = std::chrono::hours(1);

/// Who starts what the policies ask for. A person's request starts a training in every mode.
enum class Mode {
  autonomous,  ///< the loop
  approval,    ///< a person, asked for each time
  advisory,    ///< nobody: the decision is journalled as advice
};

Result<Mode> parse_mode(const ConfigNode& node);

struct TriggerConfig {
  std::shared_ptr<const Window> window;                   ///< training window; null: default_window() of the strategy
  std::vector<std::shared_ptr<const Window>> candidates;  ///< none, or 2..window_candidates instead of `window`
  Span cooldown{.duration = default_cooldown, .rows = 0};
  int min_priority = default_min_priority;  ///< 1..5
  Duration aging = default_aging;           ///< a request that is held back gains 1 of priority per so long; 0 = never
  Mode mode = Mode::autonomous;             ///< `mode:` of the model
  Span max_latency{.duration = default_max_latency, .rows = 0};
  std::vector<std::shared_ptr<const Policy>> when;  ///< in the order of the config

  /// The most rows of any of the windows, where they are bounded in rows; else 0.
  std::uint64_t most_window_rows() const;
};

/// Reads {window, candidates, cooldown, min_priority, aging, max_latency, when}. An undefined node gives the defaults
/// with no policy. Errors: config (unknown key or policy or window with the known ones, never firing schedule).
Result<TriggerConfig> parse_triggers(const ConfigNode& retrain);

/// The name of the policy that an entry of `when:` is about; `every` is short for a schedule. Error: config.
Result<std::string> policy_name(const ConfigNode& item);

/// One policy from one entry of `when:`; `label` is used in memory and decisions.
Result<std::shared_ptr<const Policy>> parse_policy(const ConfigNode& item, std::string label);

/// In words, one line per policy and bound, for `explain config`.
std::vector<std::string> describe(const TriggerConfig& config);

}  // namespace perennial::triggers
