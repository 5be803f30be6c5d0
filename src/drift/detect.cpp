#include "drift/detect.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "drift/detector.hpp"
#include "drift/detectors/batch.hpp"
#include "stats/multiple_testing.hpp"
#include "stats/psi.hpp"

namespace perennial::drift {
namespace {

/// One column of the report while it is being made.
struct Judged {
  std::string name;
  std::size_t first_entry = 0;
  std::size_t entries = 0;
  double score = 0;
};

struct Choice {
  const Detector* detector;
  double level;
};

std::vector<Choice> choices_of(const DriftSettings& settings) {
  std::vector<Choice> choices;
  for (const auto& test : settings.tests)
    if (const auto detector = detectors().find(test.name)) choices.push_back({*detector, settings.level(test)});
  return choices;
}

bool tested(const std::vector<Choice>& choices, ColumnKind kind) {
  return std::ranges::any_of(choices, [&](const Choice& choice) { return choice.detector->applies_to(kind); });
}

std::size_t joint_tests(const std::vector<Choice>& choices) {
  return static_cast<std::size_t>(
      std::ranges::count_if(choices, [](const Choice& choice) { return choice.detector->joint != nullptr; }));
}

bool lacks_scores(const std::vector<Choice>& choices, const ClassifierScores& scores) {
  return (scores.reference.empty() || scores.current.empty()) &&
         std::ranges::any_of(choices, [](const Choice& choice) { return choice.detector->needs_scores; });
}

std::vector<double> corrected(const std::vector<double>& p_values, Correction correction) {
  switch (correction) {
    case Correction::holm: return stats::holm(p_values);
    case Correction::benjamini_hochberg: return stats::benjamini_hochberg(p_values);
    case Correction::none: break;
  }
  return p_values;
}

const ColumnView* find(std::span<const ColumnView> columns, std::string_view name) {
  for (const auto& column : columns)
    if (column.name == name) return &column;
  return nullptr;
}

ColumnDrift schema_entry(std::string_view name, std::uint64_t reference_rows, std::uint64_t current_rows) {
  ColumnDrift entry;
  entry.column = name;
  entry.test = "schema";
  entry.statistic = 1;
  entry.drift = true;
  entry.reference_rows = reference_rows;
  entry.current_rows = current_rows;
  return entry;
}

/// Sure by one of its tests with a p-value, where it has such, and material by all of its distances.
bool drifts(std::span<const ColumnDrift> entries) {
  const auto is_test = [](const ColumnDrift& entry) { return entry.p_value >= 0; };
  const bool tested = std::ranges::any_of(entries, is_test);
  const bool sure = std::ranges::any_of(entries, [&](const auto& entry) { return is_test(entry) && entry.drift; });
  const bool material = std::ranges::all_of(entries, [&](const auto& entry) { return is_test(entry) || entry.drift; });
  return material && (sure || !tested);
}

/// The report's entries; p-values are still to be corrected.
class Draft {
 public:
  Draft(std::span<const ColumnView> current, std::vector<Choice> choices, double noise_level,
        const Accumulation* accumulation)
      : current_(current), choices_(std::move(choices)), noise_level_(noise_level), accumulation_(accumulation) {}

  void compare(const ColumnReference& column) {
    const ColumnView* now = find(current_, column.name);
    if (now == nullptr || now->kind != column.kind) return add_schema(column.name, column.rows, now ? now->size() : 0);
    if (!column.comparable || !tested(choices_, column.kind)) return;
    Judged judged{column.name, report.columns.size(), 0, 0};
    bool scored = false;
    for (const auto& [detector, level] : choices_) {
      if (!detector->applies_to(column.kind)) continue;
      const Outcome outcome = outcome_of(*detector, column, *now);
      ColumnDrift entry{column.name, detector->entry.name,   outcome.statistic,   outcome.p_value, level,
                        false,       outcome.reference_rows, outcome.current_rows};
      if (detector->significance) {
        significance_entries.push_back(report.columns.size());
      } else {
        entry.threshold = std::max(level, outcome.noise_bound);
        entry.drift = outcome.statistic > entry.threshold;
      }
      if (detector == psi_) {
        judged.score = outcome.statistic;
        scored = true;
      }
      report.columns.push_back(std::move(entry));
      ++judged.entries;
    }
    // The report's score is PSI whether or not the columns are judged by it.
    if (!scored) judged.score = stats::psi_of_counts(binned(column, *now)).value;
    report.score = std::max(report.score, judged.score);
    columns.push_back(std::move(judged));
  }

  void compare_jointly(const Reference& reference, const JointWindow& window) {
    for (const auto& [detector, level] : choices_) {
      if (detector->joint == nullptr) continue;
      const Outcome outcome = detector->joint(reference, window);
      joint_entries.push_back(report.columns.size());
      report.columns.push_back({std::string(all_columns), detector->entry.name, outcome.statistic, outcome.p_value,
                                level, false, outcome.reference_rows, outcome.current_rows});
    }
  }

  void add_schema(std::string_view name, std::uint64_t reference_rows, std::uint64_t current_rows) {
    columns.push_back({std::string(name), report.columns.size(), 1, std::numeric_limits<double>::infinity()});
    report.columns.push_back(schema_entry(name, reference_rows, current_rows));
  }

  DriftReport report;
  std::vector<Judged> columns;
  std::vector<std::size_t> significance_entries;
  std::vector<std::size_t> joint_entries;

 private:
  Outcome outcome_of(const Detector& detector, const ColumnReference& column, const ColumnView& now) const {
    if (&detector == rank_sum_ && accumulation_ != nullptr)
      if (const Shift* shift = accumulation_->of(column.name))
        return {std::abs(2 * shift->auc - 1), shift->p_value, 0, shift->reference_rows, shift->rows};
    return detector.test(column, now, noise_level_);
  }

  std::span<const ColumnView> current_;
  std::vector<Choice> choices_;
  const Detector* psi_ = detectors().find("psi").value();
  const Detector* rank_sum_ = detectors().find("rank_sum").value();
  double noise_level_;
  const Accumulation* accumulation_;
};

}  // namespace

DriftReport detect(const Reference& reference, std::span<const ColumnView> current, const DriftSettings& settings,
                   const ClassifierScores& scores, const Accumulation* accumulation) {
  std::uint64_t current_rows = 0;
  for (const auto& column : current) current_rows = std::max<std::uint64_t>(current_rows, column.size());
  const std::uint64_t least = std::max<std::uint64_t>(settings.min_rows, 1);
  if (reference.rows() < least || current_rows < least) return {};

  const auto choices = choices_of(settings);
  if (lacks_scores(choices, scores)) return {};
  const bool correct = settings.correction != Correction::none;
  // Each joint test is one family of hypotheses, and so are the columns where they are tested as well.
  const std::size_t joint = joint_tests(choices);
  const double families = correct ? static_cast<double>(joint + (joint < choices.size() ? 1 : 0)) : 1;
  const double tests = correct ? families * static_cast<double>(reference.columns().size()) : 1;
  Draft draft(current, choices, settings.report_level() / std::max(tests, 1.0), accumulation);
  for (const auto& column : reference.columns()) draft.compare(*column);
  for (const auto& column : current)
    if (settings.includes(column.name) && reference.find(column.name) == nullptr)
      draft.add_schema(column.name, 0, column.size());
  if (!reference.columns().empty()) draft.compare_jointly(reference, {current, scores, settings.seed});
  DriftReport report = std::move(draft.report);
  if (report.columns.empty()) return {};

  std::vector<double> p_values;
  for (const auto i : draft.significance_entries) p_values.push_back(report.columns[i].p_value);
  p_values = corrected(p_values, settings.correction);
  for (std::size_t k = 0; k < p_values.size(); ++k) {
    auto& entry = report.columns[draft.significance_entries[k]];
    entry.p_value = std::min(1.0, p_values[k] * families);
    entry.drift = entry.p_value < entry.threshold;
  }
  bool drifts_jointly = false;
  for (const auto i : draft.joint_entries) {
    auto& entry = report.columns[i];
    entry.p_value = std::min(1.0, entry.p_value * families);
    entry.drift = entry.p_value < entry.threshold;
    drifts_jointly = drifts_jointly || entry.drift;
  }

  std::stable_sort(draft.columns.begin(), draft.columns.end(),
                   [](const Judged& a, const Judged& b) { return a.score > b.score; });
  for (const auto& column : draft.columns) {
    const auto entries = std::span(report.columns).subspan(column.first_entry, column.entries);
    if (drifts(entries)) report.drifting_columns.push_back(column.name);
  }
  report.share = draft.columns.empty()
                     ? static_cast<double>(drifts_jointly)
                     : static_cast<double>(report.drifting_columns.size()) / static_cast<double>(draft.columns.size());
  if (drifts_jointly) report.drifting_columns.emplace_back(all_columns);
  report.drift = !report.drifting_columns.empty();
  report.verdict = report.drift ? Verdict::fail : Verdict::pass;
  return report;
}

}  // namespace perennial::drift
