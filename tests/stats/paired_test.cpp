#include "stats/paired.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/rng.hpp"
#include "reference_data.hpp"

namespace perennial::stats {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// SciPy: DeLong's covariance of the two AUCs by its definition over all pairs.
TEST(Paired, auc_is_delongs_test) {
  const Case champion = binary_case();
  Case challenger = champion;
  const auto noise = lcg(5, 400);
  const auto s = lcg(4, 400);
  for (std::size_t i = 0; i < 400; ++i) {
    const double mixed = 0.5 * static_cast<double>(static_cast<float>(s[i])) + 0.5 * noise[i];
    challenger.outputs[2 * i + 1] = static_cast<float>(std::nearbyint(mixed * 100) / 100);
  }
  const auto result = compare_paired("auc", challenger.scored(), champion.scored());
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_NEAR(result->challenger.value, 0.5928038501693362, 1e-12);
  EXPECT_NEAR(result->improvement, 0.5928038501693362 - 0.6895928293142523, 1e-12);
  const double independent = result->standard_error * std::sqrt(result->effective_n / 400);
  EXPECT_NEAR(independent, 0.021513820495747238, 1e-9);
  EXPECT_GT(result->p_value, 0.999);
}

// scipy.stats.ttest_1samp of the row differences.
TEST(Paired, mae_is_the_paired_t_test) {
  const Case champion = regression_case();
  Case challenger = champion;
  const auto noise = lcg(10, 400);
  for (std::size_t i = 0; i < 400; ++i)
    challenger.outputs[i] = static_cast<float>(champion.truth[i] + noise[i] * 2 - 1.0);
  const auto result = compare_paired("mae", challenger.scored(), champion.scored());
  ASSERT_TRUE(result);
  EXPECT_NEAR(result->improvement, 0.30392094906050265, 1e-12);
  EXPECT_NEAR(result->standard_error * std::sqrt(result->effective_n / 400), 0.030583909742894284, 1e-12);
  EXPECT_LT(result->p_value, 1e-15);
}

TEST(Paired, improvement_points_in_the_metrics_good_direction) {
  const Case good = regression_case();
  Case bad = good;
  for (float& output : bad.outputs) output += 3;
  for (const auto* metric : {"rmse", "mae", "r2", "phm08"}) {
    const auto better = compare_paired(metric, good.scored(), bad.scored());
    const auto worse = compare_paired(metric, bad.scored(), good.scored());
    ASSERT_TRUE(better && worse) << metric;
    EXPECT_GT(better->improvement, 0) << metric;
    EXPECT_LT(better->p_value, 0.001) << metric;
    EXPECT_DOUBLE_EQ(worse->improvement, -better->improvement) << metric;
    EXPECT_GT(worse->p_value, 0.999) << metric;
  }
}

TEST(Paired, every_metric_finds_no_difference_between_a_model_and_itself) {
  for (const auto& metric : metrics().members())
    for (const Case& c : {binary_case(), multiclass_case(), regression_case()}) {
      const auto result = compare_paired(metric.entry.name, c.scored(), c.scored());
      if (!result) {
        EXPECT_FALSE(evaluate(metric.entry.name, c.scored()));
        continue;
      }
      EXPECT_EQ(result->improvement, 0);
      EXPECT_EQ(result->standard_error, 0);
      EXPECT_EQ(result->p_value, 1);
    }
}

TEST(Paired, only_rows_with_a_label_on_both_sides_count) {
  Case challenger = regression_case();
  Case champion = regression_case();
  for (std::size_t i = 0; i < 100; ++i) challenger.truth[i] = nan;
  for (std::size_t i = 300; i < 400; ++i) champion.truth[i] = nan;
  const auto result = compare_paired("rmse", challenger.scored(), champion.scored());
  ASSERT_TRUE(result);
  EXPECT_EQ(result->n, 200u);
  EXPECT_EQ(result->challenger.n, 200u);
  EXPECT_EQ(result->challenger.value, result->champion.value);

  champion.truth.pop_back();
  EXPECT_EQ(compare_paired("rmse", challenger.scored(), champion.scored()).error().code, ErrorCode::invalid);
  Case none = regression_case();
  none.truth.assign(400, nan);
  EXPECT_EQ(compare_paired("rmse", none.scored(), none.scored()).error().code, ErrorCode::invalid);
}

TEST(Paired, a_constant_difference_is_judged_by_its_sign) {
  const Case right{binary_target(), {0.9f, 0.1f, 0.9f, 0.1f, 0.9f, 0.1f}, {0, 0, 0}};
  const Case wrong{binary_target(), {0.1f, 0.9f, 0.1f, 0.9f, 0.1f, 0.9f}, {0, 0, 0}};
  EXPECT_DOUBLE_EQ(compare_paired("accuracy", right.scored(), wrong.scored())->p_value, 0.125);
  EXPECT_DOUBLE_EQ(compare_paired("accuracy", wrong.scored(), right.scored())->p_value, 1);
}

// 1000 comparisons of two equally good models at a level of 5 %: at most 5 % + 3 binomial standard errors (2.1 %)
// alarm. For the means the losses resemble their neighbours (AR(1), 0.5), which an unadjusted test answers with 17 %.
TEST(Paired, false_alarms_keep_to_their_level) {
  Rng rng(4);
  int serial = 0;
  int unadjusted = 0;
  int f1 = 0;
  const int runs = 1000;
  for (int run = 0; run < runs; ++run) {
    std::vector<double> a(500);
    std::vector<double> b(500, 0.0);
    double state = 0;
    double sum = 0;
    double squares = 0;
    for (double& loss : a) {
      state = 0.5 * state + rng.normal();
      loss = state;
      sum += loss;
      squares += loss * loss;
    }
    serial += paired_mean(a, b).p_value < 0.05;
    unadjusted += sum / std::sqrt(squares) > 1.645;

    Case one{binary_target(), {}, {}};
    Case two{binary_target(), {}, {}};
    for (int i = 0; i < 300; ++i) {
      const double truth = rng.uniform() < 0.3 ? 1 : 0;
      for (Case* c : {&one, &two}) {
        const bool says = rng.uniform() < (truth > 0 ? 0.7 : 0.2);
        c->truth.push_back(truth);
        c->outputs.insert(c->outputs.end(), {says ? 0.1f : 0.9f, says ? 0.9f : 0.1f});
      }
    }
    f1 += compare_paired("f1", one.scored(), two.scored())->p_value < 0.05;
  }
  EXPECT_GT(unadjusted / double(runs), 0.12);
  EXPECT_LT(serial / double(runs), 0.071);
  EXPECT_LT(f1 / double(runs), 0.071);
}

TEST(Paired, mean_leaves_out_what_is_not_finite) {
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<double> a{1, nan, 3, inf, 4, 2};
  const std::vector<double> b{0, 1, nan, 0, 1};
  const auto result = paired_mean(a, b);
  EXPECT_EQ(result.n, 2u);
  EXPECT_DOUBLE_EQ(result.difference, 2);
  EXPECT_EQ(paired_mean({}, {}).n, 0u);
  EXPECT_EQ(paired_mean({}, {}).p_value, 1);
}

}  // namespace
}  // namespace perennial::stats
