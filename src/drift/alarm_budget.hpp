#pragma once
// A promise about alarms, made in advance: at most so many false ones per model in so long.

#include "core/config_node.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace perennial::drift {

struct AlarmBudget {
  double alarms = 1;  ///< above 0
  Span per;           ///< a duration or rows; empty: nothing is promised

  bool stated() const { return !per.empty(); }
  /// The chance of a false alarm that each look may have where looks are `every` apart: alarms * every / per, at most
  /// 0.5. Looks that are independent then raise `alarms` false alarms in `per` on average; looks that share rows fewer.
  /// 0 where nothing is promised. Both in rows or both in time: parse() sees to it.
  double per_look(const Span& every) const;

  /// `{alarms: 1, per: 90d}`; an undefined node promises nothing. Error: config (with place), also where `per` is in
  /// rows and `every` in time or the other way round, or shorter than `every`.
  static Result<AlarmBudget> parse(const ConfigNode& node, const Span& every);
};

}  // namespace perennial::drift
