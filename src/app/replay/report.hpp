#pragma once
// The JSON report of a replay: the contract's fields, read off the journal.

#include <span>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/json.hpp"
#include "registry/registry.hpp"

namespace perennial::app {

struct ReportInputs {
  std::string model;
  std::uint64_t rows = 0;
  std::uint64_t warmup_rows = 0;
  std::uint64_t scored_rows = 0;
  std::uint64_t seed = 0;
  std::string metric;
  bool higher_is_better = true;
  double score = 0;
  double never_retrain = 0;
  double no_change = 0;
  double train_s = 0;  ///< measured, like the next two: the three that differ between equal runs
  double train_cpu_s = 0;
  double wall_s = 0;
  std::string journal_digest;
  std::vector<std::string> notes;
};

/// Pure. Not finite scores become null.
Json replay_report(const ReportInputs& inputs, std::span<const Event> events, const registry::Registry& registry);

}  // namespace perennial::app
