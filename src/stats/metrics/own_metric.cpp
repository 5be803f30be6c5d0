#include "stats/metrics/own_metric.hpp"

#include <fmt/format.h>

namespace perennial::stats {
namespace {

constexpr std::string_view higher = "higher(";
constexpr std::string_view lower = "lower(";

}  // namespace

std::optional<Formula> parse_formula(std::string_view metric) {
  const bool is_higher = metric.starts_with(higher);
  if ((!is_higher && !metric.starts_with(lower)) || !metric.ends_with(')')) return std::nullopt;
  metric.remove_prefix(is_higher ? higher.size() : lower.size());
  metric.remove_suffix(1);
  return Formula{is_higher, metric};
}

std::string OwnMetric::formula() const { return fmt::format("{}{})", higher_is_better ? higher : lower, expression); }

}  // namespace perennial::stats
