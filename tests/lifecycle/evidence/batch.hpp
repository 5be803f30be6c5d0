#pragma once
// A batch of joined rows for the tests of evidence.

#include "feedback/joiner.hpp"

namespace perennial::lifecycle {

inline const std::vector<Target>& two_kinds() {
  static const std::vector<Target> targets = {{"price", Task::regression, {}}, {"state", Task::binary, {"no", "yes"}}};
  return targets;
}

/// Rows of one minute each, all labelled price 1 and state "yes", answered by nobody yet.
inline feedback::JoinedBatch joined(std::size_t rows) {
  feedback::JoinedBatch batch;
  for (std::size_t row = 0; row < rows; ++row) {
    batch.ids.push_back(std::to_string(row));
    batch.inputs.times.push_back(TimePoint{} + std::chrono::minutes(row + 1));
  }
  batch.inputs.rows = rows;
  batch.truth = {Truth(rows, 1), Truth(rows, 1)};
  batch.answered_by.assign(rows, -1);
  return batch;
}

/// `version`, in an arm, scored the given rows: price 1 + error, state "yes" with probability p.
inline void score(feedback::JoinedBatch& batch, const std::string& version, feedback::Arm arm,
                  const std::vector<std::size_t>& rows, float error, float p, bool answers) {
  const std::size_t n = batch.rows();
  feedback::VersionOutputs outputs{version, arm, {n, 3, std::vector<float>(3 * n, std::nanf(""))}, {}, {}};
  outputs.present.assign(n, 0);
  outputs.failed.assign(n, 0);
  for (const std::size_t row : rows) {
    outputs.present[row] = 1;
    outputs.outputs.values[3 * row] = 1 + error;
    outputs.outputs.values[3 * row + 1] = 1 - p;
    outputs.outputs.values[3 * row + 2] = p;
    if (answers) batch.answered_by[row] = static_cast<std::int32_t>(batch.versions.size());
  }
  batch.versions.push_back(std::move(outputs));
}

}  // namespace perennial::lifecycle
