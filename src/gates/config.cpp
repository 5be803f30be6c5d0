#include "gates/config.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stats/metrics.hpp"

namespace perennial::gates {
namespace {

void find_formula(GateCheck& check, std::span<const stats::OwnMetric> own) {
  for (const auto& metric : own)
    if (metric.target == check.target && metric.name == check.metric) check.formula = metric.formula();
}

Status known_metric(const GateCheck& check, const ConfigNode& item, std::span<const Target> targets,
                    std::span<const stats::OwnMetric> own) {
  const auto place = item["metric"].place();
  const auto target = std::ranges::find(targets, check.target, &Target::name);
  if (target == targets.end()) {
    std::vector<std::string> names;
    for (const auto& known : targets) names.push_back(known.name);
    return unknown_name("target", check.target, names, place);
  }
  std::vector<std::string> names;
  for (const auto& metric : stats::metrics().members())
    if (std::ranges::find(metric.tasks, target->task) != metric.tasks.end()) names.push_back(metric.entry.name);
  for (const auto& metric : own)
    if (metric.target == check.target) names.push_back(metric.name);
  if (std::ranges::find(names, check.metric) != names.end()) return {};
  return unknown_name(fmt::format("metric of a {} target", to_string(target->task)), check.metric, names, place);
}

Result<const CheckKind*> kind_of(const ConfigNode& item) {
  const CheckKind* found = nullptr;
  for (const auto& kind : checks().members()) {
    if (!kind.claims(item)) continue;
    if (found != nullptr)
      return item.error(fmt::format("one gate can't be both {} and {}", found->entry.name, kind.entry.name),
                        "make them two entries");
    found = &kind;
  }
  if (found != nullptr) return found;
  TRY(item.check_keys({"metric", "vs", "max", "min", "worse_by_at_most", "better_by_at_least", "confidence", "none"},
                      {"slice"}));
  return item.error("this gate says nothing of what is asked for",
                    "give one of max, min, worse_by_at_most, better_by_at_least");
}

}  // namespace

Result<std::vector<GateCheck>> parse_gates(const ConfigNode& gates, std::span<const Target> targets,
                                           std::span<const stats::OwnMetric> own) {
  std::vector<GateCheck> parsed;
  if (!gates.defined()) return parsed;
  if (!gates.is_list())
    return gates.error("a list of gates is expected here", "such as [{metric: rul.rmse, max: 12.0}]");
  for (const auto& item : gates.items()) {
    ASSIGN_OR_RETURN(const CheckKind* kind, kind_of(item));
    ASSIGN_OR_RETURN(GateCheck check, kind->parse(item));
    if (kind->needs_champion) {
      ASSIGN_OR_RETURN(const std::string versus, item["vs"].text());
      if (versus != "champion")
        return unknown_name("other side", versus, std::vector<std::string>{"champion"}, item["vs"].place());
    }
    if (!check.metric.empty()) {
      TRY(known_metric(check, item, targets, own));
      find_formula(check, own);
    }
    parsed.push_back(std::move(check));
  }
  return parsed;
}

std::vector<GateCheck> default_gates(const std::string& primary, std::span<const stats::OwnMetric> own) {
  const auto dot = primary.rfind('.');
  GateCheck check;
  check.kind = "champion_non_inferior";
  check.target = primary.substr(0, dot);
  check.metric = dot == std::string::npos ? "" : primary.substr(dot + 1);
  find_formula(check, own);
  check.threshold = default_non_inferiority_margin;
  check.threshold_is_relative = true;
  check.gate = fmt::format("{} worse than the champion's by at most {:.4g} %", primary, 100 * check.threshold);
  return {check};
}

}  // namespace perennial::gates
