#include "rollout/forecast.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "rollout/judge.hpp"
#include "rollout/scene.hpp"

namespace perennial::rollout {
namespace {

using std::chrono::hours;
using namespace test;

bool proposes(const Forecast& forecast, const std::string& part) {
  for (const auto& proposal : forecast.proposals)
    if (proposal.find(part) != std::string::npos) return true;
  return false;
}

TEST(Forecast, a_verdict_needs_more_requests_where_labels_are_rare_and_unpaired) {
  Plan p = plan();  // shadow, 5 %, 25 %; 1000 evaluations each
  Traffic traffic{.requests_per_hour = 1000, .labelled_share = 1, .label_wait = hours(0), .entities = {}};
  EXPECT_DOUBLE_EQ(forecast(p, traffic).requests, 3000);
  EXPECT_DOUBLE_EQ(forecast(p, traffic).hours, 72) << "the dwells last longer";
  traffic.labelled_share = 0.1;
  EXPECT_DOUBLE_EQ(forecast(p, traffic).requests, 30000);
  traffic.labelled_share = 1;
  p.use_paired = false;
  const auto unpaired = forecast(p, traffic);
  EXPECT_DOUBLE_EQ(unpaired.requests, 50 + 20000 + 4000) << "shadow only shows that it answers";
  EXPECT_FALSE(unpaired.starves);
  EXPECT_TRUE(unpaired.proposals.empty());
}

TEST(Forecast, labels_that_come_late_put_the_verdict_off) {
  const Traffic traffic{.requests_per_hour = 1000, .labelled_share = 1, .label_wait = hours(48), .entities = {}};
  EXPECT_DOUBLE_EQ(forecast(plan(), traffic).hours, 3 * 49);
}

TEST(Forecast, one_request_a_minute_with_one_label_in_twenty_starves_and_says_what_helps) {
  const Traffic traffic{.requests_per_hour = 60, .labelled_share = 0.05, .label_wait = hours(0), .entities = {}};
  const auto paired = forecast(plan(), traffic);
  EXPECT_TRUE(paired.starves);
  EXPECT_NEAR(paired.phases[0].hours, 1000 / 3.0, 1e-9) << "14 days, and the phase has 10";
  EXPECT_NEAR(paired.phases[0].deadline_hours, 240, 1e-9);
  EXPECT_TRUE(proposes(paired, "`min_samples: 720`")) << in_words(plan(), paired);
  EXPECT_TRUE(proposes(paired, "labels for 6.9 % of the answers"));
  EXPECT_TRUE(proposes(paired, "nothing is promoted"));
  EXPECT_NE(in_words(plan(), paired).find("cannot be decided before its deadline"), std::string::npos);

  Plan split = plan();
  split.use_paired = false;
  const auto unpaired = forecast(split, traffic);
  EXPECT_TRUE(unpaired.starves);
  EXPECT_TRUE(proposes(unpaired, "shadow scores"));
  EXPECT_FALSE(proposes(unpaired, "a weight of")) << "half of the traffic would not do either";
  Traffic more = traffic;
  more.requests_per_hour = 600;
  EXPECT_TRUE(proposes(forecast(split, more), "a weight of 14 %")) << in_words(split, forecast(split, more));

  // Following a proposal ends the starving: it is no guess.
  Plan fewer = plan();
  fewer.min_samples = 720;
  EXPECT_FALSE(forecast(fewer, traffic).starves);
  Plan heavier = split;
  heavier.steps = {{.weight = 0.14, .bake = {.duration = hours(24), .rows = 0}}};
  EXPECT_FALSE(forecast(heavier, more).starves);
}

TEST(Forecast, no_traffic_and_no_labels_are_said) {
  EXPECT_TRUE(proposes(forecast(plan(), {}), "no traffic was seen"));
  EXPECT_TRUE(
      proposes(forecast(plan(), {.requests_per_hour = 10, .labelled_share = 0, .label_wait = hours(0), .entities = {}}),
               "no label"));
  EXPECT_TRUE(std::isinf(forecast(plan(), {}).hours));
  EXPECT_TRUE(to_json(forecast(plan(), {}))["hours"].is_null());
}

TEST(Forecast, too_few_entities_for_an_arm_are_said) {
  Plan p = plan();
  p.use_paired = false;
  Traffic traffic{.requests_per_hour = 1000, .labelled_share = 1, .label_wait = hours(0), .entities = 100};
  EXPECT_TRUE(proposes(forecast(p, traffic), "100 entities"));
  traffic.entities = 10000;
  EXPECT_TRUE(forecast(p, traffic).proposals.empty());
}

TEST(Forecast, what_was_seen_tells_at_which_look_it_is_decided) {
  const Plan p = plan();
  const RolloutState state = begin(p);
  EXPECT_EQ(likely_evaluations(p, evidence(state, 0)), 1000u) << "nothing seen yet";
  EXPECT_EQ(likely_evaluations(p, evidence(state, 500, -0.05, 0.02)), 1000u);
  EXPECT_EQ(likely_evaluations(p, evidence(state, 500, 0.0, 0.05)), 4000u) << "0.05 within 0.05 takes 2500 rows";
  EXPECT_EQ(likely_evaluations(p, evidence(state, 500, 0.06, 0.02)), 8000u) << "looks worse: the last look";
  // 500 evaluations in 10 hours: 1000 in 20, but shadow lasts 24.
  EXPECT_EQ(likely_verdict_at(p, state, evidence(state, 500, -0.05, 0.02), t0 + hours(10)), t0 + hours(24));
  EXPECT_EQ(likely_verdict_at(p, state, evidence(state, 500, 0.0, 0.05), t0 + hours(10)), t0 + hours(80));
  EXPECT_EQ(likely_verdict_at(p, state, evidence(state, 0), t0 + hours(10)), std::nullopt);
  EXPECT_EQ(likely_verdict_at(p, state, evidence(state, 1, -0.05, 0.02), t0 + hours(100)), std::nullopt)
      << "more than 30 days";
}

}  // namespace
}  // namespace perennial::rollout
