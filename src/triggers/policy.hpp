#pragma once
// One trigger policy: looks at the evidence of one tick and says whether it wants a training. Adding one is a file in
// policies/ and a line in catalog.cpp.

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/catalog.hpp"
#include "core/config_node.hpp"
#include "triggers/inputs.hpp"

namespace perennial::triggers {

inline constexpr int default_priority = 3;  ///< row 16
inline constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();

/// What one policy says. Not fired with a reason = there was evidence (or it was missing), and it was not enough.
struct Finding {
  bool fired = false;
  std::string reason{};
  double measured = not_measured;
  double threshold = not_measured;
  int priority = default_priority;
};

/// A metric that a policy waits for, and how: one that is not measured would never be heard of.
struct MetricUse {
  std::string metric;             ///< "target.metric"
  bool against_baseline = false;  ///< its decay; else its value
};

/// A test of a column that a policy waits for; its name is one of `perennial list detectors`.
struct ColumnTest {
  std::string column;
  std::string test;
};

class Policy {
 public:
  virtual ~Policy() = default;
  /// Nothing where there is nothing new to say in this tick (no report, schedule not due). Pure.
  virtual std::optional<Finding> look(const TriggerInputs& inputs, const TriggerMemory& memory,
                                      TimePoint now) const = 0;
  /// What is remembered of this tick, whatever was decided. `started` = this policy's finding started a training.
  virtual void remember(const TriggerInputs& inputs, bool started, TimePoint now, TriggerMemory& memory) const;
  /// The next instant at which this policy fires by itself; nothing for policies that wait for evidence.
  virtual std::optional<TimePoint> next_due(const std::string& model, const TriggerMemory& memory, TimePoint now) const;
  /// True where external events of this name are for this policy; their finding is then `fired`.
  virtual bool takes_event(const std::string& trigger) const;
  /// True where LossBlock::fresh_loss is used; it is not estimated for nobody.
  virtual bool wants_fresh_loss() const;
  /// True where alarms of this kind, "drift", "decay" or "importance", are what it acts on, alone or among others.
  virtual bool answers(std::string_view alarm) const;
  /// The drift tests of columns that it waits for.
  virtual std::vector<ColumnTest> drift_tests() const;
  /// The shift of importance that it waits for, 0 to 1; of several the smallest. It is not measured for nobody.
  virtual std::optional<double> importance_shift() const;
  /// The metrics that it waits for.
  virtual std::vector<MetricUse> metrics() const;
  /// One line in words for `explain config`.
  virtual std::string describe() const = 0;

  const std::string& label() const { return label_; }  ///< unique in one config: "drift", "schedule", "schedule-2"
  std::optional<int> priority() const { return priority_; }  ///< `priority:` of the entry, where given
  void set_label(std::string label) { label_ = std::move(label); }
  void set_priority(std::optional<int> priority) { priority_ = priority; }

 private:
  std::string label_;
  std::optional<int> priority_;
};

/// A member of the family. `key` of a `when:` entry is entry.name (schedule also takes `every`).
struct PolicyKind {
  CatalogEntry entry;
  /// `item` is the whole entry of the list; the kind checks all its keys. Error: config.
  Result<std::shared_ptr<const Policy>> (*make)(const ConfigNode& item, std::string label);
};

/// schedule, cost, cara, upf, any, all, at_least, drift, decay, importance, floor, volume, event, manual, none.
const Catalog<PolicyKind>& policies();

}  // namespace perennial::triggers
