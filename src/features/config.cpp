#include "features/config.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/catalog.hpp"
#include "core/glob.hpp"
#include "core/limits.hpp"

namespace perennial::features {
namespace {

constexpr std::array<std::pair<Stat, std::string_view>, 12> stat_names = {{{Stat::mean, "mean"},
                                                                           {Stat::std, "std"},
                                                                           {Stat::min, "min"},
                                                                           {Stat::max, "max"},
                                                                           {Stat::range, "range"},
                                                                           {Stat::sum, "sum"},
                                                                           {Stat::count, "count"},
                                                                           {Stat::slope, "slope"},
                                                                           {Stat::delta, "delta"},
                                                                           {Stat::first, "first"},
                                                                           {Stat::last, "last"},
                                                                           {Stat::ewm, "ewm"}}};

Result<std::vector<Stat>> parse_stats(const ConfigNode& node, const std::vector<Stat>& allowed) {
  if (!node.defined()) return node.error("stats are missing", "write for example stats: [mean, std]");
  ASSIGN_OR_RETURN(const auto names, node.texts());
  std::vector<std::string> known;
  for (const auto stat : allowed) known.emplace_back(to_string(stat));
  std::vector<Stat> stats;
  for (const auto& name : names) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) return unknown_name("stat", name, known, node.place());
    const Stat stat = allowed[static_cast<std::size_t>(found - known.begin())];
    if (std::find(stats.begin(), stats.end(), stat) != stats.end())
      return node.error(fmt::format("'{}' is given twice", name));
    stats.push_back(stat);
  }
  if (stats.empty()) return node.error("there are no stats");
  return stats;
}

Result<std::vector<std::string>> parse_columns(const ConfigNode& node) {
  const auto columns = node["columns"];
  if (!columns.defined()) return node.error("columns are missing", "write for example columns: [\"s*\"]");
  ASSIGN_OR_RETURN(auto globs, columns.texts());
  if (globs.empty()) return columns.error("there are no columns");
  return globs;
}

/// "30rows", or 30.
Result<std::size_t> parse_rows(const ConfigNode& node, std::size_t least) {
  ASSIGN_OR_RETURN(const auto text, node.text());
  std::uint64_t rows = 0;
  if (text.find_first_not_of("0123456789") == std::string::npos && !text.empty() && text.size() < 10) {
    rows = std::stoull(text);
  } else {
    ASSIGN_OR_RETURN(const auto span, node.span());
    if (span.rows == 0) return node.error("a window is counted in rows", "write for example 30rows");
    rows = span.rows;
  }
  if (rows < least || rows > limits::rolling_window_rows)
    return node.error(fmt::format("{} rows are not allowed here", rows),
                      fmt::format("{}..{} rows", least, limits::rolling_window_rows));
  return static_cast<std::size_t>(rows);
}

Result<Derivation> parse_rolling(const ConfigNode& node) {
  TRY(node.check_keys({"columns", "window", "stats"}));
  Rolling rolling;
  ASSIGN_OR_RETURN(rolling.columns, parse_columns(node));
  const auto window = node["window"];
  if (!window.defined()) return node.error("the window is missing", "write for example window: 30rows");
  std::vector<ConfigNode> windows = window.items();
  if (!window.is_list()) windows = {window};
  for (const auto& item : windows) {
    ASSIGN_OR_RETURN(const auto rows, parse_rows(item, 2));
    if (std::find(rolling.windows.begin(), rolling.windows.end(), rows) != rolling.windows.end())
      return item.error("this window is given twice");
    rolling.windows.push_back(rows);
  }
  if (rolling.windows.empty()) return window.error("there are no windows");
  std::vector<Stat> all;
  for (const auto& [stat, name] : stat_names) all.push_back(stat);
  ASSIGN_OR_RETURN(rolling.stats, parse_stats(node["stats"], all));
  return rolling;
}

Result<Derivation> parse_expanding(const ConfigNode& node) {
  TRY(node.check_keys({"columns", "stats"}));
  Expanding expanding;
  ASSIGN_OR_RETURN(expanding.columns, parse_columns(node));
  ASSIGN_OR_RETURN(expanding.stats, parse_stats(node["stats"], {Stat::mean, Stat::std, Stat::min, Stat::max}));
  return expanding;
}

Result<Derivation> parse_baseline(const ConfigNode& node) {
  TRY(node.check_keys({"columns", "rows", "window"}));
  Baseline baseline;
  ASSIGN_OR_RETURN(baseline.columns, parse_columns(node));
  if (node["rows"].defined()) {
    ASSIGN_OR_RETURN(baseline.rows, parse_rows(node["rows"], 1));
  }
  if (node["window"].defined()) {
    ASSIGN_OR_RETURN(baseline.window, parse_rows(node["window"], 1));
  }
  return baseline;
}

Result<Derivation> parse_age(const ConfigNode& node) {
  Age age;
  if (!node.defined()) return age;
  TRY(node.check_keys({"as"}));
  if (node["as"].defined()) {
    ASSIGN_OR_RETURN(age.as, node["as"].text());
    if (age.as.empty() || age.as.size() > limits::name_bytes) return node["as"].error("this is no name for a column");
  }
  return age;
}

Result<Derivation> parse_normalise(const ConfigNode& node) {
  TRY(node.check_keys({"columns", "by"}));
  Normalise normalise;
  ASSIGN_OR_RETURN(normalise.columns, parse_columns(node));
  const auto list = node["by"];
  if (list.defined() && !list.is_list())
    return list.error("expected a list", "write by: [{column: setting1, resolution: 5}]");
  for (const auto& item : list.items()) {
    TRY(item.check_keys({"column", "resolution"}));
    Normalise::By by;
    ASSIGN_OR_RETURN(by.column, item["column"].text());
    if (item["resolution"].defined()) {
      ASSIGN_OR_RETURN(by.resolution, item["resolution"].number());
      if (by.resolution <= 0) return item["resolution"].error("the resolution must be positive");
    }
    normalise.by.push_back(by);
  }
  return normalise;
}

Result<Derivation> parse_calendar(const ConfigNode& node) {
  static const std::vector<std::string> known = {"hour", "weekday", "day", "month"};
  Calendar calendar;
  ASSIGN_OR_RETURN(calendar.parts, node.texts());
  for (const auto& part : calendar.parts)
    if (std::find(known.begin(), known.end(), part) == known.end())
      return unknown_name("calendar part", part, known, node.place());
  if (calendar.parts.empty()) return node.error("no part is named", "calendar: [hour, weekday, month]");
  return calendar;
}

Result<Derivation> parse_derivation(const ConfigNode& node) {
  TRY(node.check_keys({"rolling", "expanding", "baseline", "age", "normalise", "calendar"}, {"sql", "as"}));
  const auto keys = node.keys();
  if (keys.size() != 1)
    return node.error("an entry of derive has one key", "rolling, expanding, baseline, age, normalise or calendar");
  const auto value = node[keys[0]];
  if (keys[0] == "rolling") return parse_rolling(value);
  if (keys[0] == "expanding") return parse_expanding(value);
  if (keys[0] == "baseline") return parse_baseline(value);
  if (keys[0] == "age") return parse_age(value);
  if (keys[0] == "calendar") return parse_calendar(value);
  return parse_normalise(value);
}

}  // namespace

std::string_view to_string(Stat stat) {
  for (const auto& [value, name] : stat_names)
    if (value == stat) return name;
  return "mean";
}

Result<FeaturesConfig> parse_features(const ConfigNode& node) {
  FeaturesConfig config;
  if (!node.defined()) return config;
  TRY(node.check_keys({"include", "exclude", "derive"}));
  if (node["include"].defined()) {
    ASSIGN_OR_RETURN(config.include, node["include"].texts());
  }
  if (node["exclude"].defined()) {
    ASSIGN_OR_RETURN(config.exclude, node["exclude"].texts());
  }
  const auto derive = node["derive"];
  if (derive.defined() && !derive.is_list()) return derive.error("expected a list of derivations");
  for (const auto& item : derive.items()) {
    ASSIGN_OR_RETURN(auto derivation, parse_derivation(item));
    config.derive.push_back(std::move(derivation));
  }
  return config;
}

Result<std::vector<InputColumn>> select_columns(const FeaturesConfig& config,
                                                const std::vector<InputColumn>& available) {
  const auto any = [](const std::vector<std::string>& globs, const std::string& name) {
    return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) { return matches_glob(glob, name); });
  };
  std::vector<std::string> known;
  for (const auto& column : available) known.push_back(column.name);
  for (const auto& glob : config.include) {
    const bool found =
        std::any_of(known.begin(), known.end(), [&](const std::string& name) { return matches_glob(glob, name); });
    if (!found) return unknown_name("feature", glob, known, "features.include");
  }
  std::vector<InputColumn> selected;
  for (const auto& column : available)
    if ((config.include.empty() || any(config.include, column.name)) && !any(config.exclude, column.name))
      selected.push_back(column);
  const bool derived_of_time = std::any_of(config.derive.begin(), config.derive.end(), [](const auto& any_of_them) {
    return std::holds_alternative<Calendar>(any_of_them);
  });
  if (selected.empty() && !derived_of_time)
    return fail(ErrorCode::config, "no feature is left", "features",
                fmt::format("columns: {}", fmt::join(known, ", ")));
  return selected;
}

}  // namespace perennial::features
