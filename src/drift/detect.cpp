#include "drift/detect.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "drift/detector.hpp"
#include "stats/multiple_testing.hpp"

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

/// The report's entries; p-values are still to be corrected.
class Draft {
 public:
  Draft(std::span<const ColumnView> current, const DriftSettings& settings, double noise_level)
      : current_(current), choices_(choices_of(settings)), noise_level_(noise_level) {}

  void compare(const ColumnReference& column) {
    const ColumnView* now = find(current_, column.name);
    if (now == nullptr || now->kind != column.kind) return add_schema(column.name, column.rows, now ? now->size() : 0);
    if (!tested(choices_, column.kind)) return;
    Judged judged{column.name, report.columns.size(), 0, 0};
    bool scored = false;
    for (const auto& [detector, level] : choices_) {
      if (!detector->applies_to(column.kind)) continue;
      const Outcome outcome = detector->test(column, *now, noise_level_);
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
    if (!scored) judged.score = psi_->test(column, *now, noise_level_).statistic;
    report.score = std::max(report.score, judged.score);
    columns.push_back(std::move(judged));
  }

  void add_schema(std::string_view name, std::uint64_t reference_rows, std::uint64_t current_rows) {
    columns.push_back({std::string(name), report.columns.size(), 1, std::numeric_limits<double>::infinity()});
    report.columns.push_back(schema_entry(name, reference_rows, current_rows));
  }

  DriftReport report;
  std::vector<Judged> columns;
  std::vector<std::size_t> significance_entries;

 private:
  std::span<const ColumnView> current_;
  std::vector<Choice> choices_;
  const Detector* psi_ = detectors().find("psi").value();
  double noise_level_;
};

}  // namespace

DriftReport detect(const Reference& reference, std::span<const ColumnView> current, const DriftSettings& settings) {
  std::uint64_t current_rows = 0;
  for (const auto& column : current) current_rows = std::max<std::uint64_t>(current_rows, column.size());
  const std::uint64_t least = std::max<std::uint64_t>(settings.min_rows, 1);
  if (reference.rows() < least || current_rows < least) return {};

  const double tests = settings.correction == Correction::none ? 1 : static_cast<double>(reference.columns().size());
  Draft draft(current, settings, settings.alpha / std::max(tests, 1.0));
  for (const auto& column : reference.columns()) draft.compare(column);
  for (const auto& column : current)
    if (settings.includes(column.name) && reference.find(column.name) == nullptr)
      draft.add_schema(column.name, 0, column.size());
  DriftReport report = std::move(draft.report);
  if (draft.columns.empty()) return {};

  std::vector<double> p_values;
  for (const auto i : draft.significance_entries) p_values.push_back(report.columns[i].p_value);
  p_values = corrected(p_values, settings.correction);
  for (std::size_t k = 0; k < p_values.size(); ++k) {
    auto& entry = report.columns[draft.significance_entries[k]];
    entry.p_value = p_values[k];
    entry.drift = entry.p_value < entry.threshold;
  }

  std::stable_sort(draft.columns.begin(), draft.columns.end(),
                   [](const Judged& a, const Judged& b) { return a.score > b.score; });
  for (const auto& column : draft.columns) {
    const auto entries = std::span(report.columns).subspan(column.first_entry, column.entries);
    if (std::ranges::all_of(entries, &ColumnDrift::drift)) report.drifting_columns.push_back(column.name);
  }
  report.drift = !report.drifting_columns.empty();
  report.share = static_cast<double>(report.drifting_columns.size()) / static_cast<double>(draft.columns.size());
  report.verdict = report.drift ? Verdict::fail : Verdict::pass;
  return report;
}

}  // namespace perennial::drift
