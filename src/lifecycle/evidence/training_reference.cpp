#include "lifecycle/evidence/training_reference.hpp"

#include <vector>

#include "drift/rehearsal.hpp"

namespace perennial::lifecycle {
namespace {

Table reference_rows(const Table& inputs, const std::vector<std::size_t>& learned,
                     const drift::Calibration& calibration) {
  const std::size_t kept = drift::reference_rows_worth(calibration, learned.size());
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < kept; ++i) rows.push_back(learned[i * learned.size() / kept]);
  return inputs.pick(rows);
}

}  // namespace

TrainingReference training_reference(const Table& inputs, const training::RunResult& run,
                                     const drift::DriftSettings& monitor) {
  std::vector<std::size_t> learned;
  for (const auto row : run.split.train) learned.push_back(run.first_row + row);
  if (!monitor.budget.stated()) return {reference_rows(inputs, learned, {}), nullptr};
  const Table rows = inputs.pick(learned);
  const auto calibration = drift::Calibration::learn(drift::views_of(rows), rows.times, monitor.window.rows);
  TrainingReference made{reference_rows(inputs, learned, calibration), drift::to_json(calibration)};
  auto reference = drift::SeasonalReference::prepare(drift::views_of(made.rows), made.rows.times, monitor, calibration);
  const auto rehearsed = drift::rehearse(reference, drift::views_of(rows), rows.times, monitor);
  made.calibration["looks_rehearsed"] = rehearsed.looks;
  made.calibration["alarms_rehearsed"] = rehearsed.alarms;
  made.calibration["level"] = monitor.report_level();
  return made;
}

}  // namespace perennial::lifecycle
