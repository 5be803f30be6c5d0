#pragma once
// The `monitor:` node of a model's config.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config_node.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "drift/alarm_budget.hpp"
#include "drift/quality/settings.hpp"
#include "drift/stream.hpp"

namespace perennial::drift {

enum class Correction { holm, benjamini_hochberg, none };

/// A batch test that is asked for (drift/detector.hpp), with a level of its own or the settings' one.
struct TestChoice {
  std::string name;
  std::optional<double> level;  ///< significance level for tests with a p-value, threshold on the statistic for others
};

struct DriftSettings {
  Span every{std::chrono::hours(1), 0};  ///< between two evaluations (capabilities row 49)
  Span window{Duration{0}, 1000};        ///< current window, in rows
  /// A column drifts where one of those with a p-value and all of the distances say so, of those that apply to its
  /// kind.
  std::vector<TestChoice> tests{{"ks", {}}, {"chi_square", {}}, {"psi", {}}};
  std::uint64_t min_rows = 200;  ///< on each side; below it the report is invalid
  double alpha = 0.01;           ///< family-wise level of a whole report, where no budget is stated
  AlarmBudget budget;            ///< decides the level where it is stated
  double psi = 0.2;              ///< capabilities row 39; never used below the noise bound of the window
  Correction correction = Correction::holm;
  std::vector<std::string> columns;  ///< names or globs with '*'; empty = all
  std::uint64_t hold = 1;            ///< consecutive evaluations before an alarm changes (drift/alarm.hpp)
  std::uint64_t seed = 1;            ///< of the tests that draw rows or permute them; not a key of the config
  StreamChoice stream;               ///< stream detector of the losses
  quality::Settings quality;         ///< checks that tell broken data from drift

  /// Undefined node: the defaults. Errors: config, with place, and known keys and names.
  static Result<DriftSettings> parse(const ConfigNode& monitor);

  double level(const TestChoice& test) const;
  double report_level() const;  ///< family-wise level of a whole report: by the budget, else alpha
  bool includes(std::string_view column) const;
  /// Fails where an entry of `columns` matches none of `known`. Error: config.
  Status check_columns(const std::vector<std::string>& known) const;
};

}  // namespace perennial::drift
