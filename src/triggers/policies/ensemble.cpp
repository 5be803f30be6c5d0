// Retrains when enough of several policies ask for it: any, all, at least n of them (capabilities rows 5, 24).

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "triggers/config.hpp"
#include "triggers/policies/members.hpp"

namespace perennial::triggers {
namespace {

constexpr Duration default_within = std::chrono::hours(24);

/// A member's vote is the last instant at which it fired; it counts for `within`, and not beyond the next training of
/// the model that succeeds.
class EnsemblePolicy final : public Policy {
 public:
  std::vector<std::shared_ptr<const Policy>> members;
  std::size_t least = 1;
  Duration within = default_within;
  Span warmup;

  std::optional<Finding> look(const TriggerInputs& inputs, const TriggerMemory& memory, TimePoint now) const override {
    Finding finding{.threshold = static_cast<double>(least)};
    std::size_t votes = 0;
    bool anything = false;
    std::optional<int> highest;  // of the members that ask now
    for (const auto& member : members) {
      const auto said = member->look(inputs, memory, now);
      anything = anything || said.has_value();
      const bool votes_now = said && said->fired;
      if (!votes_now && !counts(*member, memory, now)) {
        if (said) add(finding.reason, said->reason);
        continue;
      }
      ++votes;
      add(finding.reason, votes_now ? said->reason : fmt::format("{} asked before", name_of(*member)));
      if (votes_now) highest = std::max(highest.value_or(1), member->priority().value_or(said->priority));
    }
    if (!anything) return std::nullopt;
    finding.priority = highest.value_or(default_priority);
    finding.measured = static_cast<double>(votes);
    finding.fired = votes >= least;
    finding.reason = fmt::format("{} of {} ask, {} needed: {}", votes, members.size(), least, finding.reason);
    if (finding.fired && warming_up(inputs, memory, now)) {
      finding.fired = false;
      finding.reason = fmt::format("warm-up of {}: {}", format_span(warmup), finding.reason);
    }
    return finding;
  }

  void remember(const TriggerInputs& inputs, bool started, TimePoint now, TriggerMemory& memory) const override {
    const TriggerMemory before = memory;
    for (const auto& member : members) {
      const auto said = member->look(inputs, before, now);
      const bool voted = said && said->fired;
      if (voted) memory.fired_at[member->label()] = now;
      member->remember(inputs, started && voted, now, memory);
    }
  }

  std::optional<TimePoint> next_due(const std::string& model, const TriggerMemory& memory,
                                    TimePoint now) const override {
    std::optional<TimePoint> earliest;
    for (const auto& member : members)
      if (const auto due = member->next_due(model, memory, now); due && (!earliest || *due < *earliest)) earliest = due;
    return earliest;
  }

  bool answers(std::string_view alarm) const override {
    return std::ranges::any_of(members, [&](const auto& member) { return member->answers(alarm); });
  }
  bool takes_event(const std::string& trigger) const override {
    return std::ranges::any_of(members, [&](const auto& member) { return member->takes_event(trigger); });
  }

  bool wants_fresh_loss() const override {
    return std::ranges::any_of(members, [](const auto& member) { return member->wants_fresh_loss(); });
  }

  std::vector<ColumnTest> drift_tests() const override {
    std::vector<ColumnTest> all;
    for (const auto& member : members)
      for (auto& test : member->drift_tests()) all.push_back(std::move(test));
    return all;
  }
  std::optional<double> importance_shift() const override {
    std::optional<double> least_shift;
    for (const auto& member : members)
      if (const auto shift = member->importance_shift(); shift && (!least_shift || *shift < *least_shift))
        least_shift = shift;
    return least_shift;
  }
  std::vector<MetricUse> metrics() const override {
    std::vector<MetricUse> all;
    for (const auto& member : members)
      for (auto& use : member->metrics()) all.push_back(std::move(use));
    return all;
  }

  std::string describe() const override {
    std::string text = least == 1 ? "when any of these asks"
                       : least == members.size()
                           ? fmt::format("when all of these ask within {}", format_duration(within))
                           : fmt::format("when at least {} of these ask within {}", least, format_duration(within));
    if (!warmup.empty()) text += fmt::format(", not in the first {}", format_span(warmup));
    for (std::size_t i = 0; i < members.size(); ++i)
      text += fmt::format("{} ({}) {}", i == 0 ? ":" : ";", i + 1, members[i]->describe());
    return text;
  }

 private:
  static void add(std::string& text, const std::string& more) { text += (text.empty() ? "" : "; ") + more; }

  std::string name_of(const Policy& member) const { return member.label().substr(label().size() + 1); }

  bool counts(const Policy& member, const TriggerMemory& memory, TimePoint now) const {
    const auto fired = memory.fired_at.find(member.label());
    if (fired == memory.fired_at.end() || fired->second + within < now) return false;
    return !memory.last_success_at || fired->second > *memory.last_success_at;
  }

  bool warming_up(const TriggerInputs& inputs, const TriggerMemory& memory, TimePoint now) const {
    if (warmup.empty()) return false;
    if (!memory.watched_since) return true;
    return warmup.rows > 0 ? inputs.rows_seen < memory.rows_at_watch + warmup.rows
                           : now < *memory.watched_since + warmup.duration;
  }
};

Result<std::shared_ptr<const Policy>> make_ensemble(const ConfigNode& item, const ConfigNode& list,
                                                    const ConfigNode& options, std::string label,
                                                    std::optional<std::size_t> least) {
  if (!list.is_list() || list.items().size() < 2)
    return list.error("an ensemble is a list of at least two policies", "such as [{every: 7d}, {drift: {share: 30%}}]");
  const auto items = list.items();
  if (items.size() > ensemble_members)
    return list.error(fmt::format("an ensemble has at most {} policies", ensemble_members));
  auto policy = std::make_shared<EnsemblePolicy>();
  policy->least = least.value_or(items.size());
  if (policy->least > items.size())
    return list.error(fmt::format("{} of {} policies can never ask", policy->least, items.size()));
  for (std::size_t i = 0; i < items.size(); ++i) {
    ASSIGN_OR_RETURN(const std::string name, policy_name(items[i]));
    if (name == "manual" || name == "none" || name == "any" || name == "all" || name == "at_least" ||
        (name == "event" && policy->least > 1))
      return items[i].error(
          fmt::format("'{}' cannot be counted in an ensemble", name),
          name == "event" ? "an event is answered when it comes; put it into 'any'" : "make it an entry of its own");
    ASSIGN_OR_RETURN(auto member, parse_policy(items[i], fmt::format("{}/{}-{}", label, name, i + 1)));
    policy->members.push_back(std::move(member));
  }
  if (const auto node = options["within"]; node.defined()) {
    ASSIGN_OR_RETURN(policy->within, node.duration());
    if (policy->within.count() <= 0) return node.error("votes must last for a while", "such as 24h");
  }
  if (const auto node = options["warmup"]; node.defined()) {
    ASSIGN_OR_RETURN(policy->warmup, node.span());
  }
  return finished(std::move(policy), item, std::move(label));
}

Result<std::shared_ptr<const Policy>> make_any(const ConfigNode& item, std::string label) {
  TRY(item.check_keys({"any", "warmup", "priority"}));
  return make_ensemble(item, item["any"], item, std::move(label), 1);
}

Result<std::shared_ptr<const Policy>> make_all(const ConfigNode& item, std::string label) {
  TRY(item.check_keys({"all", "within", "warmup", "priority"}));
  return make_ensemble(item, item["all"], item, std::move(label), std::nullopt);
}

Result<std::shared_ptr<const Policy>> make_at_least(const ConfigNode& item, std::string label) {
  TRY(item.check_keys({"at_least", "priority"}));
  const auto node = item["at_least"];
  TRY(node.check_keys({"n", "of", "within", "warmup"}));
  ASSIGN_OR_RETURN(const std::int64_t least, node["n"].integer(1, static_cast<std::int64_t>(ensemble_members)));
  return make_ensemble(item, node["of"], node, std::move(label), static_cast<std::size_t>(least));
}

const Parameter warmup_parameter{"warmup", "0s", ">= 0", "time or rows", "nothing is asked before it is over"};
const Parameter within_parameter{"within", "24h", "> 0", "time", "how long a member's vote counts"};
const Parameter priority_parameter{"priority", "the highest of those that ask", "1..5", "", "of the request"};

}  // namespace

PolicyKind any_kind() {
  return {{"any",
           "any of several policies asks",
           {{"any", "", "list of policies", "", "at least two"}, warmup_parameter, priority_parameter}},
          make_any};
}

PolicyKind all_kind() {
  return {
      {"all",
       "all of several policies ask within a time",
       {{"all", "", "list of policies", "", "at least two"}, within_parameter, warmup_parameter, priority_parameter}},
      make_all};
}

PolicyKind at_least_kind() {
  return {{"at_least",
           "at least n of several policies ask within a time",
           {{"n", "", "1..the number of policies", "", "how many must ask"},
            {"of", "", "list of policies", "", "at least two"},
            within_parameter,
            warmup_parameter,
            priority_parameter}},
          make_at_least};
}

}  // namespace perennial::triggers
