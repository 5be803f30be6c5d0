#include "lifecycle/evidence/loss_history.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cmath>

#include "core/rng.hpp"
#include "lifecycle/evidence/fresh_losses.hpp"

namespace perennial::lifecycle {
namespace {

/// Rows of one input x with one label each, answered by `version`; `p` is its probability of class 1 per row.
feedback::JoinedBatch batch_of(const std::vector<double>& x, const std::vector<double>& truth,
                               const std::vector<double>& p, const std::string& version = "1.0.0",
                               feedback::Arm arm = feedback::Arm::champion) {
  feedback::JoinedBatch batch;
  batch.inputs.columns.push_back({"x", ColumnKind::numeric, x, {}, nullptr});
  batch.inputs.rows = x.size();
  batch.truth = {truth};
  feedback::VersionOutputs outputs{version, arm, {x.size(), 2, {}}, {}, {}};
  for (std::size_t i = 0; i < x.size(); ++i) {
    batch.ids.push_back(fmt::format("{}", i));
    outputs.outputs.values.push_back(static_cast<float>(1 - p[i]));
    outputs.outputs.values.push_back(static_cast<float>(p[i]));
    outputs.present.push_back(1);
    outputs.failed.push_back(0);
    batch.answered_by.push_back(0);
  }
  batch.versions = {outputs};
  return batch;
}

const std::vector<Target> binary = {{"y", Task::binary, {"0", "1"}}};

/// A champion that says x > 0; the truth says x > `level`.
feedback::JoinedBatch rows_of(Rng& rng, std::size_t count, double level, double noise = 0,
                              const std::string& version = "1.0.0") {
  std::vector<double> x;
  std::vector<double> truth;
  std::vector<double> p;
  for (std::size_t i = 0; i < count; ++i) {
    x.push_back(2 * rng.uniform() - 1);
    const bool flipped = rng.uniform() < noise;
    truth.push_back((x.back() > level) != flipped ? 1 : 0);
    p.push_back(x.back() > 0 ? 0.9 : 0.1);
  }
  return batch_of(x, truth, p, version);
}

TEST(LossHistory, counts_wrong_answers_in_blocks_however_the_batches_are_cut) {
  for (const std::size_t cut : {1U, 7U, 100U, 250U}) {
    LossHistory history(binary, 0);
    for (std::size_t done = 0; done < 250; done += cut) {
      std::vector<double> x;
      std::vector<double> truth;
      std::vector<double> p;
      for (std::size_t i = done; i < std::min<std::size_t>(250, done + cut); ++i) {
        x.push_back(0);
        truth.push_back(i % 10 == 0 ? 0 : 1);
        p.push_back(0.9);
      }
      history.add(batch_of(x, truth, p, done < 130 ? "1.0.0" : "1.0.1"));
    }
    ASSERT_EQ(history.blocks().size(), 2U) << cut;
    EXPECT_EQ(history.blocks()[0].loss, 10) << cut;
    EXPECT_EQ(history.blocks()[1].from_row, 100U);
    EXPECT_EQ(history.blocks()[1].rows, triggers::loss_block_rows);
    EXPECT_EQ(history.blocks()[0].version, "1.0.0");
    if (cut < 100) {
      EXPECT_EQ(history.blocks()[1].version, "1.0.1") << "most of its rows were answered by it";
    }
    EXPECT_TRUE(std::isnan(history.blocks()[0].fresh_loss)) << "nothing was estimated";
    EXPECT_EQ(history.rows_total(), 250U);
    EXPECT_EQ(history.unit(), 1);
  }
}

TEST(LossHistory, rows_without_label_or_answer_do_not_count) {
  LossHistory history(binary, 0);
  auto batch = batch_of({0, 0, 0}, {1, std::nan(""), 1}, {0.9, 0.9, 0.1});
  batch.answered_by[2] = -1;
  history.add(batch);
  EXPECT_EQ(history.rows_total(), 1U);
  EXPECT_EQ(history.first_as_champion("1.0.0"), std::optional<std::uint64_t>(0));
  history.add(batch_of({0}, {1}, {0.9}, "1.0.1", feedback::Arm::challenger));
  EXPECT_EQ(history.first_as_champion("1.0.1"), std::nullopt) << "a canary is no champion";
  history.add(batch_of({0}, {1}, {0.9}, "1.0.1"));
  EXPECT_EQ(history.first_as_champion("1.0.1"), std::optional<std::uint64_t>(2));
}

TEST(LossHistory, a_challenger_is_compared_on_the_rows_that_both_answered) {
  LossHistory history(binary, 0);
  // The champion is wrong in rows 1, 2 and 3, the challenger in row 3; it did not answer row 2.
  auto batch = batch_of({0, 0, 0, 0}, {1, 0, 1, 0}, {0.9, 0.9, 0.1, 0.9});
  auto shadow = batch.versions[0];
  shadow.version = "1.0.1";
  shadow.arm = feedback::Arm::challenger;
  shadow.outputs.values = {0.1F, 0.9F, 0.9F, 0.1F, NAN, NAN, 0.1F, 0.9F};
  shadow.present = {1, 1, 0, 1};
  batch.versions.push_back(shadow);
  const std::vector<double> fresh = {0, 0, 0, 1};
  history.add(batch);
  EXPECT_EQ(history.paired("1.0.1").rows, 0U) << "nothing was estimated";
  history.add(batch, fresh);
  const auto paired = history.paired("1.0.1");
  EXPECT_EQ(paired.rows, 3U);
  EXPECT_EQ(paired.champion, 2);
  EXPECT_EQ(paired.challenger, 1);
  EXPECT_EQ(paired.corrected, 1);
  for (int i = 0; i < 400; ++i) history.add(batch, fresh);
  EXPECT_EQ(history.paired("1.0.1").rows, triggers::paired_gain_rows) << "a long wait weighs no more";
  batch.versions[1].version = "0.9.9";
  batch.versions[1].arm = feedback::Arm::shadow;
  history.add(batch, fresh);
  EXPECT_EQ(history.paired("0.9.9").rows, 0U) << "the champion before is watched, and challenges nobody";
  history.add(batch_of({0}, {1}, {0.9}, "1.0.2"));
  batch.versions[1].version = "1.0.2";
  batch.versions[1].arm = feedback::Arm::challenger;
  history.add(batch, fresh);
  EXPECT_EQ(history.paired("1.0.2").rows, 0U) << "it has been champion";
}

TEST(LossHistory, the_unit_of_a_regression_is_its_first_mean_squared_error) {
  LossHistory history({{"y", Task::regression, {}}}, 0);
  EXPECT_EQ(history.unit(), 1) << "nothing is known yet";
  feedback::JoinedBatch batch =
      batch_of(std::vector<double>(1200, 0.0), std::vector<double>(1200, 3.0), std::vector<double>(1200, 0.0));
  batch.versions[0].outputs = {1200, 1, std::vector<float>(1200, 1.0F)};
  for (std::size_t i = 1000; i < 1200; ++i) batch.versions[0].outputs.values[i] = 100;
  history.add(batch);
  EXPECT_DOUBLE_EQ(history.unit(), 4) << "of the first 1000 rows";
  EXPECT_DOUBLE_EQ(history.blocks()[0].loss, 400);
  EXPECT_DOUBLE_EQ(history.blocks()[0].loss_squares, 1600);
}

/// Errors that the estimate saves over `blocks` blocks, after `before` blocks at level 0.
double saved(double level, double noise, std::size_t before, std::size_t blocks, std::uint64_t seed) {
  Rng rng(seed);
  FreshLosses fresh(binary, 0, 5000);
  LossHistory history(binary, 0);
  for (std::size_t b = 0; b < before + blocks; ++b) {
    const auto batch = rows_of(rng, 100, b < before ? 0 : level, noise);
    const auto estimates = fresh.add(batch);
    history.add(batch, estimates.fresh, estimates.aged);
  }
  double sum = 0;
  for (const auto& block : history.blocks().subspan(before))
    if (std::isfinite(block.fresh_loss)) sum += block.loss - block.fresh_loss;
  return sum;
}

TEST(FreshLosses, sees_what_a_retrain_would_save_and_nothing_where_there_is_nothing) {
  // x is uniform on -1..1, so a level of 0.4 makes the champion wrong in 20 of 100 rows.
  double moved = 0;
  double steady = 0;
  double noisy = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    moved += saved(0.4, 0, 0, 30, seed) / (3 * 27.0);
    steady += saved(0, 0.1, 0, 30, seed) / (3 * 28.0);
    noisy += saved(0, 0.4, 0, 30, seed) / (3 * 28.0);
  }
  EXPECT_GT(moved, 14) << "errors per block of the 20 that a retrain would save";
  EXPECT_LT(moved, 20.5);
  EXPECT_LT(std::abs(steady), 0.5) << "a world that stands still";
  EXPECT_LT(noisy, 0.5) << "labels that are nearly a coin's";
  EXPECT_GT(saved(0.4, 0.1, 20, 30, 7), 100) << "a change that comes later";
}

TEST(FreshLosses, does_not_depend_on_how_batches_are_cut_and_starts_anew_with_a_version) {
  constexpr std::size_t rows = 2520;
  std::vector<FreshLosses::Estimates> all;
  for (const std::size_t cut : {10U, 90U}) {
    Rng rng(3);
    FreshLosses fresh(binary, 0, 500);
    auto& [losses, aged] = all.emplace_back();
    for (std::size_t done = 0; done < rows; done += cut) {
      const auto part = fresh.add(rows_of(rng, cut, 0.3));
      losses.insert(losses.end(), part.fresh.begin(), part.fresh.end());
      aged.insert(aged.end(), part.aged.begin(), part.aged.end());
    }
    EXPECT_TRUE(std::isnan(losses[FreshLosses::least_rows - 1])) << "no correction yet";
    EXPECT_TRUE(std::isfinite(losses[FreshLosses::least_rows]));
    EXPECT_TRUE(std::isnan(aged[FreshLosses::least_rows + FreshLosses::aged_rows - 1]));
    EXPECT_TRUE(std::isfinite(aged[FreshLosses::least_rows + FreshLosses::aged_rows]));
    const auto [newer, older] = fresh.add(rows_of(rng, 1, 0.3, 0, "1.0.1"));
    EXPECT_TRUE(std::isnan(newer[0]) && std::isnan(older[0])) << "it knows nothing of the new champion";
  }
  for (std::size_t i = FreshLosses::least_rows; i < rows; ++i) ASSERT_EQ(all[0].fresh[i], all[1].fresh[i]) << i;
  for (std::size_t i = FreshLosses::least_rows + FreshLosses::aged_rows; i < rows; ++i)
    ASSERT_EQ(all[0].aged[i], all[1].aged[i]) << i;
}

TEST(FreshLosses, late_labels_of_an_earlier_champion_change_nothing) {
  const auto at = [](feedback::JoinedBatch batch, int first) {
    for (std::size_t row = 0; row < batch.rows(); ++row)
      batch.inputs.times.push_back(TimePoint(std::chrono::seconds(first + static_cast<int>(row))));
    return batch;
  };
  FreshLosses clean(binary, 0, 1000);
  FreshLosses disturbed(binary, 0, 1000);
  Rng rng(12);
  Rng late(13);
  const auto before = at(rows_of(rng, 300, 0.5), 0);
  clean.add(before);
  disturbed.add(before);
  double saved = 0;
  for (int i = 0; i < 10; ++i) {
    const auto rows = at(rows_of(rng, 100, 0.5, 0, "1.0.1"), 1000 + 100 * i);
    const auto expected = clean.add(rows);
    const auto estimates = disturbed.add(rows);
    for (std::size_t row = 0; row < rows.rows(); ++row) {
      EXPECT_EQ(std::isnan(estimates.fresh[row]), std::isnan(expected.fresh[row])) << i;
      if (std::isnan(expected.fresh[row])) continue;
      EXPECT_EQ(estimates.fresh[row], expected.fresh[row]) << i;
      saved += 1;
    }
    const auto straggler = disturbed.add(at(rows_of(late, 1, -0.5), 500 + i));
    EXPECT_TRUE(std::isnan(straggler.fresh[0]));
  }
  EXPECT_GE(saved, 700) << "and there are estimates";
  // The version before comes back: its new answers are the champion's.
  const auto back = disturbed.add(at(rows_of(rng, 400, 0.5), 5000));
  EXPECT_TRUE(std::isfinite(back.fresh[399]));
}

TEST(LossHistory, rows_that_are_not_remembered_still_count) {
  Rng rng(4);
  LossHistory history(binary, 0);
  history.add(rows_of(rng, 250, 0));
  history.counted_before(200);
  EXPECT_EQ(history.rows_total(), 250U) << "as many were counted";
  history.counted_before(4'900'000);
  EXPECT_EQ(history.rows_total(), 4'900'000U);
  EXPECT_EQ(history.blocks()[0].from_row, 4'899'750U);
  EXPECT_EQ(history.first_as_champion("1.0.0"), std::optional<std::uint64_t>(4'899'750));
  history.add(rows_of(rng, 100, 0, 0, "1.0.1"));
  ASSERT_EQ(history.blocks().size(), 3U);
  EXPECT_EQ(history.blocks()[2].from_row, 4'899'950U);
  EXPECT_EQ(history.first_as_champion("1.0.1"), std::optional<std::uint64_t>(4'900'000));
}

TEST(FreshLosses, rows_left_out_at_the_front_of_a_batch_are_as_if_they_had_not_been) {
  Rng rng(8);
  const auto batch = rows_of(rng, 900, 0.3);
  FreshLosses fresh(binary, 0, 500);
  const auto losses = fresh.add(batch, 400).fresh;
  EXPECT_TRUE(std::isnan(losses[400 + FreshLosses::least_rows - 1]));
  EXPECT_TRUE(std::isfinite(losses[400 + FreshLosses::least_rows]));
}

TEST(FreshLosses, an_advantage_that_the_world_takes_back_does_not_last) {
  // The level is wrong by 0.4, to one side for good or from one side to the other every 1000 rows.
  for (const bool swings : {false, true}) {
    Rng rng(6);
    FreshLosses fresh(binary, 0, 500);
    LossHistory history(binary, 0);
    for (std::size_t b = 0; b < 60; ++b) {
      const auto batch = rows_of(rng, 100, swings && b / 10 % 2 == 1 ? -0.4 : 0.4);
      const auto estimates = fresh.add(batch);
      history.add(batch, estimates.fresh, estimates.aged);
    }
    double gained = 0;
    double kept = 0;
    std::size_t first = 0;
    while (std::isnan(history.blocks()[first].aged_loss)) ++first;
    EXPECT_EQ(first, (FreshLosses::least_rows + FreshLosses::aged_rows) / 100);
    for (const auto& block : history.blocks().subspan(first)) {
      gained += block.loss - block.fresh_loss;
      kept += block.loss - block.aged_loss;
    }
    EXPECT_GT(gained, swings ? 200 : 700);
    if (swings) EXPECT_LT(kept, gained / 2) << "what was learned a thousand rows ago is wrong by now";
    else EXPECT_NEAR(kept / gained, 1, 0.05);
  }
}

TEST(FreshLosses, rows_of_a_challenger_say_nothing_about_the_champion) {
  Rng rng(4);
  FreshLosses fresh(binary, 0, 500);
  for (int i = 0; i < 5; ++i) (void)fresh.add(rows_of(rng, 100, 0.3));
  const auto [losses, aged] = fresh.add(batch_of({0.1, 0.9}, {1, 0}, {0.9, 0.9}, "1.0.1", feedback::Arm::challenger));
  EXPECT_EQ(losses, (std::vector<double>{0, 1})) << "the loss of its own answer: no excess";
  EXPECT_TRUE(std::isnan(aged[0]) && std::isnan(aged[1])) << "and no word on how long an advantage lasts";
}

TEST(FreshLosses, regression_missing_values_and_categories) {
  const std::vector<Target> targets = {{"y", Task::regression, {}}};
  Rng rng(5);
  FreshLosses fresh(targets, 0, 2000);
  LossHistory history(targets, 0);
  const auto colours = std::make_shared<Dictionary>();
  for (int b = 0; b < 20; ++b) {
    feedback::JoinedBatch batch =
        batch_of(std::vector<double>(100), std::vector<double>(100), std::vector<double>(100));
    Column colour{"colour", ColumnKind::categorical, {}, {}, colours};
    std::vector<float> answers;
    for (std::size_t i = 0; i < 100; ++i) {
      batch.inputs.columns[0].numbers[i] = i % 5 == 0 ? std::nan("") : rng.uniform();
      const bool red = rng.uniform() < 0.5;
      colour.codes.push_back(i % 7 == 0 ? -1 : colours->code_of(red ? "red" : "blue"));
      batch.truth[0][i] = i % 7 != 0 && red ? 10 : 0;
      answers.push_back(5);
    }
    batch.inputs.columns.push_back(colour);
    batch.versions[0].outputs = {100, 1, answers};
    const auto estimates = fresh.add(batch);
    history.add(batch, estimates.fresh, estimates.aged);
  }
  const auto& last = history.blocks().back();
  EXPECT_DOUBLE_EQ(last.loss, 2500);
  EXPECT_LT(last.fresh_loss, 400) << "it has learned which rows are red";
}

}  // namespace
}  // namespace perennial::lifecycle
