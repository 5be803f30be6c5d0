#include "stats/metrics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/rng.hpp"
#include "reference_data.hpp"

namespace perennial::stats {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Case case_of(std::string_view name) {
  return name == "binary" ? binary_case() : name == "multiclass" ? multiclass_case() : regression_case();
}

TEST(Metrics, agree_with_scikit_learn) {
  struct Row {
    std::string metric;
    std::string data;
    double value;
    double standard_error;  // < 0: not compared
    double tolerance;       // of the standard error, relative
  };
  const std::vector<Row> rows{
      {"accuracy", "binary", 0.6275, 0.02417352632530058, 2e-3},  // binomial
      {"log_loss", "binary", 0.7135327132790575, 0.03988175844304433, 1e-9},
      {"auc", "binary", 0.6895928293142523, 0.026429799095018736, 1e-9},  // DeLong
      {"f1", "binary", 0.5872576177285319, 0.03052, 0.05},                // 4000 bootstrap samples
      {"precision", "binary", 0.5638297872340425, 0.03593, 0.05},         // 4000 bootstrap samples
      {"recall", "binary", 0.6127167630057804, -1, 0},
      {"false_positive_rate", "binary", 82.0 / 227, 0.03188417, 2e-3},  // binomial, of the 227 negatives
      {"accuracy", "multiclass", 0.6375, -1, 0},
      {"f1", "multiclass", 0.6362754364517514, 0.02410, 0.05},  // 4000 bootstrap samples
      {"precision", "multiclass", 0.6370439362795478, -1, 0},
      {"recall", "multiclass", 0.6382371215028416, -1, 0},
      {"rmse", "regression", 0.9804817919598269, 0.026709671775775132, 1e-9},  // delta method
      {"mae", "regression", 0.8181619387513139, -1, 0},
      {"r2", "regression", 0.8859352151855896, 0.008346, 0.05},  // 4000 bootstrap samples
      {"phm08", "regression", 33.00344454305757, -1, 0},
      {"phm08_mean", "regression", 33.00344454305757 / 400, -1, 0},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.metric + " " + row.data);
    const Case c = case_of(row.data);
    const auto estimate = evaluate(row.metric, c.scored());
    ASSERT_TRUE(estimate) << estimate.error().message();
    EXPECT_NEAR(estimate->value, row.value, 1e-12 * std::max(1.0, row.value));
    if (row.standard_error > 0) {
      EXPECT_NEAR(estimate->standard_error, row.standard_error, row.tolerance * row.standard_error);
    }
    EXPECT_EQ(estimate->n, 400u);
  }
}

TEST(Metrics, every_member_of_the_catalog_refuses_what_it_cannot_measure) {
  for (const auto& metric : metrics().members()) {
    SCOPED_TRACE(metric.entry.name);
    for (const Task task : metric.tasks) {
      Case c = task == Task::binary ? binary_case() : task == Task::multiclass ? multiclass_case() : regression_case();
      const auto good = evaluate(metric.entry.name, c.scored());
      ASSERT_TRUE(good) << good.error().message();
      EXPECT_GT(good->standard_error, 0);
      EXPECT_GE(evaluate(metric.entry.name, c.scored(), Dependence::serial)->standard_error, good->standard_error);

      Case broken = c;
      broken.outputs[5] = std::numeric_limits<float>::quiet_NaN();
      EXPECT_EQ(evaluate(metric.entry.name, broken.scored()).error().code, ErrorCode::invalid);
      Case shorter = c;
      shorter.outputs.pop_back();
      EXPECT_EQ(evaluate(metric.entry.name, shorter.scored()).error().code, ErrorCode::invalid);
      Case unlabelled = c;
      unlabelled.truth.assign(unlabelled.truth.size(), nan);
      EXPECT_EQ(evaluate(metric.entry.name, unlabelled.scored()).error().code, ErrorCode::invalid);
      const Case none{c.target, {}, {}};
      EXPECT_EQ(evaluate(metric.entry.name, none.scored()).error().code, ErrorCode::invalid);
    }
    for (const Task task : {Task::regression, Task::binary, Task::multiclass})
      if (std::find(metric.tasks.begin(), metric.tasks.end(), task) == metric.tasks.end()) {
        Case c = task == Task::regression ? regression_case() : binary_case();
        c.target.task = task;
        EXPECT_EQ(evaluate(metric.entry.name, c.scored()).error().code, ErrorCode::invalid);
      }
  }
  const auto unknown = evaluate("acuracy", binary_case().scored());
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::config);
  EXPECT_NE(unknown.error().message().find("accuracy"), std::string::npos);
}

TEST(Metrics, trap_36_one_class_only_is_invalid_and_never_zero) {
  Case c = binary_case();
  c.truth.assign(400, 0.0);
  for (const auto* metric : {"auc", "f1", "precision", "recall"}) {
    const auto estimate = evaluate(metric, c.scored());
    ASSERT_FALSE(estimate) << metric;
    EXPECT_EQ(estimate.error().code, ErrorCode::invalid);
    EXPECT_NE(estimate.error().message().find("one class"), std::string::npos) << estimate.error().message();
  }
  EXPECT_TRUE(evaluate("accuracy", c.scored()));
  Case constant = regression_case();
  constant.truth.assign(400, 3.0);
  EXPECT_FALSE(evaluate("r2", constant.scored()));
  EXPECT_TRUE(evaluate("rmse", constant.scored()));
}

TEST(Metrics, rows_without_a_label_change_nothing) {
  for (const auto* data : {"binary", "multiclass", "regression"}) {
    const Case c = case_of(data);
    Case wider = c;
    const std::size_t width = c.target.width();
    wider.outputs.insert(wider.outputs.begin(), width, 7.0f);
    wider.truth.insert(wider.truth.begin(), nan);
    wider.outputs.insert(wider.outputs.end(), width, std::numeric_limits<float>::quiet_NaN());
    wider.truth.push_back(nan);
    for (const auto& metric : metrics().members()) {
      const auto one = evaluate(metric.entry.name, c.scored());
      if (!one) continue;
      const auto other = evaluate(metric.entry.name, wider.scored());
      ASSERT_TRUE(other) << metric.entry.name;
      EXPECT_EQ(one->value, other->value);
      EXPECT_EQ(one->standard_error, other->standard_error);
      EXPECT_EQ(one->n, other->n);
    }
  }
}

TEST(Metrics, a_target_is_read_at_its_offset) {
  const Case c = binary_case();
  std::vector<float> wide;
  for (std::size_t i = 0; i < 400; ++i) wide.insert(wide.end(), {99.0f, c.outputs[2 * i], c.outputs[2 * i + 1], -1.0f});
  const Scored scored{wide, 4, 1, &c.target, c.truth};
  EXPECT_EQ(evaluate("auc", scored)->value, evaluate("auc", c.scored())->value);
  EXPECT_EQ(row_losses(scored), row_losses(c.scored()));
}

TEST(Metrics, a_class_the_model_does_not_know_counts_against_it) {
  const Case c{binary_target(), {0.9f, 0.1f, 0.1f, 0.9f, 0.1f, 0.9f, 0.9f, 0.1f}, {0, 1, -1, 5}};
  EXPECT_DOUBLE_EQ(evaluate("accuracy", c.scored())->value, 0.5);
  EXPECT_DOUBLE_EQ(evaluate("precision", c.scored())->value, 0.5);
  EXPECT_GT(evaluate("log_loss", c.scored())->value, 10);
  EXPECT_EQ(row_losses(c.scored()), (std::vector<double>{0, 0, 1, 1}));
}

TEST(Metrics, a_perfect_score_still_has_an_error) {
  Case c = binary_case();
  for (std::size_t i = 0; i < 400; ++i) {
    c.outputs[2 * i] = c.truth[i] == 0 ? 0.9f : 0.1f;
    c.outputs[2 * i + 1] = c.truth[i] == 0 ? 0.1f : 0.9f;
  }
  for (const auto* metric : {"accuracy", "auc", "f1"}) {
    EXPECT_DOUBLE_EQ(evaluate(metric, c.scored())->value, 1);
    EXPECT_GT(evaluate(metric, c.scored())->standard_error, 0.001) << metric;
  }
}

TEST(Metrics, phm08_charges_late_predictions_more) {
  const Case late{regression_target(), {20.0f}, {10.0}};
  const Case early{regression_target(), {0.0f}, {10.0}};
  EXPECT_NEAR(evaluate("phm08", late.scored())->value, std::exp(1.0) - 1, 1e-12);
  EXPECT_NEAR(evaluate("phm08", early.scored())->value, std::exp(10.0 / 13) - 1, 1e-12);
  const Case absurd{regression_target(), {1e30f, 0.0f}, {0.0, 0.0}};
  EXPECT_TRUE(std::isfinite(evaluate("phm08", absurd.scored())->standard_error));
}

TEST(Metrics, the_false_positive_rate_is_of_the_negatives) {
  const Case c{binary_target(), {0.9f, 0.1f, 0.1f, 0.9f, 0.1f, 0.9f, 0.9f, 0.1f, 0.1f, 0.9f}, {0, 0, 1, 1, -1}};
  EXPECT_DOUBLE_EQ(evaluate("false_positive_rate", c.scored())->value, 2.0 / 3) << "a class of another name is none";
  Case positives = c;
  positives.truth.assign(5, 1);
  EXPECT_FALSE(evaluate("false_positive_rate", positives.scored())) << "there is nothing to be wrong about";
  EXPECT_FALSE(*higher_is_better("false_positive_rate"));
}

TEST(Metrics, direction_is_known) {
  EXPECT_TRUE(*higher_is_better("auc"));
  EXPECT_FALSE(*higher_is_better("rmse"));
  EXPECT_FALSE(higher_is_better("rsme"));
}

TEST(Metrics, losses_of_rows) {
  const Case c{regression_target(), {1.0f, 2.0f, 3.0f, std::numeric_limits<float>::quiet_NaN()}, {1, nan, 5, 2}};
  const auto losses = row_losses(c.scored());
  EXPECT_EQ(losses[0], 0);
  EXPECT_TRUE(std::isnan(losses[1]));
  EXPECT_EQ(losses[2], 4);
  EXPECT_TRUE(std::isinf(losses[3]));  // a model that answers NaN errs, it is not skipped
}

// The 95 % interval covers the true value in 95 % of 400 samples, within four binomial standard errors (4.4 %).
TEST(Metrics, standard_errors_cover_the_truth) {
  Rng rng(1);
  int accuracy = 0;
  int auc = 0;
  int rmse = 0;
  const int samples = 400;
  for (int sample = 0; sample < samples; ++sample) {
    Case b{binary_target(), {}, {}};
    Case r{regression_target(), {}, {}};
    for (int i = 0; i < 300; ++i) {
      const bool positive = rng.uniform() < 0.4;
      const double score = rng.normal() + (positive ? 1 : 0);
      const double p = 1 / (1 + std::exp(0.5 - score));
      b.truth.push_back(positive ? 1 : 0);
      b.outputs.push_back(static_cast<float>(1 - p));
      b.outputs.push_back(static_cast<float>(p));
      r.truth.push_back(rng.normal() * 2);
      r.outputs.push_back(static_cast<float>(r.truth.back() + rng.normal()));
    }
    const auto covers = [](const Estimate& e, double truth) {
      return std::abs(e.value - truth) < 1.96 * e.standard_error;
    };
    const double normal_half = 0.6914624612740131;  // P(N < 0.5)
    accuracy += covers(*evaluate("accuracy", b.scored()), normal_half);
    auc += covers(*evaluate("auc", b.scored()), 0.7602499389065233);  // P(N < 1 / sqrt 2)
    rmse += covers(*evaluate("rmse", r.scored()), 1);
  }
  EXPECT_NEAR(accuracy / double(samples), 0.95, 0.044);
  EXPECT_NEAR(auc / double(samples), 0.95, 0.044);
  EXPECT_NEAR(rmse / double(samples), 0.95, 0.044);
}

TEST(Metrics, errors_in_runs_have_a_wider_standard_error) {
  Rng rng(2);
  Case c{binary_target(), {}, {}};
  bool wrong = false;
  for (int i = 0; i < 2000; ++i) {
    if (rng.uniform() < 0.05) wrong = !wrong;
    c.truth.push_back(wrong ? 1 : 0);
    c.outputs.insert(c.outputs.end(), {0.9f, 0.1f});
  }
  EXPECT_GT(evaluate("accuracy", c.scored(), Dependence::serial)->standard_error,
            2 * evaluate("accuracy", c.scored())->standard_error);
}

}  // namespace
}  // namespace perennial::stats
