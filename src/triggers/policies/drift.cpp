// Retrains on drift of the inputs (capabilities rows 19, 36, 41).

#include <fmt/format.h>

#include <cmath>

#include "triggers/policies/members.hpp"

namespace perennial::triggers {
namespace {

struct ColumnLevel {
  std::string column;
  std::string test;
  double level = 0;  ///< on the p-value where the test has one, else on the statistic
};

class DriftPolicy final : public Policy {
 public:
  enum class Rule { share, score, columns } rule = Rule::share;
  double threshold = 0;
  std::vector<ColumnLevel> levels;

  std::optional<Finding> look(const TriggerInputs& inputs, const TriggerMemory&, TimePoint) const override {
    if (inputs.drift == nullptr) return std::nullopt;
    const DriftReport& report = *inputs.drift;
    if (report.verdict != Verdict::pass && report.verdict != Verdict::fail)
      return Finding{.reason = fmt::format("the drift report is {}: too few rows to say", to_string(report.verdict)),
                     .threshold = threshold};
    if (rule == Rule::columns) return look_at_columns(report);
    const bool by_share = rule == Rule::share;
    const double measured = by_share ? report.share : report.score;
    const auto show = [&](double value) { return by_share ? percent(value) : fmt::format("{:.4g}", value); };
    if (!std::isfinite(measured)) return Finding{.reason = "the drift report has no number", .threshold = threshold};
    const bool reached = measured >= threshold;
    const bool fired = reached && (by_share || more_than_chance(report, column_of_score(report)));
    std::string reason = fmt::format("drift {} {} {} {}", by_share ? "share" : "score", show(measured),
                                     reached ? "at or above" : "below", show(threshold));
    if (reached && !fired) reason += ", and no test says that it is more than chance";
    if (fired && !report.drifting_columns.empty()) {
      const std::size_t shown = std::min<std::size_t>(3, report.drifting_columns.size());
      reason += ": ";
      for (std::size_t i = 0; i < shown; ++i) reason += (i == 0 ? "" : ", ") + report.drifting_columns[i];
      if (report.drifting_columns.size() > shown)
        reason += fmt::format(" and {} more", report.drifting_columns.size() - shown);
    }
    return Finding{.fired = fired, .reason = std::move(reason), .measured = measured, .threshold = threshold};
  }

  bool answers(std::string_view alarm) const override { return alarm == "drift"; }
  std::vector<ColumnTest> drift_tests() const override {
    std::vector<ColumnTest> tests;
    for (const auto& level : levels) tests.push_back({level.column, level.test});
    return tests;
  }

  std::string describe() const override {
    if (rule == Rule::share) return fmt::format("when at least {} of the columns drift", percent(threshold));
    if (rule == Rule::score) return fmt::format("when the largest PSI of a column reaches {:.4g}", threshold);
    std::string text = "when one of these drifts:";
    for (const auto& level : levels) text += fmt::format(" {} ({} {:.4g})", level.column, level.test, level.level);
    return text;
  }

 private:
  /// A distance grows with the number of bins and as rows get fewer, whatever the world does. So where tests with a
  /// p-value look at the same column (at any, where none is named), one of them must be sure.
  static bool more_than_chance(const DriftReport& report, std::string_view column) {
    bool tested = false;
    for (const auto& entry : report.columns) {
      if (entry.p_value < 0 || (!column.empty() && entry.column != column)) continue;
      if (entry.drift) return true;
      tested = true;
    }
    return !tested;
  }

  /// Whose PSI is the report's score; empty where PSI is not among the tests.
  static std::string_view column_of_score(const DriftReport& report) {
    for (const auto& entry : report.columns)
      if (entry.test == "psi" && entry.statistic == report.score) return entry.column;
    return {};
  }

  std::optional<Finding> look_at_columns(const DriftReport& report) const {
    Finding quiet;
    std::string missing;
    for (const auto& level : levels) {
      const ColumnDrift* found = nullptr;
      for (const auto& column : report.columns)
        if (column.column == level.column && column.test == level.test) found = &column;
      const double measured = found == nullptr ? not_measured : found->p_value >= 0 ? found->p_value : found->statistic;
      if (found == nullptr || !std::isfinite(measured)) {
        if (std::isnan(quiet.threshold)) quiet.threshold = level.level;
        missing += fmt::format("{}{} of {}", missing.empty() ? "" : ", ", level.test, level.column);
        continue;
      }
      const bool by_p = found->p_value >= 0;
      const bool reached = by_p ? measured <= level.level : measured >= level.level;
      const bool fired = reached && (by_p || more_than_chance(report, level.column));
      const std::string text =
          fmt::format("{}{} of {} {:.4g} {} {:.4g}{}", level.test, by_p ? " p-value" : "", level.column, measured,
                      by_p ? (reached ? "at or below" : "above") : (reached ? "at or above" : "below"), level.level,
                      reached && !fired ? ", and no test says that it is more than chance" : "");
      if (fired) return Finding{.fired = true, .reason = text, .measured = measured, .threshold = level.level};
      quiet.reason += (quiet.reason.empty() ? "" : "; ") + text;
      quiet.measured = measured;
      quiet.threshold = level.level;
    }
    if (!missing.empty())
      quiet.reason += fmt::format("{}the drift report does not have {}", quiet.reason.empty() ? "" : "; ", missing);
    return quiet;
  }
};

Result<std::shared_ptr<const Policy>> make(const ConfigNode& item, std::string label) {
  TRY(item.check_keys({"drift", "priority"}));
  const auto node = item["drift"];
  TRY(node.check_keys({"share", "score", "columns"}));
  if (!node.is_map() || node.keys().size() != 1)
    return item.error("a drift policy has exactly one of share, score and columns", "such as {drift: {share: 30%}}");
  auto policy = std::make_shared<DriftPolicy>();
  if (const auto share = node["share"]; share.defined()) {
    ASSIGN_OR_RETURN(policy->threshold, share.share());
    if (policy->threshold <= 0)
      return share.error("a share of 0 would retrain without drift", "above 0 %, at most 100 %");
  } else if (const auto score = node["score"]; score.defined()) {
    policy->rule = DriftPolicy::Rule::score;
    ASSIGN_OR_RETURN(policy->threshold, score.number());
    if (policy->threshold <= 0) return score.error("a score of 0 would retrain without drift", "above 0, such as 0.2");
  } else {
    const auto columns = node["columns"];
    policy->rule = DriftPolicy::Rule::columns;
    if (!columns.is_map() || columns.keys().empty())
      return columns.error("columns with their tests are expected here", "{s11: {psi: 0.1}}");
    for (const auto& column : columns.keys()) {
      const auto tests = columns[column];
      if (!tests.is_map() || tests.keys().empty())
        return tests.error("tests with their levels are expected here", "{psi: 0.1}");
      for (const auto& test : tests.keys()) {
        ASSIGN_OR_RETURN(const double level, tests[test].number());
        if (level <= 0) return tests[test].error("a level must be above 0");
        policy->levels.push_back({column, test, level});
      }
    }
  }
  return finished(std::move(policy), item, std::move(label));
}

}  // namespace

PolicyKind drift_kind() {
  return {{"drift",
           "the inputs drift: by the share of drifting columns, by the largest PSI, or by named columns and tests",
           {{"share", "", "0..1", "share", "of the tested columns that drift"},
            {"score", "", "> 0", "PSI", "the largest of all columns"},
            {"columns", "", "{column: {test: level}}", "", "a level is a p-value where the test has one"},
            {"priority", "3", "1..5", "", "of the request"}}},
          make};
}

}  // namespace perennial::triggers
