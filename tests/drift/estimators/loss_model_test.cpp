#include "drift/estimators/loss_model.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/rng.hpp"

namespace perennial::drift {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

ColumnView numeric(std::string_view name, const std::vector<double>& values) {
  return {name, ColumnKind::numeric, values, {}, nullptr};
}

/// Mean of |f(x) - truth(x)| over a grid of -2..2 in the first of two columns.
template <class Truth>
double error_of(const LossModel& model, Truth&& truth) {
  std::vector<double> x;
  for (double at = -1.95; at < 2; at += 0.1) x.push_back(at);
  const std::vector<double> z(x.size(), 0.1);
  const auto answers = model.predict(std::vector{numeric("z", z), numeric("x", x)});
  EXPECT_TRUE(answers) << answers.error().message();
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += std::abs((*answers)[i] - truth(x[i]));
  return sum / static_cast<double>(x.size());
}

TEST(LossModel, finds_a_planted_relation_and_leaves_noise_alone) {
  Rng rng(1);
  std::vector<double> x(4000);
  std::vector<double> z(4000);
  std::vector<double> losses(4000);
  const auto truth = [](double at) { return at > 0 ? 3.0 : 1 + at * at / 4; };
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = 4 * rng.uniform() - 2;
    z[i] = rng.normal();
    losses[i] = truth(x[i]) + 0.3 * rng.normal();
  }
  const auto model = LossModel::fit(std::vector{numeric("x", x), numeric("z", z)}, losses);
  ASSERT_TRUE(model) << model.error().message();
  EXPECT_LT(error_of(*model, truth), 0.1);
  EXPECT_GT(error_of(*model, [&](double) { return model->mean(); }), 0.5);
}

TEST(LossModel, categories_are_told_apart_by_their_text_and_unseen_ones_are_defined) {
  Dictionary before;
  Rng rng(2);
  std::vector<std::int32_t> codes;
  std::vector<double> losses;
  for (int i = 0; i < 3000; ++i) {
    const auto group = rng.below(6);
    codes.push_back(before.code_of("g" + std::to_string(group)));
    losses.push_back((group % 2 == 0 ? 1.0 : 5.0) + 0.2 * rng.normal());
  }
  const auto model =
      LossModel::fit(std::vector<ColumnView>{{"g", ColumnKind::categorical, {}, codes, &before}}, losses);
  ASSERT_TRUE(model);
  Dictionary after;
  std::vector<std::int32_t> asked;
  for (const auto* text : {"g5", "g4", "new"}) asked.push_back(after.code_of(text));
  asked.push_back(-1);
  const auto answers = model->predict(std::vector<ColumnView>{{"g", ColumnKind::categorical, {}, asked, &after}});
  ASSERT_TRUE(answers);
  EXPECT_NEAR((*answers)[0], 5, 0.1);
  EXPECT_NEAR((*answers)[1], 1, 0.1);
  EXPECT_GT((*answers)[2], 0.9);
  EXPECT_LT((*answers)[2], 5.1);
  EXPECT_TRUE(std::isfinite((*answers)[3]));
}

TEST(LossModel, missing_values_are_a_value) {
  Rng rng(3);
  std::vector<double> x(2000);
  std::vector<double> losses(2000);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = i % 3 == 0 ? nan : rng.normal();
    losses[i] = i % 3 == 0 ? 4 : 1;
  }
  const auto model = LossModel::fit(std::vector{numeric("x", x)}, losses);
  const std::vector<double> asked{nan, 0, std::numeric_limits<double>::infinity()};
  const auto answers = model->predict(std::vector{numeric("x", asked)});
  ASSERT_TRUE(answers);
  EXPECT_NEAR((*answers)[0], 4, 0.01);
  EXPECT_NEAR((*answers)[1], 1, 0.01);
  EXPECT_NEAR((*answers)[2], 1, 0.01);
}

TEST(LossModel, the_same_rows_give_the_same_answers_and_rows_without_a_loss_do_not_count) {
  Rng rng(4);
  std::vector<double> x(1000);
  std::vector<double> losses(1000);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = rng.normal();
    losses[i] = std::abs(x[i] * rng.normal());
  }
  const auto one = LossModel::fit(std::vector{numeric("x", x)}, losses);
  auto longer = x;
  auto with_unknown = losses;
  for (int i = 0; i < 500; ++i) {
    longer.push_back(99);
    with_unknown.push_back(nan);
  }
  const auto two = LossModel::fit(std::vector{numeric("x", longer)}, with_unknown);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(*one->predict(std::vector{numeric("x", x)}), *two->predict(std::vector{numeric("x", x)}));
}

TEST(LossModel, a_constant_loss_is_foretold_exactly_and_never_below_zero) {
  Rng rng(5);
  std::vector<double> x(500);
  for (double& value : x) value = rng.normal();
  for (const double loss : {0.0, 0.1, 1e9}) {
    const auto model = LossModel::fit(std::vector{numeric("x", x)}, std::vector<double>(500, loss));
    ASSERT_TRUE(model);
    const auto answers = model->predict(std::vector{numeric("x", x)});
    for (const double answer : *answers) EXPECT_NEAR(answer, loss, 1e-9 * loss);
  }
  // Losses near 0 on one side: boosting would go below.
  std::vector<double> losses(500);
  for (std::size_t i = 0; i < losses.size(); ++i) losses[i] = x[i] > 0 ? std::abs(rng.normal()) : 0;
  const auto model = LossModel::fit(std::vector{numeric("x", x)}, losses);
  const auto answers = model->predict(std::vector{numeric("x", x)});
  for (const double answer : *answers) EXPECT_GE(answer, 0);
}

TEST(LossModel, rows_and_columns_are_bounded_and_the_telling_columns_are_kept) {
  Rng rng(6);
  constexpr std::size_t n = 3000;
  std::vector<std::vector<double>> values(30, std::vector<double>(n));
  std::vector<std::string> names;
  std::vector<ColumnView> columns;
  for (std::size_t c = 0; c < values.size(); ++c) {
    for (double& value : values[c]) value = rng.normal();
    names.push_back("c" + std::to_string(c));
  }
  for (std::size_t c = 0; c < values.size(); ++c) columns.push_back(numeric(names[c], values[c]));
  std::vector<double> losses(n);
  for (std::size_t i = 0; i < n; ++i) losses[i] = values[23][i] > 0 ? 2 : 1;
  LossModelSettings settings;
  settings.max_columns = 3;
  settings.max_rows = 500;
  const auto model = LossModel::fit(columns, losses, settings);
  ASSERT_TRUE(model);
  const auto answers = model->predict(columns);
  ASSERT_TRUE(answers);
  double wrong = 0;
  for (std::size_t i = 0; i < n; ++i) wrong += std::abs((*answers)[i] - losses[i]) / n;
  EXPECT_LT(wrong, 0.05);
}

TEST(LossModel, errors) {
  const std::vector<double> x(200, 1.0);
  const std::vector<double> losses(200, 1.0);
  const auto columns = std::vector{numeric("x", x)};
  EXPECT_EQ(LossModel::fit({}, losses).error().code, ErrorCode::invalid);
  EXPECT_EQ(LossModel::fit(columns, std::vector<double>(199, 1.0)).error().code, ErrorCode::invalid);
  EXPECT_EQ(LossModel::fit(columns, std::vector<double>(200, nan)).error().code, ErrorCode::invalid);
  auto infinite = losses;
  infinite[3] = std::numeric_limits<double>::infinity();
  EXPECT_EQ(LossModel::fit(columns, infinite).error().code, ErrorCode::invalid);
  LossModelSettings settings;
  settings.leaves = 1;
  EXPECT_EQ(LossModel::fit(columns, losses, settings).error().code, ErrorCode::config);

  std::vector<double> varied(200);
  for (std::size_t i = 0; i < 200; ++i) varied[i] = static_cast<double>(i);
  const auto model = LossModel::fit(std::vector{numeric("x", varied)}, varied);
  ASSERT_TRUE(model);
  const auto missing = model->predict(std::vector{numeric("other", x)});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().where, "x");
  const std::vector<std::int32_t> codes(200);
  EXPECT_EQ(model->predict(std::vector<ColumnView>{{"x", ColumnKind::categorical, {}, codes, nullptr}}).error().code,
            ErrorCode::invalid);
}

}  // namespace
}  // namespace perennial::drift
