#include "drift/alarm_budget.hpp"

#include <algorithm>

namespace perennial::drift {

double AlarmBudget::per_look(const Span& every) const {
  if (!stated()) return 0;
  const double looks = per.rows > 0
                           ? static_cast<double>(per.rows) / static_cast<double>(std::max<std::uint64_t>(every.rows, 1))
                           : static_cast<double>(per.duration.count()) /
                                 static_cast<double>(std::max<Duration::rep>(every.duration.count(), 1));
  return std::min(0.5, alarms / std::max(looks, 1.0));
}

Result<AlarmBudget> AlarmBudget::parse(const ConfigNode& node, const Span& every) {
  AlarmBudget budget;
  if (!node.defined()) return budget;
  PERENNIAL_TRY(node.check_keys({"alarms", "per"}));
  if (const auto alarms = node["alarms"]; alarms.defined()) {
    ASSIGN_OR_RETURN(budget.alarms, alarms.number());
    if (!(budget.alarms > 0))
      return alarms.error("no detector can promise that it never errs", "alarms: 1, or a fraction such as 0.1");
  }
  const auto per = node["per"];
  if (!per.defined()) return node.error("how long is the budget for?", "alarm_budget: {alarms: 1, per: 90d}");
  ASSIGN_OR_RETURN(budget.per, per.span());
  if (budget.per.empty()) return per.error("must be above 0");
  if ((budget.per.rows > 0) != (every.rows > 0))
    return per.error("looks are " + format_span(every) + " apart, so the budget must be in the same unit",
                     every.rows > 0 ? "per: 100000rows" : "per: 90d");
  if (budget.per.rows < every.rows || budget.per.duration < every.duration)
    return per.error("shorter than the time between two looks, " + format_span(every));
  return budget;
}

}  // namespace perennial::drift
