#include "drift/importance.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <set>

#include "core/rng.hpp"

namespace perennial::drift {
namespace {

using Row = std::vector<double>;
using Rows = std::vector<Row>;
/// All outputs of one row.
using Model = std::function<std::vector<float>(const Row&)>;

const std::vector<Target> price = {{"price", Task::regression, {}}};

Rows normal_rows(Rng& rng, std::size_t count, std::size_t columns) {
  Rows rows(count, Row(columns));
  for (auto& row : rows)
    for (auto& value : row) value = rng.normal();
  return rows;
}

Outputs answers(const Model& model, const Rows& rows) {
  Outputs outputs{rows.size(), model(rows[0]).size(), {}};
  for (const auto& row : rows)
    for (const float value : model(row)) outputs.values.push_back(value);
  return outputs;
}

Reliance measured(const Model& model, const Rows& rows, const RowPairs& pairs,
                  const std::vector<Target>& targets = price) {
  std::vector<std::string> names;
  for (std::size_t c = 0; c < rows[0].size(); ++c) names.push_back("c" + std::to_string(c));
  Rows asked;
  for (const std::size_t row : pairs.rows) asked.push_back(rows[row]);
  Reliance reliance(targets, names, pairs);
  const Outputs as_they_are = answers(model, asked);
  for (std::size_t column = 0; column < names.size(); ++column) {
    Rows exchanged = asked;
    for (std::size_t pair = 0; pair < pairs.stretch.size(); ++pair)
      std::swap(exchanged[2 * pair][column], exchanged[2 * pair + 1][column]);
    reliance.add(column, as_they_are, answers(model, exchanged));
  }
  return reliance;
}

Reliance of_reference(const Model& model, const Rows& rows, std::size_t length,
                      const std::vector<Target>& targets = price) {
  return measured(model, rows, pair_rows(rows.size(), importance_stretches, length, 1), targets);
}

Reliance of_window(const Model& model, const Rows& rows, const std::vector<Target>& targets = price) {
  return measured(model, rows, pair_rows(rows.size(), 1, rows.size(), 1), targets);
}

double share(const ImportanceReport& report, const std::string& column) {
  for (const auto& one : report.columns)
    if (one.column == column) return one.current;
  return 0;
}

std::vector<float> linear(const Row& row) {
  return {static_cast<float>(3 * row[0] + row[1] + row[2] + 0.5 * row[3] + 0.5 * row[4])};
}

/// Asks another column where the first one is high, as trees do.
std::vector<float> two_regimes(const Row& row) { return {static_cast<float>(row[0] > 1.5 ? 3 * row[1] : 3 * row[2])}; }

TEST(RowPairs, are_of_one_stretch_and_no_row_is_in_two) {
  struct Case {
    std::size_t rows, stretches, length;
    std::size_t pairs, found;
  };
  const std::vector<Case> cases = {
      {5000, 5, 250, 250, 5}, {5000, 5, 1000, 250, 5}, {5000, 5, 90, 225, 5}, {5000, 5, 9000, 250, 5},
      {5000, 5, 1, 100, 5},   {200, 5, 500, 100, 5},   {130, 5, 500, 63, 3},  {50, 5, 500, 25, 1},
      {7, 5, 500, 3, 1},      {1, 5, 500, 0, 0},       {0, 5, 500, 0, 0},     {1000, 1, 1000, 250, 1},
      {60, 1, 60, 30, 1},
  };
  for (const auto& one : cases) {
    const auto pairs = pair_rows(one.rows, one.stretches, one.length, 1);
    EXPECT_EQ(pairs.stretch.size(), one.pairs) << one.rows << " rows, stretches of " << one.length;
    ASSERT_EQ(pairs.rows.size(), 2 * pairs.stretch.size());
    const std::set<std::size_t> rows(pairs.rows.begin(), pairs.rows.end());
    EXPECT_EQ(rows.size(), pairs.rows.size()) << one.rows << " rows, stretches of " << one.length;
    if (!rows.empty()) {
      EXPECT_LT(*rows.rbegin(), one.rows);
    }
    EXPECT_EQ(std::set<std::size_t>(pairs.stretch.begin(), pairs.stretch.end()).size(), one.found);
    for (std::size_t pair = 0; pair < pairs.stretch.size(); ++pair)
      EXPECT_LT(std::max(pairs.rows[2 * pair], pairs.rows[2 * pair + 1]) -
                    std::min(pairs.rows[2 * pair], pairs.rows[2 * pair + 1]),
                std::max<std::size_t>(one.length, 2))
          << "also where a stretch is longer";
    EXPECT_EQ(pairs.rows, pair_rows(one.rows, one.stretches, one.length, 1).rows) << "the seed decides";
  }
  EXPECT_NE(pair_rows(1000, 1, 1000, 1).rows, pair_rows(1000, 1, 1000, 2).rows);
}

TEST(Reliance, shares_are_those_of_the_formula) {
  Rng rng(1);
  const Rows rows = normal_rows(rng, 5000, 6);
  const auto report = judge_importance(of_reference(linear, rows, 1000), of_window(linear, rows), 0.2, 1);
  EXPECT_EQ(report.verdict, Verdict::pass);
  EXPECT_EQ(report.target, "price");
  EXPECT_EQ(report.reference_rows, 500U);
  EXPECT_EQ(report.current_rows, 500U);
  EXPECT_NEAR(share(report, "c0"), 0.5, 0.03) << "3 of 3 + 1 + 1 + 0.5 + 0.5";
  EXPECT_NEAR(share(report, "c1"), 1.0 / 6, 0.03);
  EXPECT_NEAR(share(report, "c4"), 0.5 / 6, 0.02);
  for (const auto& column : report.columns) EXPECT_NE(column.column, "c5") << "it is not used";
}

TEST(Reliance, of_classes_is_half_the_change_of_their_probabilities) {
  const std::vector<Target> targets = {{"price", Task::regression, {}}, {"kind", Task::multiclass, {"a", "b", "c"}}};
  const RowPairs pairs{{0, 1}, {0}};
  Reliance reliance(targets, {"x", "y"}, pairs);
  const Outputs before{2, 4, {7, 0.5F, 0.25F, 0.25F, 9, 0, 0.5F, 0.5F}};
  reliance.add(0, before, {2, 4, {9, 0.5F, 0, 0.5F, 9, 0, 0.25F, 0.75F}});
  reliance.add(1, before, before);
  ASSERT_EQ(reliance.good().size(), 1U);
  EXPECT_EQ(reliance.good()[0]->changes, (std::vector<double>{1, 0, 0.25, 0}));
  reliance.add(1, before, {2, 4, {std::numeric_limits<float>::quiet_NaN(), 0, 0, 0, 0, 0, 0, 0}});
  EXPECT_TRUE(reliance.good().empty()) << "what is not finite says nothing";
}

TEST(ImportanceDrift, trap_15_a_stable_stream_is_quiet) {
  // With a threshold that every shift passes, chance alone decides: at most one look in a hundred.
  Rng rng(2);
  const auto reference = of_reference(linear, normal_rows(rng, 5000, 5), 250);
  int beyond_chance = 0;
  int fired = 0;
  for (int look = 0; look < 300; ++look) {
    const auto window = of_window(linear, normal_rows(rng, 1000, 5));
    const auto report = judge_importance(reference, window, 1e-6, 1);
    beyond_chance += report.verdict == Verdict::fail ? 1 : 0;
    fired += report.shift >= 0.2 ? 1 : 0;
    EXPECT_LT(report.noise, 0.15);
  }
  EXPECT_LE(beyond_chance, 9) << "of 300; more than 9 with probability 0.001 where it is one in a hundred";
  EXPECT_EQ(fired, 0);
}

TEST(ImportanceDrift, few_rows_scatter_and_are_no_reason_to_retrain) {
  Rng rng(3);
  int large = 0;
  int fired = 0;
  for (int look = 0; look < 300; ++look) {
    const auto report = judge_importance(of_reference(linear, normal_rows(rng, 40, 5), 40),
                                         of_window(linear, normal_rows(rng, 40, 5)), 0.1, 1);
    large += report.shift >= 0.1 ? 1 : 0;
    fired += report.verdict == Verdict::fail ? 1 : 0;
  }
  EXPECT_GT(large, 30) << "the threshold alone would fire";
  EXPECT_LE(fired, 9) << "one in a hundred";
  EXPECT_EQ(judge_importance(of_reference(linear, normal_rows(rng, 1000, 5), 100),
                             of_window(linear, normal_rows(rng, 39, 5)), 0.1, 1)
                .verdict,
            Verdict::invalid);
}

TEST(ImportanceDrift, a_column_that_dies_is_seen_in_every_look) {
  Rng rng(4);
  const auto reference = of_reference(linear, normal_rows(rng, 5000, 5), 250);
  for (int look = 0; look < 100; ++look) {
    Rows rows = normal_rows(rng, 300, 5);
    for (auto& row : rows) row[0] = 0.7;
    const auto report = judge_importance(reference, of_window(linear, rows), 0.2, 1);
    ASSERT_EQ(report.verdict, Verdict::fail) << report.shift << ", chance " << report.noise;
    EXPECT_NEAR(report.shift, 0.5, 0.05);
    EXPECT_EQ(report.columns[0].column, "c0");
    EXPECT_EQ(report.columns[0].current, 0);
    EXPECT_TRUE(largest_moves(report).starts_with("c0 0.")) << largest_moves(report);
  }
}

TEST(ImportanceDrift, rows_in_which_other_columns_count_are_seen_in_every_look) {
  Rng rng(5);
  const auto reference = of_reference(two_regimes, normal_rows(rng, 5000, 3), 250);
  for (int look = 0; look < 100; ++look) {
    Rows rows = normal_rows(rng, 300, 3);
    for (auto& row : rows) row[0] += 3;
    const auto report = judge_importance(reference, of_window(two_regimes, rows), 0.2, 1);
    ASSERT_EQ(report.verdict, Verdict::fail) << report.shift << ", chance " << report.noise;
  }
}

TEST(ImportanceDrift, regimes_that_the_version_has_learned_from_are_no_news) {
  Rng rng(6);
  Rows training = normal_rows(rng, 5000, 3);
  for (std::size_t row = 2000; row < 3000; ++row) training[row][0] += 3;
  const auto reference = of_reference(two_regimes, training, 250);
  Rows rows = normal_rows(rng, 300, 3);
  for (auto& row : rows) row[0] += 3;
  const auto report = judge_importance(reference, of_window(two_regimes, rows), 0.2, 1);
  EXPECT_EQ(report.verdict, Verdict::pass);
  EXPECT_GT(report.shift, 0.2);
  EXPECT_GT(report.noise, report.shift) << "a stretch of the training rows differs as much from the others";
}

TEST(ImportanceDrift, a_slow_wave_is_no_shift) {
  // The first column is a season: it moves far over the training rows and hardly within a window.
  Rng rng(7);
  const auto season = [](std::size_t row) {
    return 3 * std::sin(2 * std::numbers::pi * static_cast<double>(row) / 5000);
  };
  Rows training = normal_rows(rng, 5000, 5);
  for (std::size_t row = 0; row < training.size(); ++row) training[row][0] = season(row);
  const auto reference = of_reference(linear, training, 300);
  const auto careless = measured(linear, training, pair_rows(training.size(), 1, training.size(), 1));
  int fired = 0;
  int carelessly = 0;
  for (std::size_t first = 5000; first < 10000; first += 50) {
    Rows rows = normal_rows(rng, 300, 5);
    for (std::size_t row = 0; row < rows.size(); ++row) rows[row][0] = season(first + row);
    const auto window = of_window(linear, rows);
    fired += judge_importance(reference, window, 0.2, 1).verdict == Verdict::fail ? 1 : 0;
    carelessly += judge_importance(careless, window, 0.2, 1).verdict == Verdict::fail ? 1 : 0;
  }
  EXPECT_EQ(fired, 0) << "of 100";
  EXPECT_EQ(carelessly, 100) << "rows of different seasons must not exchange their values";
}

TEST(ImportanceDrift, rows_that_follow_each_other_do_not_retrain_without_a_change) {
  // Each row keeps 90 % of the one before it; a fourth of the training rows is kept, as for drift.
  Rng rng(11);
  const auto following = [&](std::size_t count) {
    Rows rows = normal_rows(rng, count, 5);
    for (std::size_t row = 1; row < count; ++row)
      for (std::size_t c = 0; c < 5; ++c) rows[row][c] = 0.9 * rows[row - 1][c] + std::sqrt(1 - 0.81) * rows[row][c];
    return rows;
  };
  int fired = 0;
  for (int version = 0; version < 4; ++version) {
    Rows kept;
    const Rows training = following(20000);
    for (std::size_t row = 0; row < training.size(); row += 4) kept.push_back(training[row]);
    const auto reference = of_reference(linear, kept, 250);
    for (int look = 0; look < 50; ++look)
      fired += judge_importance(reference, of_window(linear, following(1000)), 0.2, 1).verdict == Verdict::fail ? 1 : 0;
  }
  EXPECT_EQ(fired, 0) << "of 200";
}

TEST(ImportanceDrift, of_several_targets_the_largest_counts) {
  const std::vector<Target> targets = {{"price", Task::regression, {}}, {"sold", Task::binary, {"no", "yes"}}};
  const Model model = [](const Row& row) {
    const auto p = static_cast<float>(1 / (1 + std::exp(-2 * row[0] - row[1])));
    return std::vector<float>{static_cast<float>(1000 * row[1]), 1 - p, p};
  };
  Rng rng(8);
  const auto reference = of_reference(model, normal_rows(rng, 2000, 2), 400, targets);
  Rows rows = normal_rows(rng, 400, 2);
  for (auto& row : rows) row[0] = 1;
  const auto report = judge_importance(reference, of_window(model, rows, targets), 0.2, 1);
  EXPECT_EQ(report.verdict, Verdict::fail);
  EXPECT_EQ(report.target, "sold");
  EXPECT_EQ(share(report, "c1"), 1);
}

TEST(ImportanceDrift, a_constant_model_relies_on_nothing_before_and_after) {
  Rng rng(9);
  const Model constant = [](const Row&) { return std::vector<float>{7}; };
  const auto report = judge_importance(of_reference(constant, normal_rows(rng, 1000, 2), 200),
                                       of_window(constant, normal_rows(rng, 200, 2)), 0.2, 1);
  EXPECT_EQ(report.verdict, Verdict::pass);
  EXPECT_EQ(report.shift, 0);
  EXPECT_TRUE(report.columns.empty());
  EXPECT_EQ(largest_moves(report), "");
  EXPECT_EQ(judge_importance({}, {}, 0.2, 1).verdict, Verdict::invalid);
}

TEST(ImportanceDrift, the_same_rows_give_the_same_report) {
  const auto once = [] {
    Rng rng(10);
    const auto reference = of_reference(linear, normal_rows(rng, 1000, 5), 200);
    return to_json(judge_importance(reference, of_window(linear, normal_rows(rng, 300, 5)), 0.2, 1));
  };
  const Json report = once();
  EXPECT_EQ(report, once());
  EXPECT_EQ(report.at("threshold"), 0.2);
  EXPECT_TRUE(report.at("why_not").is_null());
  EXPECT_NEAR(report.at("columns").at("c0").at("reference").get<double>(), 0.5, 0.05);
  EXPECT_TRUE(report.at("columns").at("c0").contains("now"));
}

}  // namespace
}  // namespace perennial::drift
