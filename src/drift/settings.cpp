#include "drift/settings.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <limits>

#include "core/glob.hpp"
#include "drift/detector.hpp"

namespace perennial::drift {
namespace {

Result<double> level_in(const ConfigNode& node, bool significance) {
  ASSIGN_OR_RETURN(const double level, node.number());
  if (!(level > 0) || (significance && level >= 1))
    return node.error(significance ? "a significance level lies between 0 and 1" : "a threshold is above 0");
  return level;
}

Result<TestChoice> parse_test(const ConfigNode& node) {
  std::string name;
  ConfigNode level;
  if (node.is_map()) {
    const auto keys = node.keys();
    if (keys.size() != 1) return node.error("expected a test name, or one {name: level}");
    name = keys.front();
    level = node[name];
  } else {
    ASSIGN_OR_RETURN(name, node.text());
  }
  ASSIGN_OR_RETURN(const Detector* detector, detectors().find(name, node.place()));
  if (detector->needs_scores)
    return node.error(fmt::format("the test {} needs a classifier's scores, which monitoring does not have yet", name),
                      "perennial drift --scores compares two files that hold them");
  TestChoice choice{name, std::nullopt};
  if (level.defined()) {
    ASSIGN_OR_RETURN(choice.level, level_in(level, detector->significance));
  }
  return choice;
}

Result<std::vector<TestChoice>> parse_tests(const ConfigNode& node) {
  if (!node.is_list()) return node.error("expected a list of tests", "tests: [ks, chi_square, {psi: 0.2}]");
  std::vector<TestChoice> tests;
  for (const auto& item : node.items()) {
    ASSIGN_OR_RETURN(TestChoice choice, parse_test(item));
    if (std::ranges::any_of(tests, [&](const TestChoice& other) { return other.name == choice.name; }))
      return item.error(fmt::format("the test {} is listed twice", choice.name));
    tests.push_back(std::move(choice));
  }
  if (tests.empty()) return node.error("no tests", "tests: [none] switches drift detection off");
  return tests;
}

Result<Correction> parse_correction(const ConfigNode& node) {
  ASSIGN_OR_RETURN(const std::string name, node.text());
  if (name == "holm") return Correction::holm;
  if (name == "bh") return Correction::benjamini_hochberg;
  if (name == "none") return Correction::none;
  const std::vector<std::string> known{"holm", "bh", "none"};
  return unknown_name("correction", name, known, node.place());
}

}  // namespace

Result<DriftSettings> DriftSettings::parse(const ConfigNode& monitor) {
  DriftSettings settings;
  if (!monitor.defined()) return settings;
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  PERENNIAL_TRY(monitor.check_keys({"every", "window", "tests", "min_rows", "alpha", "psi", "correction", "columns",
                                    "hold", "stream", "quality", "alarm_budget", "estimate", "answers", "importance"},
                                   {"reference"}));
  if (const auto node = monitor["every"]; node.defined()) {
    ASSIGN_OR_RETURN(settings.every, node.span());
    if (settings.every.empty()) return node.error("must be above 0");
  }
  if (const auto node = monitor["window"]; node.defined()) {
    ASSIGN_OR_RETURN(settings.window, node.span());
    if (settings.window.rows == 0) return node.error("the current window is given in rows", "window: 1000rows");
  }
  ASSIGN_OR_RETURN(settings.budget, AlarmBudget::parse(monitor["alarm_budget"], settings.every));
  if (settings.budget.stated()) {
    // A budget is about how sure, not how large: a distance of its own beside the tests would only miss small shifts.
    settings.tests = {{"ks", {}}, {"rank_sum", {}}, {"chi_square", {}}};
  }
  if (const auto node = monitor["tests"]; node.defined()) {
    ASSIGN_OR_RETURN(settings.tests, parse_tests(node));
  }
  if (const auto node = monitor["min_rows"]; node.defined()) {
    ASSIGN_OR_RETURN(const auto rows, node.integer(1, most));
    settings.min_rows = static_cast<std::uint64_t>(rows);
  }
  if (const auto node = monitor["alpha"]; node.defined()) {
    ASSIGN_OR_RETURN(settings.alpha, level_in(node, true));
  }
  if (const auto node = monitor["psi"]; node.defined()) {
    ASSIGN_OR_RETURN(settings.psi, level_in(node, false));
  }
  if (const auto node = monitor["correction"]; node.defined()) {
    ASSIGN_OR_RETURN(settings.correction, parse_correction(node));
  }
  if (const auto node = monitor["columns"]; node.defined()) {
    ASSIGN_OR_RETURN(settings.columns, node.texts());
  }
  if (const auto node = monitor["hold"]; node.defined()) {
    ASSIGN_OR_RETURN(const auto hold, node.integer(1, 1000));
    settings.hold = static_cast<std::uint64_t>(hold);
  }
  if (const auto node = monitor["stream"]; node.defined()) {
    ASSIGN_OR_RETURN(settings.stream, StreamChoice::parse(node));
  }
  ASSIGN_OR_RETURN(settings.quality, quality::Settings::parse(monitor["quality"]));
  if (settings.window.rows < settings.min_rows)
    return monitor.error(fmt::format("window ({} rows) is below min_rows ({}): every report would be invalid",
                                     settings.window.rows, settings.min_rows));
  return settings;
}

double DriftSettings::level(const TestChoice& test) const {
  if (test.level) return *test.level;
  const auto detector = detectors().find(test.name);
  if (!detector) return psi;
  if ((*detector)->significance) return report_level();
  return (*detector)->threshold > 0 ? (*detector)->threshold : psi;
}

double DriftSettings::report_level() const { return budget.stated() ? budget.per_look(every) : alpha; }

bool DriftSettings::includes(std::string_view column) const {
  return columns.empty() ||
         std::ranges::any_of(columns, [&](const std::string& pattern) { return matches_glob(pattern, column); });
}

Status DriftSettings::check_columns(const std::vector<std::string>& known) const {
  for (const auto& pattern : columns)
    if (std::ranges::none_of(known, [&](const std::string& name) { return matches_glob(pattern, name); }))
      return unknown_name("monitored column", pattern, known, "monitor.columns");
  return {};
}

}  // namespace perennial::drift
