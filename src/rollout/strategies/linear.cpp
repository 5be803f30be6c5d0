// A canary whose steps are counted out: from 10 % up by 10 % each hour, each with its own evidence, so that what was
// seen at one share of the traffic is never mixed with what was seen at another (Simpson's paradox).

#include <cmath>

#include "rollout/strategies/members.hpp"

namespace perennial::rollout {
namespace {

constexpr double default_part = 0.1;
constexpr double least_part = 0.01;  // a hundred steps

Status shape_linear(const ConfigNode& rollout, Plan& plan) {
  if (const auto steps = rollout["canary"]["steps"]; steps.defined())
    return steps.error("the steps of 'linear' are counted out", "linear: {from: 10%, by: 10%, every: 1h}");
  const ConfigNode own = rollout["linear"];
  double from = default_part;
  double by = default_part;
  Span every{.duration = default_bake, .rows = 0};
  if (own.defined()) {
    TRY(own.check_keys({"from", "by", "every"}));
    if (const auto node = own["from"]; node.defined()) {
      ASSIGN_OR_RETURN(from, node.share());
      if (from < least_part || from >= 1) return node.error("the first share is from 1 % to below 100 %");
    }
    if (const auto node = own["by"]; node.defined()) {
      ASSIGN_OR_RETURN(by, node.share());
      if (by < least_part) return node.error("a step is 1 % at least");
    }
    if (const auto node = own["every"]; node.defined()) {
      ASSIGN_OR_RETURN(every, node.span());
      if (every.empty()) return node.error("a length above 0 is expected here", "such as 1h or 1000rows");
    }
  }
  plan.steps.clear();
  // Counted in whole parts of 10000, the buckets of the split: sums of 0.1 do not end at 1.
  const auto parts = [](double share) { return std::lround(share * 10000); };
  for (long weight = parts(from); weight < 10000; weight += parts(by))
    plan.steps.push_back({.weight = static_cast<double>(weight) / 10000, .bake = every});
  return {};
}

}  // namespace

Strategy linear_strategy() {
  return {{"linear",
           "shadow, then shares of entities that grow by the same part each time, then full traffic, then a watch",
           {{"linear.from", "10%", "1..99 %", "share", "the first step"},
            {"linear.by", "10%", "1..100 %", "share", "what each step adds"},
            {"linear.every", "24h", "> 0", "time or rows", "least stay in a step; the rest as for canary"}}},
          canary_strategy().decide,
          true,
          shape_linear};
}

}  // namespace perennial::rollout
