#include "training/candidates.hpp"
#include <fmt/format.h>

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "features/batch.hpp"
#include "inference/session.hpp"
#include "learners/catalog.hpp"
#include "stats/metrics.hpp"
#include "training/labelled.hpp"
#include "training/run.hpp"

namespace perennial::training {
namespace {

using namespace training::testing;
namespace fs = std::filesystem;

/// The stream of Street and Kim (2001): three inputs in 0..10, the class is whether the first two reach a threshold,
/// one label in ten is wrong. From row `change` on the threshold is another.
LabelledRows sea(std::size_t rows, std::size_t change, std::uint64_t seed, std::size_t entities = 0) {
  Rng rng(seed);
  LabelledRows made;
  for (const char* name : {"x1", "x2", "x3"})
    made.inputs.columns.push_back(Column{name, ColumnKind::numeric, {}, {}, nullptr});
  made.truth.resize(1);
  for (std::size_t row = 0; row < rows; ++row) {
    for (auto& column : made.inputs.columns) column.numbers.push_back(10 * rng.uniform());
    const double sum = made.inputs.columns[0].numbers.back() + made.inputs.columns[1].numbers.back();
    const bool yes = sum <= (row < change ? 7.0 : 12.0);
    made.truth[0].push_back(yes == (rng.uniform() >= 0.1) ? 1 : 0);
    made.inputs.times.push_back(day(static_cast<int>(row)));
    if (entities > 0) made.inputs.entities.push_back("unit " + std::to_string(rng.below(entities)));
  }
  made.inputs.rows = rows;
  return made;
}

Signature sea_signature() {
  Signature signature;
  signature.request = {{"x1", ColumnKind::numeric}, {"x2", ColumnKind::numeric}, {"x3", ColumnKind::numeric}};
  signature.inputs = signature.request;
  signature.targets = {{"yes", Task::binary, {"no", "yes"}}};
  return signature;
}

struct CountingCache final : RunCache {
  std::map<std::string, std::string> entries;
  int made = 0;
  std::optional<std::string> get(const std::string& key) override {
    const auto found = entries.find(key);
    return found == entries.end() ? std::nullopt : std::optional(found->second);
  }
  void put(const std::string& key, const std::string& bytes) override {
    ++made;
    entries[key] = bytes;
  }
};

class Candidates : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(PERENNIAL_TRAINER)) FAIL() << "perennial-trainer is not built";
    directory_ =
        fs::temp_directory_path() / fmt::format("perennial-candidates-{}-{}", getpid(),
                                                ::testing::UnitTest::GetInstance()->current_test_info()->name());
  }
  void TearDown() override { fs::remove_all(directory_); }

  /// `sliding` is the whole of the rows, `since_change` begins at row `change`.
  TrainingRequest request(LabelledRows rows, std::size_t change) {
    TrainingRequest made;
    made.model = "m";
    made.base = sea_signature();
    made.rows = std::move(rows);
    made.config.params = *learners::check_parameters("xgboost", {{"rounds", 60}, {"max_depth", 4}});
    made.run_id = "run";
    made.work_directory = directory_ / "work";
    made.trainer = PERENNIAL_TRAINER;
    made.sets = {{"sliding", 0, {}, "the newest"}, {"since_change", change, {}, "since the change"}};
    return made;
  }
  Result<RunResult> train(const TrainingRequest& wanted, RunCache* cache = nullptr) {
    return run(wanted, runner_, cache, nullptr);
  }

  fs::path directory_;
  SpawnRunner runner_;
};

/// Share of wrong answers on rows that come later.
double errors_later(const RunResult& run, const LabelledRows& later) {
  const auto session = inference::Session::load(run.onnx);
  const auto batch = features::to_batch(later.inputs, run.signature.inputs, 0, later.inputs.rows);
  const auto outputs = (*session)->run(*batch);
  const auto losses =
      stats::row_losses({outputs->values, outputs->width, 0, &run.signature.targets[0], later.truth[0]});
  double sum = 0;
  for (const double loss : losses) sum += loss;
  return sum / static_cast<double>(losses.size());
}

// Rows from before an abrupt change teach a rule that no longer holds. The window that is cut at the change is found by
// comparing, and what serves next errs less often.
TEST_F(Candidates, after_an_abrupt_change_the_rows_since_it_win) {
  double fixed = 0;
  double best = 0;
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U}) {
    const auto wanted = request(sea(3000, 2200, seed), 2200);
    const auto compared = train(wanted);
    ASSERT_TRUE(compared.has_value()) << compared.error().message();
    ASSERT_TRUE(compared->comparison.has_value());
    EXPECT_EQ(compared->comparison->scores[compared->comparison->chosen].window, "since_change") << seed;
    const auto only_sliding = train(only_set(wanted, 0));
    ASSERT_TRUE(only_sliding.has_value()) << only_sliding.error().message();
    const auto later = sea(2000, 0, seed + 100);
    fixed += errors_later(*only_sliding, later) / 5;
    best += errors_later(*compared, later) / 5;
  }
  std::cout << fmt::format("share of errors after the change: fixed window {:.3f}, candidates {:.3f}\n", fixed, best);
  EXPECT_LT(best, fixed - 0.03);
  EXPECT_LT(best, 0.16) << "one label in ten is wrong for everybody";
}

TEST_F(Candidates, where_nothing_changed_more_rows_win) {
  int sliding = 0;
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U}) {
    const auto compared = train(request(sea(3000, 0, seed), 2800));
    ASSERT_TRUE(compared.has_value()) << compared.error().message();
    sliding += compared->comparison->chosen == 0 ? 1 : 0;
  }
  EXPECT_GE(sliding, 4);
}

// The choice may not see what the gate sees: the best of several on the gate's own rows looks better than it is.
TEST_F(Candidates, block_and_holdout_are_apart_and_later_than_what_is_learned) {
  const auto wanted = request(sea(1000, 600, 9), 600);
  const auto run = train(wanted);
  ASSERT_TRUE(run.has_value()) << run.error().message();
  const auto& comparison = *run->comparison;
  // The shortest set has 400 rows: 80 judge, and of the 320 before them the newest 64 compare.
  EXPECT_EQ(run->split.holdout.size(), 80U);
  EXPECT_EQ(run->split.holdout_from, day(920));
  EXPECT_EQ(comparison.block_rows, 64U);
  EXPECT_EQ(comparison.scores[0].rows, 856U);
  EXPECT_EQ(comparison.scores[1].rows, 256U);
  EXPECT_LT(run->split.learned_to(), run->split.holdout_from);
  EXPECT_EQ(run->split.learned_to(), day(919)) << "the chosen set is trained once more, with the block";
  EXPECT_EQ(run->first_row, comparison.chosen == 1 ? 600U : 0U);

  // Whatever the holdout says, the choice and the model are the same.
  auto other = wanted;
  for (std::size_t row = 920; row < 1000; ++row) other.rows.truth[0][row] = 1 - other.rows.truth[0][row];
  const auto blind = train(other);
  ASSERT_TRUE(blind.has_value());
  EXPECT_EQ(blind->onnx, run->onnx);
  EXPECT_EQ(to_json(*blind->comparison), to_json(comparison));
  EXPECT_NE(blind->metrics, run->metrics);
}

TEST_F(Candidates, entities_that_judge_are_held_out_of_the_comparison) {
  const auto wanted = request(sea(1500, 1000, 4, 40), 1000);
  const auto run = train(wanted);
  ASSERT_TRUE(run.has_value()) << run.error().message();
  EXPECT_EQ(run->split.kind, SplitKind::entity);
  ASSERT_TRUE(run->comparison.has_value());
  std::set<std::string> judging(run->holdout.inputs.entities.begin(), run->holdout.inputs.entities.end());
  ASSERT_FALSE(judging.empty());

  auto other = wanted;
  for (std::size_t row = 0; row < other.rows.inputs.rows; ++row)
    if (judging.contains(other.rows.inputs.entities[row])) other.rows.truth[0][row] = 1 - other.rows.truth[0][row];
  const auto blind = train(other);
  ASSERT_TRUE(blind.has_value());
  EXPECT_EQ(to_json(*blind->comparison), to_json(*run->comparison));
  EXPECT_EQ(blind->onnx, run->onnx);
}

TEST_F(Candidates, are_remembered_by_what_they_learn_from) {
  CountingCache cache;
  const auto wanted = request(sea(1000, 600, 9), 600);
  const auto first = train(wanted, &cache);
  ASSERT_TRUE(first.has_value()) << first.error().message();
  EXPECT_EQ(cache.made, 3) << "each of the two, and the chosen one with the block";
  EXPECT_FALSE(first->from_cache);
  auto again = wanted;
  again.run_id = "another";
  again.trainer = directory_ / "is not there";
  const auto second = train(again, &cache);
  ASSERT_TRUE(second.has_value()) << second.error().message();
  EXPECT_TRUE(second->from_cache);
  EXPECT_EQ(second->onnx, first->onnx);
  EXPECT_EQ(to_json(*second->comparison), to_json(*first->comparison));
  EXPECT_EQ(second->train_elapsed, first->train_elapsed);
}

TEST_F(Candidates, one_that_cannot_be_trained_leaves_the_others) {
  auto rows = sea(1000, 600, 9);
  for (std::size_t row = 600; row < 856; ++row) rows.truth[0][row] = 1;  // one class only, before the block
  const auto run = train(request(rows, 600));
  ASSERT_TRUE(run.has_value()) << run.error().message();
  EXPECT_EQ(run->comparison->chosen, 0U);
  const auto json = to_json(*run->comparison);
  EXPECT_EQ(json.at("chosen"), "sliding");
  EXPECT_EQ(json.at("candidates").size(), 2U);
}

TEST_F(Candidates, too_few_rows_to_compare_take_the_first) {
  const auto run = train(request(sea(500, 460, 9), 460));
  ASSERT_TRUE(run.has_value()) << run.error().message();
  EXPECT_EQ(run->comparison->chosen, 0U);
  EXPECT_NE(run->comparison->reason.find("too few to compare"), std::string::npos) << run->comparison->reason;
}

TEST_F(Candidates, weights_reach_the_learner) {
  auto equal = only_set(request(sea(1500, 1000, 2), 1000), 0);
  auto weighted = equal;
  for (std::size_t row = 0; row < 1500; ++row)
    weighted.weights.push_back(static_cast<float>(std::exp2((static_cast<double>(row) - 1499) / 150)));
  const auto a = train(equal);
  const auto b = train(weighted);
  ASSERT_TRUE(a.has_value()) << a.error().message();
  ASSERT_TRUE(b.has_value()) << b.error().message();
  EXPECT_NE(a->onnx, b->onnx);
  EXPECT_NE(a->data_digest, b->data_digest) << "what a row weighs is part of the data";
  EXPECT_EQ(a->config_hash, b->config_hash);
  const auto later = sea(2000, 0, 77);
  EXPECT_LT(errors_later(*b, later), errors_later(*a, later) - 0.02) << "old rows hardly count any more";

  // Only what the learned rows weigh against each other counts, not how many newer ones are held out.
  auto scaled = weighted;
  for (auto& weight : scaled.weights) weight *= 0.5F;
  const auto c = train(scaled);
  ASSERT_TRUE(c.has_value());
  EXPECT_EQ(b->onnx, c->onnx);
  weighted.weights.pop_back();
  EXPECT_FALSE(train(weighted).has_value());
}

}  // namespace
}  // namespace perennial::training
