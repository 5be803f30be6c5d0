// CBPE and DLE against NannyML 0.13.1. Where both are given the same probabilities or expected losses, the estimates
// agree to rounding; where each fits its own calibration or nuisance model to the same labelled rows, they agree within
// the sampling error that NannyML states for its estimate.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/rng.hpp"
#include "drift/estimators/cbpe.hpp"
#include "drift/estimators/dle.hpp"
#include "peers/peer.hpp"
#include "stats/expected_metrics.hpp"

namespace perennial {
namespace {

constexpr std::size_t cases = 1000;
constexpr std::array<std::pair<const char*, const char*>, 5> metrics{
    {{"accuracy", "accuracy"}, {"precision", "precision"}, {"recall", "recall"}, {"f1", "f1"}, {"auc", "roc_auc"}}};

Target target_of(std::size_t classes) {
  Target target{"y", classes == 2 ? Task::binary : Task::multiclass, {}};
  for (std::size_t c = 0; c < classes; ++c) target.classes.push_back("c" + std::to_string(c));
  return target;
}

/// A share of 0.00001 to 0.99999 in steps of 0.00001: NannyML rounds sums of probabilities to five decimals.
double five_decimals(Rng& rng) { return static_cast<double>(1 + rng.below(99999)) / 100000; }

/// n different numbers in (0, 1): NannyML orders tied scores by chance.
std::vector<float> distinct_scores(Rng& rng, std::size_t n) {
  std::vector<float> scores(n);
  for (std::size_t i = 0; i < n; ++i)
    scores[i] = static_cast<float>((static_cast<double>(i) + 0.1 + 0.8 * rng.uniform()) / static_cast<double>(n));
  for (std::size_t i = n; i > 1; --i) std::swap(scores[i - 1], scores[rng.below(i)]);
  return scores;
}

TEST(Nannyml, isotonic_maps_and_calibration_errors_agree) {
  Rng rng(20250101);
  Json asked = Json::array();
  for (std::size_t k = 0; k < cases; ++k) {
    const std::size_t n = 10 * (2 + rng.below(30));
    const std::uint64_t grid = k % 2 == 0 ? 20 : 1000000;  // many ties, hardly any
    Json x = Json::array();
    Json y = Json::array();
    Json at = Json::array();
    Json distinct = Json::array();
    for (const float score : distinct_scores(rng, n)) {
      const double value = static_cast<double>(rng.below(grid)) / static_cast<double>(grid);
      x.push_back(value);
      y.push_back(rng.uniform() < value * value ? 1 : 0);
      distinct.push_back(static_cast<double>(score));
    }
    for (int i = 0; i < 20; ++i) at.push_back(1.4 * rng.uniform() - 0.2);
    asked.push_back({{"x", x}, {"y", y}, {"at", at}, {"distinct", distinct}});
  }
  const Json answers = peers::ask("nannyml_peer.py", {{"isotonic", asked}});
  ASSERT_EQ(answers.at("isotonic").size(), cases);
  for (std::size_t k = 0; k < cases; ++k) {
    const Json& answer = answers.at("isotonic").at(k);
    const auto x = asked[k].at("x").get<std::vector<double>>();
    const auto y = asked[k].at("y").get<std::vector<double>>();
    const auto at = asked[k].at("at").get<std::vector<double>>();
    const auto map = stats::IsotonicMap::fit(x, y);
    ASSERT_TRUE(map);
    for (std::size_t i = 0; i < at.size(); ++i)
      ASSERT_NEAR((*map)(at[i]), answer.at("at").at(i).get<double>(), 1e-9) << "case " << k << " at " << at[i];
    ASSERT_NEAR(stats::expected_calibration_error(asked[k].at("distinct").get<std::vector<double>>(), y),
                answer.at("error").get<double>(), 1e-9)
        << "case " << k;
  }
}

TEST(Nannyml, binary_estimates_agree_where_the_probabilities_are_given) {
  Rng rng(20250102);
  Json asked = Json::array();
  for (std::size_t k = 0; k < cases; ++k) {
    const std::size_t n = 5 + rng.below(200);
    Json probabilities = Json::array();
    for (std::size_t i = 0; i < n; ++i) probabilities.push_back(five_decimals(rng));
    asked.push_back({{"score", distinct_scores(rng, n)}, {"probability", probabilities}});
  }
  const Json answers = peers::ask("nannyml_peer.py", {{"binary", asked}});
  ASSERT_EQ(answers.at("binary").size(), cases);
  const Target target = target_of(2);
  for (std::size_t k = 0; k < cases; ++k) {
    const Json& answer = answers.at("binary").at(k);
    std::vector<float> outputs;
    for (const float score : asked[k].at("score").get<std::vector<float>>()) {
      outputs.push_back(1 - score);
      outputs.push_back(score);
    }
    stats::Probabilities probabilities{2, {}};
    for (const double p : asked[k].at("probability").get<std::vector<double>>()) {
      probabilities.values.push_back(1 - p);
      probabilities.values.push_back(p);
    }
    const stats::Scored scored{outputs, 2, 0, &target, {}};
    for (const auto& [ours, theirs] : metrics) {
      const auto expected = stats::expected_influence(ours, scored, probabilities);
      ASSERT_TRUE(expected) << expected.error().message();
      ASSERT_NEAR(expected->value, answer.at(theirs).get<double>(), 1e-9) << ours << " of case " << k;
    }
    const auto confusion = stats::expected_confusion(scored, probabilities);
    ASSERT_TRUE(confusion);
    for (std::size_t cell = 0; cell < 4; ++cell)
      ASSERT_NEAR(confusion->counts[cell], answer.at("confusion").at(cell).get<double>(), 1e-9) << "case " << k;
  }
}

TEST(Nannyml, multiclass_estimates_agree_where_the_probabilities_are_given) {
  Rng rng(20250103);
  Json asked = Json::array();
  for (std::size_t k = 0; k < cases; ++k) {
    const std::size_t classes = 3 + rng.below(3);
    const std::size_t n = 20 + rng.below(100);
    Json scores = Json::array();
    Json probabilities = Json::array();
    for (std::size_t i = 0; i < n; ++i) {
      // Shares of 100 000 parts, none of 0.
      std::vector<std::uint64_t> parts(classes, 1);
      for (std::uint64_t left = 100000 - classes, c = 0; c + 1 < classes; ++c) {
        const std::uint64_t part = rng.below(left + 1);
        parts[c] += part;
        left -= part;
        if (c + 2 == classes) parts[c + 1] += left;
      }
      Json row = Json::array();
      for (const auto part : parts) row.push_back(static_cast<double>(part) / 100000);
      probabilities.push_back(row);
    }
    std::vector<std::vector<float>> columns;
    for (std::size_t c = 0; c < classes; ++c) columns.push_back(distinct_scores(rng, n));
    for (std::size_t i = 0; i < n; ++i) {
      Json row = Json::array();
      for (std::size_t c = 0; c < classes; ++c) row.push_back(columns[c][i]);
      scores.push_back(row);
    }
    asked.push_back({{"score", scores}, {"probability", probabilities}});
  }
  const Json answers = peers::ask("nannyml_peer.py", {{"multiclass", asked}});
  ASSERT_EQ(answers.at("multiclass").size(), cases);
  for (std::size_t k = 0; k < cases; ++k) {
    const std::size_t classes = asked[k].at("score").at(0).size();
    const Target target = target_of(classes);
    std::vector<float> outputs;
    stats::Probabilities probabilities{classes, {}};
    for (const auto& row : asked[k].at("score"))
      for (const auto& score : row) outputs.push_back(score.get<float>());
    for (const auto& row : asked[k].at("probability"))
      for (const auto& p : row) probabilities.values.push_back(p.get<double>());
    const stats::Scored scored{outputs, classes, 0, &target, {}};
    for (const auto& [ours, theirs] : metrics) {
      const auto expected = stats::expected_influence(ours, scored, probabilities);
      ASSERT_TRUE(expected) << expected.error().message();
      ASSERT_NEAR(expected->value, answers.at("multiclass").at(k).at(theirs).get<double>(), 1e-9)
          << ours << " of case " << k;
    }
  }
}

TEST(Nannyml, losses_agree_where_the_expected_losses_are_given) {
  Rng rng(20250104);
  Json asked = Json::array();
  for (std::size_t k = 0; k < cases; ++k) {
    const double scale = std::exp(4 * rng.normal());
    Json losses = Json::array();
    for (std::size_t i = 0, n = 2 + rng.below(200); i < n; ++i)
      losses.push_back(scale * std::max(0.5 + rng.normal(), 0.0));
    asked.push_back({{"losses", losses}});
  }
  const Json answers = peers::ask("nannyml_peer.py", {{"losses", asked}});
  ASSERT_EQ(answers.at("losses").size(), cases);
  for (std::size_t k = 0; k < cases; ++k) {
    const auto rows = asked[k].at("losses").get<std::vector<double>>();
    for (const auto* metric : {"mae", "mse", "rmse"}) {
      drift::EstimateSettings settings;
      settings.min_rows = 1;
      const auto estimate = drift::estimate_loss("y", metric, {rows, rows, 0, 0}, {}, settings);
      ASSERT_TRUE(estimate) << estimate.error().message();
      const double theirs = answers.at("losses").at(k).at(metric).get<double>();
      ASSERT_NEAR(estimate->estimate.value, theirs, 1e-9 * std::max(theirs, 1.0)) << metric << " of case " << k;
    }
  }
}

constexpr std::size_t batch = 250;  // cases in one question: bounded memory

/// How far two estimates are apart, in the peer's sampling errors. A sampling error of 0 (nobody of the reference is
/// said to be of class 1) says nothing.
struct Distances {
  std::size_t compared = 0;
  double largest = 0;
  double sum = 0;
  void add(double ours, const Json& theirs) {
    if (!theirs.at("value").is_number() || !theirs.at("error").is_number()) return;
    const double error = theirs.at("error").get<double>();
    if (!(error > 0)) return;
    const double distance = std::abs(ours - theirs.at("value").get<double>()) / error;
    ++compared;
    largest = std::max(largest, distance);
    sum += distance;
  }
  void expect_within(double most, const std::string& what) const {
    std::printf("%-28s %zu compared: mean %.4f, largest %.4f sampling errors apart\n", what.c_str(), compared,
                sum / static_cast<double>(compared), largest);
    EXPECT_GE(compared, cases * 9 / 10) << what;
    EXPECT_LE(largest, most) << what;
  }
};

// The estimates differ only where the two decide differently whether to calibrate at all. Both decide by calibration
// errors on random splits, so where these are close the decision is a draw: NannyML's own changes with the seed of its
// splits, which it fixes at 42. So each estimate must be NannyML's own to a hundredth of its sampling error under the
// decision that we took, and where its seed 42 decides otherwise, either the two estimates are within the sampling
// error of each other, or other seeds of its splits decide as we do.
TEST(Nannyml, whole_cbpe_agrees_within_the_sampling_error) {
  Rng rng(20250105);
  const Target target = target_of(2);
  std::array<Distances, metrics.size()> as_decided;
  std::size_t other_decision = 0;
  std::size_t apart = 0;
  for (std::size_t first = 0; first < cases; first += batch) {
    Json asked = Json::array();
    std::vector<drift::ConfidenceEstimator> estimators;
    std::vector<std::vector<float>> current_outputs;
    for (std::size_t k = 0; k < batch; ++k) {
      // Scores that are too sure or too timid of a logistic truth, and a current window whose inputs moved.
      const double steepness = std::exp(0.7 * rng.normal());
      const double offset = 0.5 * rng.normal();
      const double moved = 0.7 * rng.normal();
      std::vector<float> outputs;
      std::vector<double> truth;
      const auto side = [&](std::size_t n, double mean) {
        outputs.clear();
        truth.clear();
        Json scores = Json::array();
        for (std::size_t i = 0; i < n; ++i) {
          const double z = mean + 1.3 * rng.normal();
          const auto score = static_cast<float>(1 / (1 + std::exp(-steepness * z - offset)));
          outputs.push_back(1 - score);
          outputs.push_back(score);
          scores.push_back(score);
          truth.push_back(rng.uniform() < 1 / (1 + std::exp(-z)) ? 1 : 0);
        }
        return scores;
      };
      Json reference{{"score", side(800, 0)}};
      reference["truth"] = truth;
      auto estimator = drift::ConfidenceEstimator::fit({outputs, 2, 0, &target, truth});
      ASSERT_TRUE(estimator) << estimator.error().message();
      const Json current{{"score", side(300, moved)}};
      asked.push_back(
          {{"reference", reference}, {"current", current}, {"calibrated", estimator->calibration().calibrated()}});
      estimators.push_back(std::move(*estimator));
      current_outputs.push_back(outputs);
    }
    const Json answers = peers::ask("nannyml_peer.py", {{"whole_cbpe", asked}});
    ASSERT_EQ(answers.at("whole_cbpe").size(), batch);
    for (std::size_t k = 0; k < batch; ++k) {
      const Json& answer = answers.at("whole_cbpe").at(k);
      const bool same = !answer.contains("otherwise");
      other_decision += same ? 0 : 1;
      for (std::size_t m = 0; m < metrics.size(); ++m) {
        const auto& [ours, theirs] = metrics[m];
        const auto estimate = estimators[k].estimate(ours, {current_outputs[k], 2, 0, &target, {}});
        const Json& at_seed_42 = answer.at("estimates").at(theirs);
        if (!estimate) {
          // Nobody is said to be of class 1: NannyML says 0 or nothing, we say why there is no value.
          EXPECT_EQ(estimate.error().code, ErrorCode::invalid);
          EXPECT_TRUE(!at_seed_42.at("value").is_number() || at_seed_42.at("value").get<double>() == 0)
              << ours << " of case " << first + k;
          continue;
        }
        as_decided[m].add(estimate->estimate.value, same ? at_seed_42 : answer.at("otherwise").at(theirs));
        if (same || !at_seed_42.at("value").is_number()) continue;
        if (std::abs(estimate->estimate.value - at_seed_42.at("value").get<double>()) <=
            at_seed_42.at("error").get<double>())
          continue;
        ++apart;
        EXPECT_TRUE(answer.at("seeds").is_number())
            << ours << " of case " << first + k << ": NannyML never decides as we do";
      }
    }
  }
  for (std::size_t m = 0; m < metrics.size(); ++m) as_decided[m].expect_within(0.01, metrics[m].first);
  std::printf("decided otherwise about calibration: %zu of %zu; estimates over one sampling error apart there: %zu\n",
              other_decision, cases, apart);
  EXPECT_LE(other_decision, cases / 5);
}

// Both grow the same trees where the columns fall into the same bins: a number of rows that the least rows of a bin,
// three, divide, and values above 0, because LightGBM keeps 0 in a bin of its own.
TEST(Nannyml, whole_dle_agrees_within_the_sampling_error) {
  Rng rng(20250106);
  const Target target{"y", Task::regression, {}};
  constexpr std::array<const char*, 3> names{"mae", "mse", "rmse"};
  std::array<Distances, 3> distances;
  struct Side {
    std::vector<double> a, b, truth;
    std::vector<float> said;
    std::vector<ColumnView> columns() const {
      return {{"a", ColumnKind::numeric, a, {}, nullptr}, {"b", ColumnKind::numeric, b, {}, nullptr}};
    }
  };
  for (std::size_t first = 0; first < cases; first += batch) {
    Json asked = Json::array();
    std::vector<std::array<Side, 2>> sides(batch);
    for (std::size_t k = 0; k < batch; ++k) {
      const double unequal = 0.8 * rng.uniform();
      const double moved = 0.7 * rng.normal();
      for (std::size_t s = 0; s < 2; ++s) {
        Side& side = sides[k][s];
        for (std::size_t i = 0, n = s == 0 ? 180 : 300; i < n; ++i) {
          const double a = (s == 0 ? 0 : moved) + rng.normal();
          const double b = rng.uniform();
          side.a.push_back(20 + a);
          side.b.push_back(b);
          side.said.push_back(static_cast<float>(40 + 2 * a + b));
          side.truth.push_back(static_cast<double>(side.said.back()) + rng.normal() * std::exp(unequal * a));
        }
      }
      const auto& [reference, current] = sides[k];
      asked.push_back({{"reference",
                        {{"a", reference.a}, {"b", reference.b}, {"said", reference.said}, {"truth", reference.truth}}},
                       {"current", {{"a", current.a}, {"b", current.b}, {"said", current.said}}}});
    }
    const Json answers = peers::ask("nannyml_peer.py", {{"whole_dle", asked}});
    ASSERT_EQ(answers.at("whole_dle").size(), batch);
    for (std::size_t k = 0; k < batch; ++k) {
      const auto& [reference, current] = sides[k];
      const auto estimator = drift::LossEstimator::fit(
          reference.columns(), {reference.said, 1, 0, &target, reference.truth}, {}, drift::Losses::both, 0);
      ASSERT_TRUE(estimator) << estimator.error().message();
      const auto losses = estimator->expect(current.columns(), {current.said, 1, 0, &target, {}});
      ASSERT_TRUE(losses) << losses.error().message();
      for (std::size_t m = 0; m < names.size(); ++m) {
        const auto estimate = drift::estimate_loss("y", names[m], *losses, estimator->reference());
        ASSERT_TRUE(estimate) << estimate.error().message();
        distances[m].add(estimate->estimate.value, answers.at("whole_dle").at(k).at(names[m]));
      }
    }
  }
  for (std::size_t m = 0; m < names.size(); ++m) distances[m].expect_within(1, names[m]);
}

}  // namespace
}  // namespace perennial
