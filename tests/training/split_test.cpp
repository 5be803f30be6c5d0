#include "training/split.hpp"

#include <gtest/gtest.h>

#include <set>

#include "training/labelled.hpp"

namespace perennial::training {
namespace {

using namespace training::testing;

SplitOptions by(SplitKind kind) { return {kind, 0.2, validation_share, 42, std::nullopt}; }

TEST(Split, trap_16_time_is_never_shuffled) {
  const auto rows = make_rows(100);
  const auto split = split_rows(rows, by(SplitKind::time));
  ASSERT_TRUE(split.has_value());
  EXPECT_EQ(split->train.size(), 70U);
  EXPECT_EQ(split->validation.size(), 10U);
  EXPECT_EQ(split->holdout.size(), 20U);
  EXPECT_LT(split->train_to, split->validation_from);
  EXPECT_LT(split->validation_to, split->holdout_from);
  EXPECT_EQ(split->holdout_to, day(99));
}

TEST(Split, trap_16_the_holdout_is_later_than_what_the_champion_learned_from) {
  const auto rows = make_rows(100);
  struct Case {
    const char* what;
    int champion_to;
    std::size_t holdout;
    bool unseen;
  };
  const std::vector<Case> cases = {
      {"the champion ends before the usual holdout", 50, 20, true},
      {"the champion ends inside of it: only what is later judges", 84, 15, true},
      {"too little is later: the usual holdout, and it is said", 95, 20, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    auto options = by(SplitKind::time);
    options.champion_train_to = day(c.champion_to);
    const auto split = split_rows(rows, options);
    ASSERT_TRUE(split.has_value());
    EXPECT_EQ(split->holdout.size(), c.holdout);
    EXPECT_EQ(split->holdout_unseen_by_champion, c.unseen);
    if (c.unseen) {
      EXPECT_GT(split->holdout_from, day(c.champion_to));
    }
  }
}

TEST(Split, rows_of_one_instant_stay_together) {
  auto rows = make_rows(100);
  for (std::size_t row = 0; row < 100; ++row) rows.inputs.times[row] = day(static_cast<int>(row / 30));
  const auto split = split_rows(rows, by(SplitKind::time));
  ASSERT_TRUE(split.has_value());
  EXPECT_LT(split->learned_to(), split->holdout_from);
  EXPECT_EQ(split->train.size() + split->validation.size() + split->holdout.size(), 100U);
}

TEST(Split, an_entity_is_on_one_side_and_on_the_same_one_for_every_version) {
  const auto first = make_rows(1000, 1, 40);
  const auto later = make_rows(1500, 2, 60);
  const auto a = split_rows(first, by(SplitKind::automatic));
  const auto b = split_rows(later, by(SplitKind::entity));
  ASSERT_TRUE(a.has_value());
  ASSERT_TRUE(b.has_value());
  EXPECT_EQ(a->kind, SplitKind::entity);
  const auto entities = [](const LabelledRows& rows, const std::vector<std::size_t>& part) {
    std::set<std::string> names;
    for (const auto row : part) names.insert(rows.inputs.entities[row]);
    return names;
  };
  const auto held_first = entities(first, a->holdout);
  const auto held_later = entities(later, b->holdout);
  const auto learned_later = entities(later, b->train);
  EXPECT_GE(held_first.size(), 3U);
  for (const auto& name : held_first) {
    EXPECT_TRUE(held_later.contains(name)) << name;
    EXPECT_FALSE(learned_later.contains(name)) << name;
  }
}

TEST(Split, rows_that_cannot_be_split_say_so) {
  EXPECT_EQ(split_rows(make_rows(2), by(SplitKind::time)).error().code, ErrorCode::invalid);
  auto rows = make_rows(50);
  std::fill(rows.inputs.times.begin(), rows.inputs.times.end(), day(1));
  EXPECT_EQ(split_rows(rows, by(SplitKind::time)).error().code, ErrorCode::invalid);
  rows = make_rows(50);
  std::swap(rows.inputs.times[3], rows.inputs.times[40]);
  EXPECT_EQ(split_rows(rows, by(SplitKind::time)).error().code, ErrorCode::invalid);
  EXPECT_EQ(split_rows(make_rows(50, 1, 2), by(SplitKind::entity)).error().code, ErrorCode::invalid);
  EXPECT_EQ(split_rows(make_rows(50), by(SplitKind::entity)).error().code, ErrorCode::invalid);
}

TEST(Split, every_row_is_in_exactly_one_part_whatever_the_size) {
  for (const std::size_t count : {3U, 4U, 5U, 9U, 33U})
    for (const double share : {0.01, 0.2, 0.9}) {
      auto options = by(SplitKind::time);
      options.holdout = share;
      const auto split = split_rows(make_rows(count), options);
      ASSERT_TRUE(split.has_value());
      EXPECT_FALSE(split->holdout.empty());
      EXPECT_FALSE(split->train.empty());
      EXPECT_EQ(split->train.size() + split->validation.size() + split->holdout.size(), count);
    }
}

}  // namespace
}  // namespace perennial::training
