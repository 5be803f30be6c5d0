#pragma once
// Reports that one decider makes and another judges; here so that deciders need not know each other.

#include <cstdint>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/verdict.hpp"

namespace perennial {

/// One test on one column of a reference and a current window.
struct ColumnDrift {
  std::string column;
  std::string test;  ///< catalog name: psi, ks, …
  double statistic = 0;
  double p_value = -1;   ///< < 0 where the test has none (JSON: null)
  double threshold = 0;  ///< on the statistic, or on the corrected p-value where there is one
  bool drift = false;
  std::uint64_t reference_rows = 0;
  std::uint64_t current_rows = 0;
};

/// A column drifts where one of its tests is sure and all of its distances are material (drift/detect.hpp).
struct DriftReport {
  Verdict verdict = Verdict::invalid;  ///< fail = drift, pass = none, invalid = too few rows
  bool drift = false;
  double share = 0;                           ///< drifting columns / tested columns
  double score = 0;                           ///< the largest PSI over all columns
  std::vector<std::string> drifting_columns;  ///< in the order of their score, largest first
  std::vector<ColumnDrift> columns;           ///< one entry per column and test
};

/// The champion's metric now against its baseline, in the metric's bad direction.
struct DecayReport {
  Verdict verdict = Verdict::invalid;  ///< fail = decayed, pass = not, inconclusive, invalid = no baseline or too few
  std::string metric;                  ///< "target.metric"
  double baseline = 0;
  double current = 0;
  double decay = 0;           ///< > 0 is worse, in the metric's unit
  double decay_share = 0;     ///< decay / |baseline|
  double standard_error = 0;  ///< of the difference
  double p_value = 1;         ///< one-sided
  bool significant = false;
  bool detected = false;  ///< significant and beyond the threshold
  double threshold = 0;   ///< as configured
  bool threshold_is_relative = true;
  std::uint64_t baseline_rows = 0;
  std::uint64_t current_rows = 0;
};

Json to_json(const DriftReport& report);
Json to_json(const DecayReport& report);

}  // namespace perennial
