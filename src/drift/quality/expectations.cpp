#include "drift/quality/expectations.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "drift/quality/onset.hpp"
#include "stats/binomial.hpp"

namespace perennial::drift::quality {
namespace {

/// What chance explains with more than this probability breaks no rule that leaves room for chance.
constexpr double chance_level = 0.001;
/// Standard errors at that level.
constexpr double chance_errors = 3.1;
constexpr std::size_t most_expectations = 10000;

// Keys of suites that say nothing about the data, and keys that would change what a rule means.
const std::vector<std::string> suite_keys = {"expectations",
                                             "name",
                                             "expectation_suite_name",
                                             "meta",
                                             "id",
                                             "notes",
                                             "data_asset_type",
                                             "ge_cloud_id",
                                             "evaluation_parameters",
                                             "suite_parameters"};
const std::vector<std::string> entry_keys = {"expectation_type",
                                             "type",
                                             "kwargs",
                                             "meta",
                                             "id",
                                             "notes",
                                             "description",
                                             "ge_cloud_id",
                                             "rendered_content",
                                             "severity",
                                             "expectation_context",
                                             "success_on_last_run"};
const std::vector<std::string> argument_keys = {"column",         "column_set", "exact_match",   "min_value",
                                                "max_value",      "strict_min", "strict_max",    "value_set",
                                                "type_",          "mostly",     "result_format", "catch_exceptions",
                                                "include_config", "batch_id",   "auto",          "profiler_config"};
const std::vector<std::string> refused_keys = {"row_condition", "condition_parser", "parse_strings_as_datetimes",
                                               "allow_cross_type_comparisons", "ties_okay"};

std::vector<std::string> all_names() {
  std::vector<std::string> names = rules().names();
  for (const auto& rule : rules().members()) names.insert(names.end(), rule.known_as.begin(), rule.known_as.end());
  return names;
}

const Rule* find_rule(std::string_view name) {
  for (const auto& rule : rules().members())
    if (rule.entry.name == name || std::ranges::find(rule.known_as, name) != rule.known_as.end()) return &rule;
  return nullptr;
}

Result<const Rule*> rule_named(const ConfigNode& node, const std::string& name) {
  if (const Rule* rule = find_rule(name)) return rule;
  const auto known = all_names();
  return unknown_name("expectation", name, known, node.place());
}

Result<std::optional<double>> bound(const ConfigNode& node) {
  if (!node.defined()) return std::optional<double>{};
  ASSIGN_OR_RETURN(const double value, node.number());
  return std::optional(value);
}

Status take_set(const ConfigNode& node, Expectation& expectation) {
  ASSIGN_OR_RETURN(const auto texts, node.texts());
  for (const auto& text : texts) {
    expectation.texts.insert(text);
    double number = 0;
    const auto end = text.data() + text.size();
    if (const auto [at, error] = std::from_chars(text.data(), end, number); error == std::errc() && at == end)
      expectation.numbers.insert(number);
  }
  if (texts.empty()) return node.error("the list of values is empty");
  return {};
}

Status take_type(const ConfigNode& node, Expectation& expectation) {
  static const std::vector<std::string> numbers = {"numeric", "number",  "float", "double", "int",
                                                   "integer", "INTEGER", "FLOAT", "DOUBLE", "BIGINT",
                                                   "int64",   "float64", "int32", "float32"};
  static const std::vector<std::string> texts = {"categorical", "text", "str", "string", "object", "VARCHAR", "TEXT"};
  ASSIGN_OR_RETURN(const std::string type, node.text());
  if (std::ranges::find(numbers, type) != numbers.end()) expectation.kind = ColumnKind::numeric;
  else if (std::ranges::find(texts, type) != texts.end()) expectation.kind = ColumnKind::categorical;
  else {
    std::vector<std::string> known = numbers;
    known.insert(known.end(), texts.begin(), texts.end());
    return unknown_name("type", type, known, node.place());
  }
  return {};
}

Status take_mostly(const ConfigNode& node, Expectation& expectation) {
  if (!node.defined()) return {};
  ASSIGN_OR_RETURN(expectation.mostly, node.share());
  return {};
}

Status check_bounds(const ConfigNode& node, const Expectation& expectation) {
  if (!expectation.least && !expectation.most)
    return node.error(fmt::format("'{}' has no bound and could not fail", expectation.rule));
  if (expectation.least && expectation.most && *expectation.least > *expectation.most)
    return node.error("the lower bound is above the upper one");
  return {};
}

/// {column: age, between: [18, 120], mostly: 99%}
Result<Expectation> parse_own(const ConfigNode& node) {
  Expectation expectation;
  std::string rule_key;
  for (const auto& key : node.keys()) {
    if (key == "column" || key == "mostly") continue;
    if (!rule_key.empty()) return node.error(fmt::format("one rule per entry, and not '{}' and '{}'", rule_key, key));
    rule_key = key;
  }
  if (rule_key.empty()) return node.error("an entry needs a rule", "such as {column: age, between: [18, 120]}");
  ASSIGN_OR_RETURN(const Rule* rule, rule_named(node, rule_key));
  expectation.rule = rule->entry.name;
  ASSIGN_OR_RETURN(expectation.column, node["column"].text());
  TRY(take_mostly(node["mostly"], expectation));
  const ConfigNode value = node[rule_key];
  if (expectation.rule == "in_set" || expectation.rule == "not_in_set") {
    TRY(take_set(value, expectation));
  } else if (expectation.rule == "type") {
    TRY(take_type(value, expectation));
  } else if (expectation.rule.ends_with("between")) {
    const auto bounds = value.items();
    if (bounds.size() != 2) return value.error("expected two bounds", "[18, 120]; null where there is none");
    ASSIGN_OR_RETURN(expectation.least, bound(bounds[0]));
    ASSIGN_OR_RETURN(expectation.most, bound(bounds[1]));
    TRY(check_bounds(value, expectation));
  } else {
    ASSIGN_OR_RETURN(const bool on, value.boolean());
    if (!on) return value.error(fmt::format("'{}: false' asks for nothing", rule_key), "leave the entry out");
  }
  return expectation;
}

/// {type: expect_…, kwargs: {…}}
Status parse_foreign(const ConfigNode& node, const ConfigNode& type, std::vector<Expectation>& all) {
  ASSIGN_OR_RETURN(const std::string name, type.text());
  ASSIGN_OR_RETURN(const Rule* rule, rule_named(type, name));
  TRY(node.check_keys(entry_keys));
  const ConfigNode arguments = node["kwargs"];
  TRY(arguments.check_keys(argument_keys, refused_keys));
  Expectation expectation;
  expectation.rule = rule->entry.name;
  TRY(take_mostly(arguments["mostly"], expectation));
  if (arguments["column_set"].defined()) {
    ASSIGN_OR_RETURN(const auto columns, arguments["column_set"].texts());
    for (const auto& column : columns) {
      expectation.column = column;
      all.push_back(expectation);
    }
    return {};
  }
  ASSIGN_OR_RETURN(expectation.column, arguments["column"].text());
  if (expectation.rule == "in_set" || expectation.rule == "not_in_set") {
    TRY(take_set(arguments["value_set"], expectation));
  } else if (expectation.rule == "type") {
    TRY(take_type(arguments["type_"], expectation));
  } else if (expectation.rule.ends_with("between")) {
    ASSIGN_OR_RETURN(expectation.least, bound(arguments["min_value"]));
    ASSIGN_OR_RETURN(expectation.most, bound(arguments["max_value"]));
    if (arguments["strict_min"].defined()) {
      ASSIGN_OR_RETURN(expectation.above, arguments["strict_min"].boolean());
    }
    if (arguments["strict_max"].defined()) {
      ASSIGN_OR_RETURN(expectation.below, arguments["strict_max"].boolean());
    }
    TRY(check_bounds(arguments, expectation));
  }
  all.push_back(std::move(expectation));
  return {};
}

std::string bounds_of(const Expectation& expectation) {
  return fmt::format("{} to {}", expectation.least ? fmt::format("{:.6g}", *expectation.least) : "anything",
                     expectation.most ? fmt::format("{:.6g}", *expectation.most) : "anything");
}

std::optional<Finding> judge_rows(const Look& look, const Rule& rule, const Expectation& expectation,
                                  const ColumnView& newest, const ColumnView& whole) {
  const auto flags = rule.flags(expectation, newest);
  std::uint64_t bad = 0;
  std::uint64_t judged = 0;
  for (std::size_t row = 0; row < flags.size(); ++row) {
    const bool missing = newest.kind == ColumnKind::numeric ? std::isnan(newest.numbers[row]) : newest.codes[row] < 0;
    judged += rule.counts_missing || !missing ? 1 : 0;
    bad += flags[row];
  }
  if (bad == 0 || judged == 0) return std::nullopt;
  const double allowed = 1 - expectation.mostly;
  const double share = static_cast<double>(bad) / static_cast<double>(judged);
  if (share <= allowed || (allowed > 0 && stats::binomial_sf(bad, judged, allowed) > chance_level)) return std::nullopt;
  const auto all = rule.flags(expectation, whole);
  const std::size_t row = allowed > 0 ? onset_of_flags(all, allowed, share)
                                      : static_cast<std::size_t>(std::ranges::find(all, std::uint8_t{1}) - all.begin());
  Finding finding = finding_at(look, expectation.rule, expectation.column, row);
  finding.measured = share;
  finding.threshold = allowed;
  finding.detail = fmt::format("{} of {} values break the rule {}{}", bad, judged, expectation.rule,
                               expectation.least || expectation.most ? " " + bounds_of(expectation) : "");
  return finding;
}

std::optional<Finding> judge_number(const Look& look, const Rule& rule, const Expectation& expectation,
                                    const ColumnView& newest) {
  const auto [value, error] = rule.number(newest);
  const double room = chance_errors * error;
  const bool low = expectation.least && value + room < *expectation.least;
  const bool high = expectation.most && value - room > *expectation.most;
  if (!low && !high) return std::nullopt;
  Finding finding = finding_at(look, expectation.rule, expectation.column, look.window.rows - look.newest.rows);
  finding.measured = value;
  finding.threshold = low ? *expectation.least : *expectation.most;
  finding.detail = fmt::format("{:.6g} breaks the rule {} {}", value, expectation.rule, bounds_of(expectation));
  return finding;
}

}  // namespace

Result<Expectations> Expectations::parse(std::string_view text, const std::string& file) {
  ASSIGN_OR_RETURN(const ConfigNode root, ConfigNode::parse(text, file));
  if (!root.is_map()) return fail(ErrorCode::config, "not a suite of expectations", file, "expectations: [...]");
  TRY(root.check_keys(suite_keys));
  const ConfigNode list = root["expectations"];
  if (!list.is_list()) return list.error("expected a list of expectations");
  Expectations suite;
  for (const auto& item : list.items()) {
    if (!item.is_map()) return item.error("an expectation is a map");
    const ConfigNode type = item["expectation_type"].defined() ? item["expectation_type"] : item["type"];
    if (item["kwargs"].defined() || item["expectation_type"].defined()) {
      TRY(parse_foreign(item, type, suite.all_));
    } else {
      ASSIGN_OR_RETURN(Expectation expectation, parse_own(item));
      suite.all_.push_back(std::move(expectation));
    }
    if (suite.all_.size() > most_expectations)
      return item.error("too many expectations", fmt::format("at most {}", most_expectations));
  }
  if (suite.all_.empty()) return list.error("the suite has no expectations");
  return suite;
}

Status Expectations::check_columns(const std::vector<std::string>& known) const {
  for (const auto& expectation : all_)
    if (std::ranges::find(known, expectation.column) == known.end())
      return unknown_name("column", expectation.column, known, "expectations");
  return {};
}

std::vector<Finding> Expectations::judge(const Look& look) const {
  std::vector<Finding> findings;
  for (const auto& expectation : all_) {
    const Rule* rule = find_rule(expectation.rule);
    const ColumnView* newest = look.newest.find(expectation.column);
    const ColumnView* whole = look.window.find(expectation.column);
    std::optional<Finding> finding;
    if (rule == nullptr) continue;
    if (newest == nullptr || whole == nullptr) {
      finding = finding_at(look, expectation.rule, expectation.column, 0);
      finding->measured = 1;
      finding->detail = "the column is not there";
    } else if (expectation.rule == "type" && newest->kind != expectation.kind) {
      finding = finding_at(look, expectation.rule, expectation.column, 0);
      finding->measured = 1;
      finding->detail = fmt::format("the values are {}", to_string(newest->kind));
    } else if (rule->flags != nullptr) {
      finding = judge_rows(look, *rule, expectation, *newest, *whole);
    } else if (rule->number != nullptr) {
      finding = judge_number(look, *rule, expectation, *newest);
    }
    if (!finding) continue;
    finding->severity = Severity::fault;
    findings.push_back(std::move(*finding));
  }
  return findings;
}

}  // namespace perennial::drift::quality
