#include <gtest/gtest.h>

#include <cmath>

#include "core/rng.hpp"
#include "inference/parity.hpp"
#include "inference/session.hpp"
#include "learners/catalog.hpp"
#include "learners/factory.hpp"
#include "learners/train_model.hpp"

namespace perennial::learners {
namespace {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();

struct Data {
  MatrixFile file;
  TrainerRequest request;
};

/// Four numbers and a category; truth depends on them; `targets` in any mix.
Data make_data(const std::vector<Target>& targets, std::size_t rows, std::uint64_t seed, Json params = Json::object()) {
  Rng rng(seed);
  Data data;
  auto& signature = data.request.signature;
  for (const char* name : {"a", "b", "c", "d"}) signature.inputs.push_back({name, ColumnKind::numeric});
  signature.inputs.push_back({"kind", ColumnKind::categorical});
  signature.request = signature.inputs;
  signature.targets = targets;
  data.request.encodings.columns = {{"kind", {"x", "y", "z"}}};
  data.request.algorithm = "xgboost";
  if (!params.contains("rounds")) params["rounds"] = 30;
  data.request.params = *check_parameters("xgboost", params);
  data.request.threads = 1;  // spinning teams are slow on a busy machine
  auto& file = data.file;
  file.rows = rows;
  file.columns = 5;
  file.targets = static_cast<std::uint32_t>(targets.size());
  for (std::size_t row = 0; row < rows; ++row) {
    std::vector<float> x;
    for (int c = 0; c < 4; ++c) x.push_back(rng.uniform() < 0.05 ? missing : static_cast<float>(rng.normal()));
    x.push_back(rng.uniform() < 0.05 ? missing : static_cast<float>(rng.below(3)));
    const double base = (std::isnan(x[0]) ? 1 : 2.0 * static_cast<double>(x[0])) +
                        (std::isnan(x[4]) ? 0 : static_cast<double>(x[4])) + 0.1 * rng.normal();
    file.features.insert(file.features.end(), x.begin(), x.end());
    for (const auto& target : targets)
      file.truth.push_back(target.task == Task::regression ? 1000 + 50 * base
                           : target.task == Task::binary
                               ? (base > 1 ? 1 : 0)
                               : std::clamp(std::floor(base + 1), 0.0, static_cast<double>(target.classes.size()) - 1));
    file.weights.push_back(1);
    file.validation.push_back(row * 8 >= rows * 7 ? 1 : 0);
  }
  return data;
}

const Target rul{"rul", Task::regression, {}};
const Target fails{"fails", Task::binary, {"no", "yes"}};
const Target health{"health", Task::multiclass, {"bad", "fair", "good"}};

TEST(TrainModel, the_export_answers_like_xgboost_for_every_task_and_setting) {
  struct Case {
    const char* what;
    std::vector<Target> targets;
    Json params;
  };
  const std::vector<Case> cases = {
      {"regression far from zero, so that base_score matters", {rul}, {}},
      {"binary, whose base_score is a probability", {fails}, {}},
      {"multi-class", {health}, {}},
      {"several heads", {rul, fails, health}, {}},
      {"several bags that differ", {rul, fails, health}, {{"bags", 3}, {"subsample", 0.6}, {"rounds", 20}}},
      {"early stopping without a second fit",
       {rul, health},
       {{"refit", false}, {"early_stopping", 5}, {"rounds", 300}}},
      {"pruned trees", {rul}, {{"gamma", 50.0}, {"max_depth", 8}}},
      {"pseudo-Huber", {rul}, {{"objective", "pseudo_huber"}, {"rounds", 20}}},
      {"few bins", {fails}, {{"max_bin", 4}}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    const auto data = make_data(c.targets, 800, 3, c.params.is_null() ? Json::object() : c.params);
    const auto made = train_model(data.request, data.file, [](const std::string&) {});
    ASSERT_FALSE(made.result.error.has_value()) << made.result.error->message();
    ASSERT_TRUE(made.result.parity.has_value());
    EXPECT_TRUE(made.result.parity->passed);
    for (const char* kind : {"real", "missing", "extreme", "unseen", "split"})
      EXPECT_GT(made.result.parity->rows_by_kind.at(kind), 0U) << kind;
  }
}

TEST(TrainModel, the_same_rows_give_the_same_bytes_on_any_number_of_threads) {
  auto data =
      make_data({rul, health}, 1000, 8, {{"subsample", 0.7}, {"colsample_bytree", 0.7}, {"bags", 2}, {"rounds", 5}});
  const auto quiet = [](const std::string&) {};
  const auto first = train_model(data.request, data.file, quiet);
  ASSERT_FALSE(first.result.error.has_value());
  EXPECT_EQ(train_model(data.request, data.file, quiet).onnx, first.onnx);
  data.request.threads = 2;
  EXPECT_EQ(train_model(data.request, data.file, quiet).onnx, first.onnx);
  data.request.seed = 43;
  EXPECT_NE(train_model(data.request, data.file, quiet).onnx, first.onnx);
}

TEST(TrainModel, rows_without_truth_are_left_out_of_their_target_only) {
  auto data = make_data({rul, fails}, 600, 4);
  for (std::size_t row = 0; row < 600; row += 2) data.file.truth[row * 2] = std::nan("");
  std::vector<std::string> lines;
  const auto made = train_model(data.request, data.file, [&](const std::string& line) { lines.push_back(line); });
  ASSERT_FALSE(made.result.error.has_value());
  EXPECT_NE(lines.at(0).find("training 'rul' on 262 rows"), std::string::npos) << lines.at(0);
  EXPECT_NE(lines.at(2).find("training 'fails' on 525 rows"), std::string::npos) << lines.at(2);
}

TEST(TrainModel, learns) {
  const auto data = make_data({rul, fails}, 2000, 5, {{"rounds", 300}});
  const auto made = train_model(data.request, data.file, [](const std::string&) {});
  ASSERT_FALSE(made.result.error.has_value());
  EXPECT_LT(made.result.validation_metrics.at("rul.rmse"), 20);  // the truth's deviation is above 100
  EXPECT_LT(made.result.validation_metrics.at("fails.log_loss"), 0.2);
  EXPECT_LT(made.result.rounds.at("rul"), 300U);
}

TEST(TrainModel, says_which_columns_the_splits_gained_by) {
  const auto data = make_data({rul, health}, 2000, 5);
  const auto made = train_model(data.request, data.file, [](const std::string&) {});
  ASSERT_FALSE(made.result.error.has_value());
  for (const char* target : {"rul", "health"}) {
    const auto& shares = made.result.importance.at(target);
    double sum = 0;
    for (const auto& [column, share] : shares) {
      EXPECT_GT(share, 0) << column;
      sum += share;
    }
    EXPECT_NEAR(sum, 1, 1e-9) << target;
    EXPECT_GT(shares.at("a"), 0.5) << target << ": four fifths of the truth's variance";
    EXPECT_GT(shares.at("kind"), shares.contains("b") ? shares.at("b") : 0) << target << ": b is noise";
  }
  const auto read = trainer_result_from_json(to_json(made.result));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->importance, made.result.importance);
  Json old = to_json(made.result);
  old.erase("importance");
  EXPECT_TRUE(trainer_result_from_json(old)) << "a run that is remembered from an earlier build";
}

TEST(TrainModel, a_cap_bounds_the_answers) {
  const auto data = make_data({rul}, 800, 5, {{"cap", 1000.0}});
  const auto made = train_model(data.request, data.file, [](const std::string&) {});
  ASSERT_FALSE(made.result.error.has_value());
  const auto session = *inference::Session::load(made.onnx);
  features::InputBatch batch;
  batch.rows = 1;
  batch.numeric_count = 4;
  batch.text_count = 1;
  batch.numbers = {3, 0, 0, 0};
  batch.texts = {"z"};
  EXPECT_LT(session->run(batch)->values[0], 1010);
}

TEST(TrainModel, impossible_truth_is_refused) {
  for (const double truth : {7.0, -1.0, 0.5, static_cast<double>(INFINITY)}) {
    auto data = make_data({fails}, 100, 5);
    data.file.truth[3] = truth;
    const auto made = train_model(data.request, data.file, [](const std::string&) {});
    ASSERT_TRUE(made.result.error.has_value()) << truth;
    EXPECT_EQ(made.result.error->code, ErrorCode::invalid);
    EXPECT_TRUE(made.onnx.empty());
  }
}

TEST(TrainModel, one_class_only_still_gives_a_model) {
  auto data = make_data({fails, health}, 100, 5);
  for (double& truth : data.file.truth) truth = 1;
  const auto made = train_model(data.request, data.file, [](const std::string&) {});
  EXPECT_FALSE(made.result.error.has_value()) << made.result.error->message();
}

TEST(Baseline, answers_the_mean_and_the_shares) {
  auto data = make_data({rul, fails, health}, 400, 6);
  data.request.algorithm = "baseline";
  data.request.params = *check_parameters("baseline", Json::object());
  const auto made = train_model(data.request, data.file, [](const std::string&) {});
  ASSERT_FALSE(made.result.error.has_value()) << made.result.error->message();
  const auto session = *inference::Session::load(made.onnx);
  features::InputBatch batch;
  batch.rows = 1;
  batch.numeric_count = 4;
  batch.text_count = 1;
  batch.numbers = {3, 0, 0, 0};
  batch.texts = {"z"};
  const auto out = *session->run(batch);
  double mean = 0;
  double yes = 0;
  for (std::size_t row = 0; row < 400; ++row) {
    mean += data.file.truth[3 * row] / 400;
    yes += data.file.truth[3 * row + 1] / 400;
  }
  EXPECT_NEAR(out.values[0], mean, 0.01);
  EXPECT_NEAR(out.values[2], yes, 1e-5);
  EXPECT_NEAR(out.values[3] + out.values[4] + out.values[5], 1, 1e-5);
}

}  // namespace
}  // namespace perennial::learners
