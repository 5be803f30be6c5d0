#include "drift/detect.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>
#include <tuple>

#include "core/rng.hpp"

namespace perennial::drift {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Column numeric(std::string name, std::vector<double> values) {
  Column column;
  column.name = std::move(name);
  column.numbers = std::move(values);
  return column;
}

Column categorical(std::string name, const std::vector<std::string>& values) {
  Column column;
  column.name = std::move(name);
  column.kind = ColumnKind::categorical;
  column.dictionary = std::make_shared<Dictionary>();
  for (const auto& value : values) column.codes.push_back(value.empty() ? -1 : column.dictionary->code_of(value));
  return column;
}

std::vector<ColumnView> views(const Table& table) {
  std::vector<ColumnView> result;
  for (std::size_t i = 0; i < table.columns.size(); ++i) result.push_back(table.view(i, 0, table.columns[i].size()));
  return result;
}

std::vector<double> normals(Rng& rng, std::size_t rows, double mean = 0) {
  std::vector<double> values(rows);
  for (double& value : values) value = rng.normal() + mean;
  return values;
}

/// Columns c0, c1, …; the first `shifted` of them moved by `shift`.
Table stable(Rng& rng, std::size_t columns, std::size_t rows, std::size_t shifted = 0, double shift = 0) {
  Table table;
  for (std::size_t i = 0; i < columns; ++i)
    table.columns.push_back(numeric("c" + std::to_string(i), normals(rng, rows, i < shifted ? shift : 0)));
  table.rows = rows;
  return table;
}

DriftReport run(const Table& before, const Table& now, const DriftSettings& settings = {}) {
  return detect(Reference::prepare(views(before), settings), views(now), settings);
}

// Ten columns that each say p = 0.003 or so: Holm multiplies the least by ten and keeps quiet at 1 %, Benjamini &
// Hochberg see that all ten say the same, and without a correction each speaks for itself.
TEST(Detect, the_correction_of_the_config_is_the_one_that_is_used) {
  Rng rng(8);
  const auto before = normals(rng, 5000);
  const auto now = normals(rng, 300);
  const auto copies = [](const std::vector<double>& values, double shift) {
    Table table;
    for (int i = 0; i < 10; ++i) {
      auto moved = values;
      for (double& value : moved) value += shift;
      table.columns.push_back(numeric("c" + std::to_string(i), std::move(moved)));
    }
    table.rows = values.size();
    return table;
  };
  DriftSettings settings;
  settings.tests = {{"ks", {}}};
  settings.alpha = 0.01;
  double shift = 0;
  settings.correction = Correction::none;
  const auto p_at = [&] { return run(copies(before, 0), copies(now, shift), settings).columns.at(0).p_value; };
  while (p_at() > 0.005) shift += 0.01;
  ASSERT_GT(p_at(), 0.001);
  const double p = p_at();
  for (const auto& [correction, drifting, corrected] : std::vector<std::tuple<Correction, std::size_t, double>>{
           {Correction::none, 10, p}, {Correction::benjamini_hochberg, 10, p}, {Correction::holm, 0, 10 * p}}) {
    settings.correction = correction;
    const auto report = run(copies(before, 0), copies(now, shift), settings);
    EXPECT_EQ(report.drifting_columns.size(), drifting) << static_cast<int>(correction);
    EXPECT_NEAR(report.columns.at(0).p_value / corrected, 1, 1e-9) << static_cast<int>(correction);
  }
}

// 200 reports of 50 stable columns at a family-wise level of 1 %. At most 1 % + 3 binomial standard errors (2.1 %)
// raise an alarm, that is 6 of 200. Without correction and effect size, 92 % would at 5 % (and 39 % at 1 %).
TEST(Detect, trap_15_many_columns_do_not_cry_wolf) {
  for (const std::size_t rows : {200u, 1000u}) {
    Rng rng(15 + rows);
    const Table before = stable(rng, 50, 5000);
    DriftSettings both;
    DriftSettings ks_only;
    ks_only.tests = {{"ks", {}}};
    DriftSettings psi_only;
    psi_only.tests = {{"psi", {}}};
    DriftSettings careless = ks_only;
    careless.correction = Correction::none;
    careless.alpha = 0.05;
    const auto reference = Reference::prepare(views(before), both);
    int alarms = 0;
    int ks_alarms = 0;
    int psi_alarms = 0;
    int careless_alarms = 0;
    for (int window = 0; window < 200; ++window) {
      const Table now = stable(rng, 50, rows);
      alarms += detect(reference, views(now), both).drift;
      ks_alarms += detect(reference, views(now), ks_only).drift;
      psi_alarms += detect(reference, views(now), psi_only).drift;
      careless_alarms += detect(reference, views(now), careless).drift;
    }
    EXPECT_LE(alarms, 6) << rows;
    EXPECT_LE(ks_alarms, 6) << rows;
    EXPECT_LE(psi_alarms, 6) << rows;
    EXPECT_GT(careless_alarms, 140) << "the trap is not there any more, so this test shows nothing";
  }
}

TEST(Detect, a_small_but_certain_shift_is_not_material) {
  Rng rng(1);
  const auto report = run(stable(rng, 5, 50000), stable(rng, 5, 50000, 5, 0.05));
  EXPECT_EQ(report.verdict, Verdict::pass);
  const auto ks = std::ranges::find(report.columns, "ks", &ColumnDrift::test);
  ASSERT_NE(ks, report.columns.end());
  EXPECT_TRUE(ks->drift);  // significant, as everything is with enough rows
}

TEST(Detect, shifted_columns_are_named_largest_first) {
  Rng rng(2);
  const Table before = stable(rng, 10, 5000);
  Table now = stable(rng, 10, 1000, 2, 1.0);
  now.columns[7].numbers = normals(rng, 1000, 3.0);
  const auto report = run(before, now);
  EXPECT_EQ(report.verdict, Verdict::fail);
  EXPECT_TRUE(report.drift);
  ASSERT_EQ(report.drifting_columns.size(), 3u);
  EXPECT_EQ(report.drifting_columns[0], "c7");
  EXPECT_DOUBLE_EQ(report.share, 0.3);
  EXPECT_GT(report.score, 1);
  EXPECT_EQ(report.columns.size(), 20u);  // ks and psi per column
  for (const auto& entry : report.columns) {
    EXPECT_EQ(entry.reference_rows, 5000u);
    EXPECT_EQ(entry.current_rows, 1000u);
    EXPECT_EQ(entry.p_value < 0, entry.test == "psi");
  }
}

TEST(Detect, shifts_are_found_at_the_default_sizes) {
  Rng rng(3);
  const Table before = stable(rng, 30, 5000);
  const auto reference = Reference::prepare(views(before), {});
  int found = 0;
  for (int window = 0; window < 100; ++window)
    found += detect(reference, views(stable(rng, 30, 1000, 1, 0.7)), {}).drift;
  EXPECT_GE(found, 99);
}

TEST(Detect, categorical_columns_by_chi_square_and_psi) {
  Rng rng(4);
  const auto draw = [&](std::size_t rows, double share) {
    std::vector<std::string> values(rows);
    for (auto& value : values) value = rng.uniform() < share ? "web" : rng.uniform() < 0.5 ? "shop" : "phone";
    return values;
  };
  Table before;
  before.columns = {categorical("channel", draw(5000, 0.5)), categorical("region", draw(5000, 0.5))};
  Table now;
  // Another dictionary, in another order: matched by value.
  now.columns = {categorical("channel", draw(1000, 0.1)), categorical("region", draw(1000, 0.5))};
  const auto report = run(before, now);
  EXPECT_EQ(report.drifting_columns, std::vector<std::string>{"channel"});
  EXPECT_EQ(report.columns.size(), 4u);

  now.columns[1] = categorical("region", std::vector<std::string>(1000, "drone"));
  EXPECT_EQ(run(before, now).drifting_columns.size(), 2u);
  now.columns[1] = categorical("region", std::vector<std::string>(1000, ""));
  EXPECT_EQ(run(before, now).drifting_columns.size(), 2u);
}

TEST(Detect, a_numeric_column_that_falls_silent_drifts) {
  Rng rng(5);
  const Table before = stable(rng, 3, 2000);
  Table now = stable(rng, 3, 1000);
  now.columns[0].numbers.assign(1000, nan);
  for (std::size_t i = 0; i < 500; ++i) now.columns[1].numbers[2 * i] = nan;
  const auto report = run(before, now);
  EXPECT_EQ(report.drifting_columns, (std::vector<std::string>{"c0", "c1"}));
}

TEST(Detect, a_constant_that_moves_drifts_and_one_that_stays_does_not) {
  Table before;
  before.columns = {numeric("moves", std::vector<double>(1000, 1)), numeric("stays", std::vector<double>(1000, 7)),
                    numeric("missing", std::vector<double>(1000, nan))};
  Table now = before;
  now.columns[0].numbers.assign(1000, 1.5);
  const auto report = run(before, now);
  EXPECT_EQ(report.drifting_columns, std::vector<std::string>{"moves"});
}

TEST(Detect, columns_that_came_or_went_or_changed_kind_are_schema_drift) {
  Rng rng(6);
  Table before = stable(rng, 3, 1000);
  Table now = stable(rng, 3, 1000);
  now.columns[0].name = "new";
  now.columns[2] = categorical("c2", std::vector<std::string>(1000, "x"));
  const auto report = run(before, now);
  EXPECT_EQ(report.drifting_columns, (std::vector<std::string>{"c0", "c2", "new"}));
  for (const auto& entry : report.columns)
    if (entry.column != "c1") {
      EXPECT_EQ(entry.test, "schema");
      EXPECT_LT(entry.p_value, 0);
    }
  EXPECT_DOUBLE_EQ(report.share, 0.75);
}

TEST(Detect, trap_36_too_little_evidence_is_invalid_and_never_a_pass) {
  Rng rng(7);
  struct Row {
    std::size_t before;
    std::size_t now;
    Verdict verdict;
    std::string why;
  };
  const std::vector<Row> rows{
      {1000, 199, Verdict::invalid, "one current row too few"},
      {199, 1000, Verdict::invalid, "one reference row too few"},
      {1000, 200, Verdict::pass, "just enough"},
      {0, 0, Verdict::invalid, "nothing"},
      {1000, 0, Verdict::invalid, "an empty window"},
  };
  for (const auto& row : rows) {
    const auto report = run(stable(rng, 2, row.before), stable(rng, 2, row.now));
    EXPECT_EQ(report.verdict, row.verdict) << row.why;
    EXPECT_FALSE(report.drift) << row.why;
  }
  EXPECT_EQ(detect(Reference(), {}, {}).verdict, Verdict::invalid);
  EXPECT_EQ(run(Table(), Table()).verdict, Verdict::invalid);
  DriftSettings nothing_included;
  nothing_included.columns = {"x*"};
  EXPECT_EQ(run(stable(rng, 2, 1000), stable(rng, 2, 1000), nothing_included).verdict, Verdict::invalid);
}

TEST(Detect, only_included_columns_and_asked_tests_are_in_the_report) {
  Rng rng(8);
  DriftSettings settings;
  settings.columns = {"c1", "c2*"};
  settings.tests = {{"psi", 0.1}};
  const auto report = run(stable(rng, 5, 1000), stable(rng, 5, 1000, 5, 1.0), settings);
  ASSERT_EQ(report.columns.size(), 2u);
  EXPECT_EQ(report.columns[0].column, "c1");
  EXPECT_EQ(report.columns[0].test, "psi");
  EXPECT_GE(report.columns[0].threshold, 0.1);
  EXPECT_EQ(report.drifting_columns.size(), 2u);

  settings.tests = {{"none", {}}};
  EXPECT_EQ(run(stable(rng, 5, 1000), stable(rng, 5, 1000, 5, 9.0), settings).verdict, Verdict::pass);
  settings.tests = {{"ks", {}}};
  EXPECT_GT(run(stable(rng, 5, 1000), stable(rng, 5, 1000, 5, 1.0), settings).score, 0.2);
}

TEST(Detect, every_distance_has_a_threshold_of_its_own) {
  Rng rng(18);
  DriftSettings settings;
  settings.tests = {{"psi", {}},       {"kl", {}},          {"jensen_shannon", {}},
                    {"hellinger", {}}, {"wasserstein", {}}, {"wasserstein", 3.0}};
  const auto report = run(stable(rng, 1, 50000), stable(rng, 1, 50000, 1, 0.5), settings);
  const std::vector<double> expected{0.2, 0.15, 0.1, 0.1, 0.1, 3.0};
  ASSERT_EQ(report.columns.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_DOUBLE_EQ(report.columns[i].threshold, expected[i]) << i;
  EXPECT_NEAR(report.columns[4].statistic, 0.5, 0.03);  // the shift, in standard deviations
}

// 100 reports of 30 stable columns by all distances at once, each judged alone: none above its noise bound but for 1 %.
TEST(Detect, trap_15_no_distance_cries_wolf_at_any_window) {
  for (const std::string test : {"kl", "jensen_shannon", "hellinger", "wasserstein"})
    for (const std::size_t rows : {200u, 1000u}) {
      Rng rng(19 + rows);
      DriftSettings settings;
      settings.tests = {{test, 1e-9}};  // so that the noise bound alone decides
      const auto reference = Reference::prepare(views(stable(rng, 30, 5000)), settings);
      int alarms = 0;
      for (int window = 0; window < 100; ++window)
        alarms += detect(reference, views(stable(rng, 30, rows)), settings).drift;
      EXPECT_LE(alarms, 4) << test << " " << rows;
    }
}

/// Two columns of which each stays what it is while their relation turns.
Table related(Rng& rng, std::size_t rows, double sign) {
  Table table = stable(rng, 2, rows);
  for (std::size_t i = 0; i < rows; ++i)
    table.columns[1].numbers[i] = sign * table.columns[0].numbers[i] + 0.3 * table.columns[1].numbers[i];
  table.rows = rows;
  return table;
}

TEST(Detect, mmd_sees_what_no_single_column_shows) {
  Rng rng(20);
  const Table before = related(rng, 2000, 1);
  DriftSettings settings;
  settings.tests = {{"ks", {}}, {"mmd", {}}};
  const auto turned = run(before, related(rng, 1000, -1), settings);
  EXPECT_TRUE(turned.drift);
  EXPECT_EQ(turned.drifting_columns, std::vector<std::string>{"*"});
  EXPECT_DOUBLE_EQ(turned.share, 0);  // of the columns
  ASSERT_EQ(turned.columns.size(), 3u);
  EXPECT_EQ(turned.columns[2].test, "mmd");
  EXPECT_EQ(turned.columns[2].reference_rows, joint_rows);
  EXPECT_FALSE(run(before, related(rng, 1000, 1), settings).drift);
  settings.tests = {{"mmd", {}}};
  EXPECT_DOUBLE_EQ(run(before, related(rng, 1000, -1), settings).share, 1);
}

TEST(Detect, mmd_matches_categories_by_value_and_keeps_its_level) {
  Rng rng(21);
  const auto draw = [&](std::size_t rows, double share) {
    std::vector<std::string> values(rows);
    for (auto& value : values) value = rng.uniform() < share ? "web" : rng.uniform() < 0.5 ? "shop" : "";
    return values;
  };
  DriftSettings settings;
  settings.tests = {{"mmd", {}}};
  settings.alpha = 0.05;
  Table before;
  before.columns = {categorical("channel", draw(2000, 0.5))};
  int alarms = 0;
  for (int run_index = 0; run_index < 100; ++run_index) {
    Table now;
    now.columns = {categorical("channel", draw(500, 0.5))};  // its dictionary has another order
    settings.seed = static_cast<std::uint64_t>(run_index);
    alarms += run(before, now, settings).drift;
  }
  EXPECT_LE(alarms, 12);
  Table now;
  now.columns = {categorical("channel", draw(500, 0.2))};
  EXPECT_TRUE(run(before, now, settings).drift);
}

TEST(Detect, a_domain_classifier_judges_the_scores_that_it_is_given) {
  Rng rng(22);
  const Table before = stable(rng, 2, 1000);
  const Table now = stable(rng, 2, 500);
  DriftSettings settings;
  settings.tests = {{"domain_classifier", {}}};
  const auto reference = Reference::prepare(views(before), settings);
  const auto same = normals(rng, 1000);
  const auto apart = normals(rng, 500, 1);
  EXPECT_TRUE(detect(reference, views(now), settings, {same, apart}).drift);
  EXPECT_TRUE(detect(reference, views(now), settings, {apart, same}).drift);
  EXPECT_FALSE(detect(reference, views(now), settings, {same, normals(rng, 500)}).drift);
  // Without scores there is no evidence, and that is not a pass.
  EXPECT_EQ(detect(reference, views(now), settings).verdict, Verdict::invalid);
  EXPECT_EQ(detect(reference, views(now), settings, {same, {}}).verdict, Verdict::invalid);
}

TEST(Detect, the_psi_threshold_follows_the_window) {
  Rng rng(9);
  DriftSettings settings;
  settings.tests = {{"psi", 0.01}};
  const auto small = run(stable(rng, 1, 5000), stable(rng, 1, 200), settings);
  const auto large = run(stable(rng, 1, 50000), stable(rng, 1, 50000), settings);
  EXPECT_GT(small.columns[0].threshold, 0.1);
  EXPECT_DOUBLE_EQ(large.columns[0].threshold, 0.01);
}

TEST(Detect, the_same_input_gives_the_same_report) {
  Rng rng(10);
  const Table before = stable(rng, 8, 1000);
  const Table now = stable(rng, 8, 500, 4, 0.8);
  EXPECT_EQ(to_text(to_json(run(before, now))), to_text(to_json(run(before, now))));
}

/// The columns of a CSV of numbers; what is not a number is missing.
Table read_numbers(const std::string& path) {
  Table table;
  std::ifstream file(path);
  std::string line;
  std::string cell;
  std::getline(file, line);
  for (std::istringstream header(line); std::getline(header, cell, ',');) table.columns.push_back(numeric(cell, {}));
  while (std::getline(file, line)) {
    std::istringstream row(line);
    for (auto& column : table.columns) {
      std::getline(row, cell, ',');
      char* end = nullptr;
      const double value = std::strtod(cell.c_str(), &end);
      column.numbers.push_back(end != cell.c_str() && *end == '\0' ? value : nan);
    }
    ++table.rows;
  }
  return table;
}

// The phishing data are known to hold no drift: no window may show any.
TEST(Detect, real_data_without_drift_raise_no_alarm) {
  const Table all = read_numbers(PERENNIAL_SOURCE_DIR "/../shared/data/phishing.csv");
  if (all.rows == 0) GTEST_SKIP() << "no ../shared/data/phishing.csv";
  const DriftSettings settings;
  const auto window = [&](std::size_t first, std::size_t count) {
    std::vector<ColumnView> result;
    for (std::size_t i = 0; i < all.columns.size(); ++i) result.push_back(all.view(i, first, count));
    return result;
  };
  const auto reference = Reference::prepare(window(0, 500), settings);
  for (const std::size_t rows : {200u, 400u})
    for (std::size_t first = 500; first + rows <= all.rows; first += 50) {
      const auto report = detect(reference, window(first, rows), settings);
      EXPECT_EQ(report.verdict, Verdict::pass) << first << " " << rows << " " << to_text(to_json(report));
    }
}

}  // namespace
}  // namespace perennial::drift
