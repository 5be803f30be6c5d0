// On which rows a training of the loop learns.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "lifecycle/small_fleet.hpp"

namespace perennial::lifecycle {
namespace {

using event_type::job_started;
using event_type::run_finished;

TEST(TrainingSets, the_journal_says_which_rows_and_why) {
  SmallFleet small(small_config("{window: 600rows, cooldown: 1h}"));
  ASSERT_TRUE(small.train(1000));
  const auto started = small.events(job_started);
  ASSERT_EQ(started.size(), 1U);
  EXPECT_EQ(started[0].body.at("window"), "the newest 600rows: 600 of 1000 rows");
  EXPECT_FALSE(started[0].body.contains("change"));
  const auto finished = small.events(run_finished);
  EXPECT_EQ(finished.at(0).body.at("window"), started[0].body.at("window"));
  EXPECT_FALSE(finished.at(0).body.contains("comparison"));
  const auto registered = small.events(event_type::version_registered);
  ASSERT_EQ(registered.size(), 1U);
  EXPECT_EQ(registered[0].body.at("window"), started[0].body.at("window"));
  EXPECT_NE(registered[0].body.at("changelog").get<std::string>().find("the newest 600rows"), std::string::npos);
}

TEST(TrainingSets, rows_of_a_file_whose_label_has_not_come_teach_and_count_nothing) {
  SmallFleet small(small_config("{window: 600rows, cooldown: 1h}"));
  ASSERT_TRUE(small.train(600));
  const auto before = small.loop->rows_labelled();
  Table rows;
  rows.rows = 3;
  rows.columns = {Column{"a", ColumnKind::numeric, {1, 2, 3}, {}, nullptr},
                  Column{"b", ColumnKind::numeric, {1, 2, 3}, {}, nullptr}};
  for (int i = 0; i < 3; ++i) rows.times.push_back(small.clock.now() + std::chrono::minutes(i));
  rows.entities = {"x", "y", "z"};
  const double none = std::nan("");
  ASSERT_TRUE(small.loop->add_history(rows, {{none, 1, none}}));
  EXPECT_EQ(small.loop->rows_labelled(), before + 1);
  ASSERT_TRUE(small.loop->add_history(rows, {{none, none, none}}));
  EXPECT_EQ(small.loop->rows_labelled(), before + 1);
}

// "yes" is known at once, "no" after 400 rows of a minute: the newest labelled rows are all "yes", and so would the
// holdout be.
TEST(TrainingSets, young_rows_wait_until_all_of_their_labels_have_come) {
  SmallFleet small(small_config("{window: 600rows, cooldown: 1h}"));
  ASSERT_TRUE(small.train(800));
  small.slow_no = 400;
  ASSERT_TRUE(small.serve(1800));
  const TimePoint asked = small.clock.now();
  ASSERT_TRUE(small.trigger("manual", "a").has_value());
  ASSERT_TRUE(small.serve_until([&] { return small.events(run_finished).size() == 2; }));
  const auto started = small.events(job_started).back();
  EXPECT_NE(started.body.at("window").get<std::string>().find("newer rows wait, because labels take up to"),
            std::string::npos)
      << started.body.at("window");
  const Json holdout = small.events(run_finished).back().body.at("split").at("holdout");
  const auto newest = parse_time(holdout.at("to").get<std::string>());
  ASSERT_TRUE(newest.has_value()) << holdout.dump();
  EXPECT_LE(*newest, asked - std::chrono::minutes(350));
  EXPECT_GE(*newest, asked - std::chrono::minutes(600)) << "no more is left out than that";
}

TEST(TrainingSets, without_a_change_candidates_cost_one_training) {
  SmallFleet small(small_config("{candidates: [1500rows, since_change], cooldown: 1h}"));
  ASSERT_TRUE(small.train(1000));
  ASSERT_TRUE(small.serve(800));
  ASSERT_TRUE(small.trigger("manual", "a").has_value());
  ASSERT_TRUE(small.serve_until([&] { return small.events(run_finished).size() == 2; }));
  const auto started = small.events(job_started).back();
  EXPECT_EQ(started.body.at("window"), "the newest 1500rows: 1500 of 1800 rows; since_change: no change was found");
  EXPECT_FALSE(small.events(run_finished).back().body.contains("comparison"));
}

TEST(TrainingSets, a_change_in_the_losses_is_located_and_its_rows_win) {
  SmallFleet small(small_config("{candidates: [1500rows, since_change], cooldown: 1h}"));
  ASSERT_TRUE(small.train(1000));
  ASSERT_TRUE(small.serve(600));
  const TimePoint before = small.clock.now();
  small.turned = true;
  ASSERT_TRUE(small.serve(400));
  ASSERT_TRUE(small.trigger("manual", "a").has_value());
  ASSERT_TRUE(small.serve_until([&] { return small.events(run_finished).size() == 2; }));
  const auto started = small.events(job_started).back();
  ASSERT_TRUE(started.body.contains("change")) << started.body.dump();
  EXPECT_EQ(started.body.at("change").at("found_by"), "the losses of 1.0.0");
  const auto at = parse_time(started.body.at("change").at("at").get<std::string>());
  ASSERT_TRUE(at.has_value());
  const auto found = std::chrono::duration<double, std::ratio<60>>(*at - before).count();
  EXPECT_NEAR(found, 0, 25) << "one row a minute";

  const auto body = small.events(run_finished).back().body;
  ASSERT_TRUE(body.contains("comparison")) << body.dump();
  const auto& comparison = body.at("comparison");
  EXPECT_EQ(comparison.at("chosen"), "since_change") << comparison.dump(2);
  EXPECT_EQ(comparison.at("candidates").size(), 2U);
  for (const auto& candidate : comparison.at("candidates")) {
    EXPECT_GT(candidate.at("loss"), 0);
    EXPECT_GT(candidate.at("standard_error"), 0);
  }
  EXPECT_NE(body.at("window").get<std::string>().find("where the losses of 1.0.0 changed"), std::string::npos);
  EXPECT_LT(body.at("split").at("train").at("rows").get<int>(), 400);
  EXPECT_EQ(small.events(event_type::version_registered).back().body.at("window"), body.at("window"));
  // The fold knows it, so that it is known after a restart and to later trainings, of whatever champion.
  ASSERT_TRUE(small.state().change.has_value());
  EXPECT_EQ(small.state().change->at, *at);
}

TEST(TrainingSets, a_window_with_nothing_to_offer_gives_way_to_that_of_the_strategy) {
  SmallFleet small(small_config("{window: since_change, cooldown: 1h}"));
  ASSERT_TRUE(small.train(1000));
  EXPECT_EQ(small.events(job_started).back().body.at("window"),
            "the newest 30d: 1000 of 1000 rows, before the first version; since_change: no change was found");
}

// Features as they were when the row was predicted, labels that came later, and nothing that is held out learned from.
TEST(TrainingSets, trap_16_every_set_was_predicted_before_its_labels_and_learned_before_it_is_judged) {
  for (const char* retrain :
       {"{window: 600rows, cooldown: 1h}", "{window: expanding, cooldown: 1h}",
        "{window: since_last_retrain, cooldown: 1h}", "{window: {recency_weighted: 300rows}, cooldown: 1h}",
        "{candidates: [1500rows, since_change], cooldown: 1h}"}) {
    std::string config = small_config(retrain);
    const std::string by_entity = "threads: 1}";
    config.replace(config.find(by_entity), by_entity.size(), "threads: 1, split: time}");
    SmallFleet small(config);
    ASSERT_TRUE(small.train(600)) << retrain;
    ASSERT_TRUE(small.serve(500));
    small.turned = true;
    ASSERT_TRUE(small.serve(600));
    const auto request = small.loop->training_request(small.clock.now());
    ASSERT_TRUE(request.has_value()) << request.error().message();
    const auto& times = request->rows.inputs.times;
    ASSERT_FALSE(times.empty());
    EXPECT_TRUE(std::ranges::is_sorted(times)) << retrain;
    EXPECT_LE(times.back(), small.clock.now()) << "a label from the future";
    for (const auto& truth : request->rows.truth)
      EXPECT_TRUE(std::ranges::none_of(truth, [](double value) { return std::isnan(value); })) << "no label yet";
    ASSERT_TRUE(small.trigger("manual", "a").has_value());
    ASSERT_TRUE(small.serve_until([&] { return small.events(run_finished).size() == 2; })) << retrain;
    const auto split = small.events(run_finished).back().body.at("split");
    const auto at = [&](const char* part, const char* end) {
      return *parse_time(split.at(part).at(end).get<std::string>());
    };
    EXPECT_LT(at("train", "to"), at("validation", "from")) << retrain;
    EXPECT_LT(at("validation", "to"), at("holdout", "from")) << retrain;
  }
}

TEST(TrainingSets, trap_27_broken_rows_are_in_no_candidate) {
  SmallFleet small(small_config("{candidates: [2000rows, {recency_weighted: 300rows}, since_change], cooldown: 1h}"));
  ASSERT_TRUE(small.train(600));
  ASSERT_TRUE(small.serve(200));
  small.fault = [](double a) { return 1000 * a; };
  ASSERT_TRUE(small.serve_until([&] { return small.state().quarantines.open() != nullptr; }, 300));
  small.fault = nullptr;
  ASSERT_TRUE(small.serve_until([&] { return small.state().quarantines.open() == nullptr; }, 1000));
  const auto request = small.loop->training_request(small.clock.now());
  ASSERT_TRUE(request.has_value()) << request.error().message();
  ASSERT_FALSE(small.state().quarantines.all().empty());
  for (const TimePoint at : request->rows.inputs.times) EXPECT_FALSE(small.state().quarantines.contains(at));
  for (const double value : request->rows.inputs.columns[0].numbers) EXPECT_LT(std::abs(value), 100);
  ASSERT_EQ(request->sets.size(), 2U) << request->window;
  EXPECT_EQ(request->sets[1].weights.size(), request->rows.inputs.rows);
}

}  // namespace
}  // namespace perennial::lifecycle
