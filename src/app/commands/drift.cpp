// perennial drift: two files compared, column by column.

#include <fmt/format.h>

#include <algorithm>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/report/drift_html.hpp"
#include "core/limits.hpp"
#include "data/row_stream.hpp"
#include "drift/detect.hpp"
#include "drift/detector.hpp"

namespace perennial::app {
namespace {

struct DriftFlags {
  std::string reference;
  std::string current;
  std::vector<std::string> tests;
  std::vector<std::string> columns;
  std::string scores;
  std::string html;
  std::string format = "table";
  bool fail_on_drift = false;
};

constexpr std::uint64_t file_rows_most = 20'000'000;

/// All columns of a file that the other file's schema reads the same way.
Result<Table> read_columns(const std::string& file, const std::vector<InputColumn>& columns) {
  data::StreamSpec spec;
  spec.source = data::SourceSpec::file(file);
  spec.columns = columns;
  ASSIGN_OR_RETURN(auto stream, data::RowStream::open(spec));
  return data::read_all(stream, file_rows_most);
}

std::vector<ColumnView> views_of(const Table& table) {
  std::vector<ColumnView> views;
  for (std::size_t c = 0; c < table.columns.size(); ++c) views.push_back(table.view(c, 0, table.rows));
  return views;
}

/// Takes the column of scores out of a table, so that it is not itself tested.
Result<std::vector<double>> take_scores(Table& table, const std::string& name, const std::string& file) {
  const auto found = std::ranges::find(table.columns, name, &Column::name);
  if (found == table.columns.end()) return fail(ErrorCode::usage, fmt::format("no column '{}' of scores", name), file);
  if (found->kind != ColumnKind::numeric)
    return fail(ErrorCode::usage, fmt::format("the scores in '{}' are not numbers", name), file);
  std::vector<double> scores = std::move(found->numbers);
  table.columns.erase(found);
  return scores;
}

Result<int> compare(const DriftFlags& flags) {
  drift::DriftSettings settings;
  settings.min_rows = 2;
  settings.columns = flags.columns;
  bool needs_scores = false;
  if (!flags.tests.empty()) {
    settings.tests.clear();
    for (const auto& test : flags.tests) {
      auto known = drift::detectors().find(test, "--tests");
      if (!known) return fail(ErrorCode::usage, known.error().what, "--tests", known.error().hint);
      settings.tests.push_back({test, {}});
      needs_scores = needs_scores || (*known)->needs_scores;
    }
  }
  if (needs_scores && flags.scores.empty())
    return fail(ErrorCode::usage, "domain_classifier judges a classifier's scores, and there are none", "--tests",
                "name the column that holds them in both files: --scores COLUMN");
  ASSIGN_OR_RETURN(const auto reference_schema, data::infer_schema(data::SourceSpec::file(flags.reference)));
  ASSIGN_OR_RETURN(const auto current_schema, data::infer_schema(data::SourceSpec::file(flags.current)));
  if (const auto known = settings.check_columns(reference_schema.names()); !known)
    return fail(ErrorCode::usage, known.error().what, "--columns", known.error().hint);
  // A column that became text is compared as it is in each file: its kind changed, which the report says.
  const auto columns_of = [](const data::FileSchema& schema) {
    std::vector<InputColumn> columns;
    for (const auto& column : schema.columns) columns.push_back({column.name, column.kind});
    return columns;
  };
  ASSIGN_OR_RETURN(Table reference, read_columns(flags.reference, columns_of(reference_schema)));
  ASSIGN_OR_RETURN(Table current, read_columns(flags.current, columns_of(current_schema)));
  std::vector<double> reference_scores;
  std::vector<double> current_scores;
  if (!flags.scores.empty()) {
    ASSIGN_OR_RETURN(reference_scores, take_scores(reference, flags.scores, flags.reference));
    ASSIGN_OR_RETURN(current_scores, take_scores(current, flags.scores, flags.current));
  }
  const auto prepared = drift::Reference::prepare(views_of(reference), settings);
  const DriftReport report = drift::detect(prepared, views_of(current), settings, {reference_scores, current_scores});
  if (report.verdict == Verdict::invalid)
    return fail(ErrorCode::invalid, "the files cannot be compared: too few rows or no column to test", flags.reference,
                "each needs two rows and a common column");

  if (!flags.html.empty())
    TRY(write_file(flags.html, drift_html(DriftPage{flags.reference, flags.current, report, reference, current, {}})));
  if (flags.format == "json") {
    print(to_json(report).dump(2));
  } else {
    std::vector<std::vector<std::string>> rows = {{"column", "test", "statistic", "p", "threshold", "drift"}};
    for (const auto& c : report.columns)
      rows.push_back({c.column, c.test, fmt::format("{:.4g}", c.statistic),
                      c.p_value < 0 ? "-" : fmt::format("{:.2g}", c.p_value), fmt::format("{:.3g}", c.threshold),
                      c.drift ? "yes" : "no"});
    print(table(rows));
    print(fmt::format(
        "\n{} of {} columns drift ({:.0f} %); {} reference rows, {} current rows",
        std::ranges::count_if(report.drifting_columns, [](const auto& name) { return name != drift::all_columns; }),
        prepared.columns().size(), 100 * report.share, reference.rows, current.rows));
  }
  return flags.fail_on_drift && report.drift ? 3 : 0;
}

}  // namespace

void add_drift(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("drift", "compare two files, column by column");
  auto flags = std::make_shared<DriftFlags>();
  command->add_option("reference", flags->reference, "what is normal")->required();
  command->add_option("current", flags->current, "what is to be compared with it")->required();
  command->add_option("--tests", flags->tests, "default: ks and chi_square with psi; see perennial list detectors")
      ->delimiter(',');
  command->add_option("--columns", flags->columns, "default: all")->delimiter(',');
  command->add_option("--scores", flags->scores,
                      "for domain_classifier: the column, in both files, with the scores of a classifier that tells "
                      "current rows from reference rows; it is not tested itself");
  command->add_option("--html", flags->html, "write a page with histograms here");
  command->add_flag("--fail-on-drift", flags->fail_on_drift, "exit code 3 where a column drifts");
  add_format(*command, flags->format);
  command->footer("example: perennial drift last_month.parquet this_week.csv.gz --fail-on-drift");
  command->callback([flags, &exit_code] { exit_code = finish([&] { return compare(*flags); }); });
}

}  // namespace perennial::app
