#include "stats/expected_metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "core/rng.hpp"
#include "reference_data.hpp"

namespace perennial::stats {
namespace {

const std::vector<std::string> estimable{"accuracy", "precision", "recall", "f1", "auc", "log_loss"};

/// Probabilities that are certain of a label: the estimate must then be what is measured.
Probabilities certain(const Case& c) {
  const std::size_t classes = c.target.width();
  Probabilities p{classes, std::vector<double>(c.truth.size() * classes)};
  for (std::size_t i = 0; i < c.truth.size(); ++i) p.values[i * classes + static_cast<std::size_t>(c.truth[i])] = 1;
  return p;
}

TEST(ExpectedMetrics, by_hand) {
  // Said 1, 1, 0, 0 with P(1) of 0.9, 0.6, 0.3, 0.2: tp 1.5, fp 0.5, fn 0.5, tn 1.5.
  const Case c{binary_target(), {0.1f, 0.9f, 0.3f, 0.7f, 0.6f, 0.4f, 0.7f, 0.3f}, {}};
  const Probabilities p{2, {0.1, 0.9, 0.4, 0.6, 0.7, 0.3, 0.8, 0.2}};
  const auto confusion = expected_confusion(c.scored(), p);
  ASSERT_TRUE(confusion) << confusion.error().message();
  EXPECT_NEAR(confusion->at(1, 1), 1.5, 1e-12);
  EXPECT_NEAR(confusion->at(1, 0), 0.5, 1e-12);
  EXPECT_NEAR(confusion->at(0, 1), 0.5, 1e-12);
  EXPECT_NEAR(confusion->at(0, 0), 1.5, 1e-12);
  for (const auto* metric : {"accuracy", "precision", "recall", "f1"})
    EXPECT_NEAR(expected_influence(metric, c.scored(), p)->value, 0.75, 1e-12) << metric;
  // Binomial, whatever the rows: sqrt(0.75 * 0.25 / (4 - 1)).
  EXPECT_NEAR(to_estimate(*expected_influence("accuracy", c.scored(), p)).standard_error, 0.25, 1e-12);
  const auto losses = expected_row_losses(c.scored(), p);
  ASSERT_TRUE(losses);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR((*losses)[i], (std::vector{0.1, 0.4, 0.3, 0.2})[i], 1e-12);
}

TEST(ExpectedMetrics, of_certain_labels_are_the_measured_ones) {
  for (const Case& c : {binary_case(), multiclass_case()})
    for (const auto& metric : estimable) {
      const auto measured = evaluate(metric, c.scored());
      if (!measured) continue;  // the auc of many classes is not measured
      SCOPED_TRACE(metric);
      const auto expected = expected_influence(metric, c.scored(), certain(c));
      ASSERT_TRUE(expected) << expected.error().message();
      const Estimate estimate = to_estimate(*expected);
      EXPECT_NEAR(estimate.value, measured->value, 1e-12);
      EXPECT_NEAR(estimate.standard_error, measured->standard_error, 0.005 * measured->standard_error);
      EXPECT_EQ(estimate.n, measured->n);
    }
}

/// Rows whose labels are drawn from known probabilities, many times: the estimate must be the mean of what is measured,
/// and rows with their labels must vary as much as the standard error says.
TEST(ExpectedMetrics, foretell_mean_and_spread_of_what_is_measured) {
  for (const std::size_t classes : {2U, 3U}) {
    Target target{"y", classes == 2 ? Task::binary : Task::multiclass, {"a", "b", "c"}};
    target.classes.resize(classes);
    Rng rng(40 + classes);
    constexpr std::size_t n = 600;
    constexpr std::size_t draws = 400;
    std::map<std::string, std::vector<double>> measured;
    std::map<std::string, double> foretold;
    std::map<std::string, double> error;
    for (std::size_t draw = 0; draw < draws; ++draw) {
      Case c{target, {}, {}};
      Probabilities p{classes, {}};
      for (std::size_t i = 0; i < n; ++i) {
        std::vector<double> weights(classes);
        double sum = 0;
        for (double& weight : weights) sum += weight = std::exp(1.2 * rng.normal());
        double u = rng.uniform();
        std::size_t label = 0;
        for (std::size_t k = 0; k < classes; ++k) {
          p.values.push_back(weights[k] / sum);
          // The model's own score is too timid; its order is right.
          c.outputs.push_back(static_cast<float>(0.5 * weights[k] / sum + 0.5 / static_cast<double>(classes)));
          u -= weights[k] / sum;
          if (u > 0 && k + 1 < classes) label = k + 1;
        }
        c.truth.push_back(static_cast<double>(label));
      }
      for (const auto& metric : estimable) {
        const auto real = evaluate(metric, c.scored());
        if (!real) continue;
        const auto expected = expected_influence(metric, c.scored(), p);
        ASSERT_TRUE(expected) << expected.error().message();
        measured[metric].push_back(real->value);
        foretold[metric] += expected->value / draws;
        error[metric] += to_estimate(*expected).standard_error / draws;
      }
    }
    EXPECT_EQ(measured.size(), classes == 2 ? 6u : 5u);
    for (const auto& [metric, values] : measured) {
      SCOPED_TRACE(metric + " of " + std::to_string(classes) + " classes");
      double mean = 0;
      for (const double value : values) mean += value / draws;
      double variance = 0;
      for (const double value : values) variance += (value - mean) * (value - mean) / (draws - 1);
      EXPECT_NEAR(foretold[metric], mean, 4 * std::sqrt(variance / draws));
      EXPECT_NEAR(error[metric], std::sqrt(variance), 0.12 * std::sqrt(variance));
    }
  }
}

TEST(ExpectedMetrics, ties_of_scores_count_half_in_the_auc) {
  const Case c{binary_target(), {0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f}, {}};
  EXPECT_NEAR(expected_influence("auc", c.scored(), {2, {0.1, 0.9, 0.6, 0.4, 0.8, 0.2}})->value, 0.5, 1e-12);
}

TEST(ExpectedMetrics, serial_dependence_widens_what_varies_between_rows) {
  Case c{binary_target(), {}, {}};
  Probabilities p{2, {}};
  for (int i = 0; i < 1000; ++i) {
    const double sure = i / 100 % 2 == 0 ? 0.95 : 0.55;  // long quiet and long unsure times
    c.outputs.insert(c.outputs.end(), {static_cast<float>(1 - sure), static_cast<float>(sure)});
    p.values.insert(p.values.end(), {1 - sure, sure});
  }
  const auto expected = expected_influence("accuracy", c.scored(), p);
  ASSERT_TRUE(expected);
  EXPECT_GT(to_estimate(*expected, Dependence::serial).standard_error, 1.5 * to_estimate(*expected).standard_error);
}

TEST(ExpectedMetrics, refuse_what_they_cannot_estimate) {
  const Case c = binary_case();
  const Probabilities p = certain(c);
  EXPECT_EQ(expected_influence("acuracy", c.scored(), p).error().code, ErrorCode::config);
  EXPECT_EQ(expected_influence("rmse", c.scored(), p).error().code, ErrorCode::invalid);
  EXPECT_EQ(expected_influence("accuracy", regression_case().scored(), p).error().code, ErrorCode::invalid);
  EXPECT_EQ(expected_influence("accuracy", c.scored(), {2, {0.5, 0.5}}).error().code, ErrorCode::invalid);
  const Case none{binary_target(), {}, {}};
  EXPECT_EQ(expected_influence("accuracy", none.scored(), {2, {}}).error().code, ErrorCode::invalid);

  // One class only: as trap 36 has it for measured metrics.
  Probabilities one = p;
  for (std::size_t i = 0; i < one.values.size(); ++i) one.values[i] = i % 2 == 0 ? 1 : 0;
  for (const auto* metric : {"auc", "precision", "recall", "f1"})
    EXPECT_EQ(expected_influence(metric, c.scored(), one).error().code, ErrorCode::invalid) << metric;
  EXPECT_TRUE(expected_influence("accuracy", c.scored(), one));

  // Nobody is said to be of class 1.
  const Case never{binary_target(), {0.9f, 0.1f, 0.8f, 0.2f}, {}};
  EXPECT_EQ(expected_influence("precision", never.scored(), {2, {0.9, 0.1, 0.8, 0.2}}).error().code,
            ErrorCode::invalid);
  EXPECT_EQ(expected_influence("recall", never.scored(), {2, {0.9, 0.1, 0.8, 0.2}})->value, 0);
}

TEST(ExpectedMetrics, a_certain_estimate_still_has_an_error) {
  Case c{binary_target(), {}, {}};
  Probabilities p{2, {}};
  for (int i = 0; i < 100; ++i) {
    const float yes = i % 2 == 0 ? 0.9f : 0.1f;
    c.outputs.insert(c.outputs.end(), {1 - yes, yes});
    p.values.insert(p.values.end(), {i % 2 == 0 ? 0.0 : 1.0, i % 2 == 0 ? 1.0 : 0.0});
  }
  for (const auto* metric : {"accuracy", "precision", "recall", "f1", "auc"}) {
    const Estimate estimate = to_estimate(*expected_influence(metric, c.scored(), p));
    EXPECT_EQ(estimate.value, 1) << metric;
    EXPECT_GT(estimate.standard_error, 0.005) << metric;
  }
}

}  // namespace
}  // namespace perennial::stats
