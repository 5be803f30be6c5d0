#pragma once
// Does this model's own configuration catch a bad version, and how fast? Tried on its own rows, before it matters.

#include <cstdint>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "lifecycle/fleet_config.hpp"

namespace perennial::app {

inline constexpr std::uint64_t drill_rows_read = 20'000;        ///< of the file; its traffic is repeated beyond
inline constexpr std::uint64_t drill_rows_per_fault = 200'000;  ///< then it counts as not caught

struct DrillOptions {
  lifecycle::FleetConfig config;
  std::string model;
  std::vector<std::string> data;
  std::string trainer;
  std::uint64_t seed = 42;
};

/// Trains a first version on the older half of the rows and sends the newer half as traffic, labels included, through
/// the production loop with a virtual clock, in a folder of its own: neither the model's data directory nor its alerts
/// are touched. Then, one after the other: labels of the training data turned round, with the config's own gates; such
/// a version without any gate; the same promoted by force; and once more, taken back by an operator.
///
/// {"model", "rows", "ok", "faults": [{"fault", "caught", "by" (gate, shadow, canary, watch, operator), "reason",
/// "rows" (of traffic, until it was caught), "answered_by_it" (of these), "after" (of the data's time), "switch_ms"
/// (real: of the turn of the loop that decided and switched, or of the operator's command), "failed_requests",
/// "version", "status"}]} Errors: config, invalid data (too few rows), cancelled, those of training.
Result<Json> drill(const DrillOptions& options);

}  // namespace perennial::app
