#include "app/report/monitor_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "app/report/body.hpp"
#include "app/report/phrases.hpp"
#include "app/report/words.hpp"

namespace perennial::app {

std::string decay_detected(const Json& b) {
  std::string words = "the answers got worse";
  const std::string metric = text_of(b, "metric");
  const auto baseline = number_of(b, "baseline");
  const auto current = number_of(b, "current");
  if (!metric.empty()) words += ": " + metric;
  if (!metric.empty() && baseline && current)
    words += fmt::format(" went from {} to {}", number_in_words(*baseline), number_in_words(*current));
  const auto share = number_of(b, "decay_share");
  const auto p = number_of(b, "p_value");
  std::string facts;
  if (share) facts += percent(std::abs(*share)) + " of the baseline";
  if (p) facts += (facts.empty() ? "" : ", ") + ("p " + number_in_words(*p));
  return facts.empty() ? words : fmt::format("{} ({})", words, facts);
}

std::string decay_resolved(const Json& b) {
  const std::string metric = text_of(b, "metric");
  const auto current = number_of(b, "current");
  std::string words = "the answers are as good as before again";
  if (!metric.empty() && current) words += fmt::format(": {} is {}", metric, number_in_words(*current));
  return words;
}

std::string estimated_decay_detected(const Json& b) {
  std::string words = "the answers are estimated to have become worse, before their labels came";
  const std::string metric = text_of(b, "metric");
  const auto baseline = number_of(b, "baseline");
  const auto estimate = number_of(b, "estimate");
  const auto low = number_of(b, "low");
  const auto high = number_of(b, "high");
  if (!metric.empty()) words += ": " + metric;
  if (!metric.empty() && baseline && estimate)
    words += fmt::format(" from {} to about {}", number_in_words(*baseline), number_in_words(*estimate));
  return low && high ? fmt::format("{} ({} to {})", words, number_in_words(*low), number_in_words(*high)) : words;
}

std::string estimated_decay_resolved(const Json& b) {
  const std::string reason = text_of(b, "reason");
  return reason.empty() ? "the warning before the labels is over" : "the warning before the labels is over: " + reason;
}

std::string importance_drift_detected(const Json& b) {
  std::string words = "the model relies on other columns than on its training data";
  const std::string target = text_of(b, "target");
  const auto shift = number_of(b, "shift");
  const auto noise = number_of(b, "noise");
  if (shift)
    words += fmt::format(": the importance{} shifted by {}{}", target.empty() ? "" : " for " + target, percent(*shift),
                         noise ? fmt::format(", chance explains {}", percent(*noise)) : "");
  std::vector<std::pair<double, std::string>> moves;
  const Json& columns = object_of(b, "columns");
  for (const auto& [column, shares] : columns.items()) {
    const auto before = number_of(shares, "reference");
    const auto now = number_of(shares, "now");
    if (before && now)
      moves.emplace_back(-std::abs(*now - *before),
                         fmt::format("{} {} to {}", column, percent(*before), percent(*now)));
  }
  std::ranges::sort(moves);
  for (std::size_t i = 0; i < std::min<std::size_t>(3, moves.size()); ++i)
    words += (i == 0 ? "; " : ", ") + moves[i].second;
  return words;
}

std::string importance_drift_resolved(const Json& b) {
  return "the model relies on its columns as before" + because(text_of(b, "reason"));
}

}  // namespace perennial::app
