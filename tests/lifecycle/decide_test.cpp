#include <gtest/gtest.h>

#include "lifecycle/model_loop.hpp"
#include "lifecycle/small_fleet.hpp"

namespace perennial::lifecycle {
namespace {

std::size_t advice(SmallFleet& small) {
  std::size_t count = 0;
  for (const auto& skip : small.events(event_type::retrain_skipped)) count += skip.body.value("advised", false) ? 1 : 0;
  return count;
}

TEST(Decide, a_request_waits_for_approval_and_is_started_by_it_once) {
  SmallFleet small(small_config("{window: 600rows, cooldown: 0s, when: [{volume: 100rows}]}", "    mode: approval\n"));
  ASSERT_TRUE(small.train(600));
  const auto early = small.trigger("approve", "a0");
  ASSERT_FALSE(early) << "nothing waits yet";
  EXPECT_EQ(early.error().code, ErrorCode::conflict);
  ASSERT_TRUE(small.serve(300));
  EXPECT_EQ(advice(small), 1U) << "asked once, not once per tick";
  ASSERT_TRUE(small.state().advised);
  EXPECT_EQ(small.events(event_type::retrain_requested).size(), 1U) << "the first version only";

  const auto approved = small.trigger("approve", "a1");
  ASSERT_TRUE(approved) << approved.error().message();
  EXPECT_TRUE(approved->retrain);
  EXPECT_NE(approved->reason.find("approves 'volume': waits for approval"), std::string::npos) << approved->reason;
  EXPECT_FALSE(small.state().advised);
  const auto again = small.trigger("approve", "a1");
  ASSERT_TRUE(again) << "the same id gets the first answer";
  EXPECT_EQ(again->job_id, approved->job_id);
  EXPECT_FALSE(small.trigger("approve", "a2")) << "nothing waits any more";
}

TEST(Decide, advice_is_told_and_starts_nothing) {
  SmallFleet small(small_config("{window: 600rows, cooldown: 0s, when: [{volume: 100rows}]}", "    mode: advisory\n"));
  ASSERT_TRUE(small.train(600));
  ASSERT_TRUE(small.serve(400));
  EXPECT_EQ(advice(small), 1U);
  EXPECT_EQ(small.events(event_type::job_queued).size(), 1U) << "the first version only";
  const auto person = small.trigger("manual", "m1");
  ASSERT_TRUE(person);
  EXPECT_TRUE(person->retrain) << "a person needs no approval";
}

TEST(Decide, the_cost_policy_retrains_in_the_loop_when_the_world_turns_and_not_before) {
  SmallFleet small(small_config("{window: 600rows, cooldown: 0s, when: [{cost: {price: 30}}]}"));
  ASSERT_TRUE(small.train(600));
  ASSERT_TRUE(small.serve(1000));
  EXPECT_EQ(small.events(event_type::retrain_requested).size(), 1U) << "the champion is as good as a fresh one";
  EXPECT_TRUE(small.state().retrains.empty()) << "the first training is no retrain";

  small.turned = true;
  ASSERT_TRUE(small.serve_until([&] { return small.events(event_type::retrain_requested).size() > 1; }, 2000));
  const auto request = small.events(event_type::retrain_requested).back();
  EXPECT_EQ(request.body.at("policy"), "cost");
  EXPECT_GE(request.body.at("measured").get<double>(), 30);
  EXPECT_NE(request.body.at("reason").get<std::string>().find("waiting has cost"), std::string::npos);
  ASSERT_EQ(small.state().retrains.size(), 1U);
  EXPECT_EQ(small.state().retrains[0].job, request.body.at("job"));
  EXPECT_EQ(small.state().retrains[0].requested_row, request.body.at("labelled").get<std::uint64_t>());
  EXPECT_GT(small.state().retrains[0].requested_row, 1000U);
  ASSERT_TRUE(
      small.serve_until([&] { return small.state().retrains[0].outcome != triggers::RetrainOutcome::running; }, 3000));
  const auto retrain = small.state().retrains[0];
  ASSERT_EQ(retrain.outcome, triggers::RetrainOutcome::promoted);
  EXPECT_FALSE(retrain.version.empty());
  EXPECT_GT(retrain.paired.rows, 0U);
  EXPECT_GT(retrain.paired.champion, retrain.paired.challenger);
  EXPECT_EQ(triggers::to_json(retrain.paired), small.events(event_type::cycle_ended).back().body.at("gain"))
      << "after a restart it is read from the journal";
}

}  // namespace
}  // namespace perennial::lifecycle
