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

/// Without a promise about alarms rows count as independent, but a column that follows the week is still compared with
/// its own part of it: else every night is a drift.
drift::Calibration seasons_alone(drift::Calibration calibration) {
  if (!calibration.seasonal()) return {};
  std::erase_if(calibration.columns, [](const auto& entry) { return !entry.second.seasonal; });
  for (auto& [name, column] : calibration.columns) {
    column.inflation = {};
    column.stretches.clear();
  }
  return calibration;
}

}  // namespace

TrainingReference training_reference(const Table& inputs, const training::RunResult& run,
                                     const drift::DriftSettings& monitor) {
  std::vector<std::size_t> learned;
  for (const auto row : run.split.train) learned.push_back(run.first_row + row);
  const Table rows = inputs.pick(learned);
  auto monitored = drift::views_of(rows);
  std::erase_if(monitored, [&](const ColumnView& column) { return !monitor.includes(column.name); });
  auto calibration = drift::Calibration::learn(monitored, rows.times, monitor.window.rows);
  if (!monitor.budget.stated()) {
    calibration = seasons_alone(std::move(calibration));
    return {reference_rows(inputs, learned, calibration),
            calibration.known() ? drift::to_json(calibration) : Json(nullptr)};
  }
  TrainingReference made{reference_rows(inputs, learned, calibration), drift::to_json(calibration)};
  auto reference = drift::SeasonalReference::prepare(drift::views_of(made.rows), made.rows.times, monitor, calibration);
  const auto rehearsed = drift::rehearse(reference, drift::views_of(rows), rows.times, monitor);
  made.calibration["looks_rehearsed"] = rehearsed.looks;
  made.calibration["alarms_rehearsed"] = rehearsed.alarms;
  made.calibration["level"] = monitor.report_level();
  return made;
}

}  // namespace perennial::lifecycle
