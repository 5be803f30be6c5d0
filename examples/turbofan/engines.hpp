#pragma once
// The original C-MAPSS files: engines that ran to failure, and engines that were cut off before it.

#include <string>
#include <vector>

#include "core/table.hpp"
#include "core/training_data.hpp"

namespace turbofan {

/// Health by the cycles that are left: at most critical_rul → critical, at most degrading_rul → degrading, else
/// healthy.
inline constexpr double critical_rul = 30;
inline constexpr double degrading_rul = 80;
/// The usual target of this data set: further away than this no sensor shows when an engine will fail.
inline constexpr double rul_cap = 125;

/// The rows of one file, oldest cycle first. Columns: setting1..3 and s1..s21; entities are the engines' numbers.
struct Engines {
  perennial::Table rows;
  std::vector<double> cycle;  ///< per row, 1 for an engine's first
  std::vector<double> rul;    ///< per row: cycles until the engine failed
  std::vector<bool> last;     ///< per row: the engine's last one in the file
};

/// The two heads of the model: "rul" and "health".
std::vector<perennial::Target> targets();
/// Per target and row, health as the class index.
std::vector<perennial::Truth> truth_of(const std::vector<double>& rul);
/// "critical", "degrading" or "healthy".
std::string health_name(double rul);

/// DIRECTORY/train_SUBSET.txt or .txt.gz. Errors: not_found, invalid.
perennial::Result<Engines> read_train(const std::string& directory, const std::string& subset);
/// test_SUBSET with RUL_SUBSET, whose line i is the RUL of engine i after its last row.
perennial::Result<Engines> read_test(const std::string& directory, const std::string& subset);

/// Columns without two different values: no model learns from them.
std::vector<std::string> constant_columns(const perennial::Table& rows);

}  // namespace turbofan
