#include <gtest/gtest.h>

#include <set>

#include "triggers/decide.hpp"

namespace perennial::triggers {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TimePoint at(std::string_view text) { return parse_time(text).value(); }

TriggerConfig config_of(std::string_view yaml) {
  auto config = parse_triggers(ConfigNode::parse(yaml, "test.yaml").value());
  EXPECT_TRUE(config.has_value()) << config.error().message();
  return config.value_or(TriggerConfig{});
}

/// Runs the loop from tick to tick; a training takes `training` and always succeeds.
struct Loop {
  TriggerConfig config;
  Duration training = minutes(10);
  TriggerMemory memory{};
  std::optional<TimePoint> done_at{};
  std::optional<TimePoint> running_since{};
  std::string model = "m";
  std::vector<std::string> starts{};
  std::vector<std::string> skips{};

  void tick(TimePoint now, std::uint64_t rows = 0) {
    if (done_at && *done_at <= now) {
      memory = after_success(memory, *done_at, rows);
      done_at.reset();
    }
    TriggerInputs inputs;
    inputs.model = model;
    inputs.rows_seen = rows;
    inputs.running_since = running_since;
    const auto decisions = decide(config, inputs, memory, now);
    memory = remember(config, inputs, memory, decisions, now);
    for (const auto& decision : decisions) {
      if (decision.retrain) {
        starts.push_back(rows > 0 ? std::to_string(rows) : format_time(now));
        done_at = now + training;
      } else if (skips.empty() || skips.back() != decision.reason) {
        skips.push_back(decision.reason);
      }
    }
  }
  void run(std::string_view from, std::string_view to, Duration step) {
    for (TimePoint now = at(from); now <= at(to); now += step) tick(now);
  }
};

TEST(Schedule, fires_once_per_slot_however_often_it_is_asked) {
  Loop loop{.config = config_of("{cooldown: 0s, when: [{schedule: '0 2 * * *'}]}")};
  loop.run("2026-01-01T00:00:00Z", "2026-01-03T23:59:00Z", minutes(1));
  EXPECT_EQ(loop.starts,
            (std::vector<std::string>{"2026-01-01T02:00:00Z", "2026-01-02T02:00:00Z", "2026-01-03T02:00:00Z"}));
}

TEST(Schedule, a_daily_slot_and_a_daily_cooldown_do_not_skip_every_second_day) {
  Loop loop{.config = config_of("{cooldown: 24h, when: [{schedule: '0 2 * * *'}]}")};
  loop.run("2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z", minutes(5));
  EXPECT_EQ(loop.starts,
            (std::vector<std::string>{"2026-01-01T02:00:00Z", "2026-01-02T02:10:00Z", "2026-01-03T02:20:00Z"}));
  ASSERT_FALSE(loop.skips.empty());
  EXPECT_NE(loop.skips[0].find("cooldown until 2026-01-02T02:10:00Z"), std::string::npos) << loop.skips[0];
}

TEST(Schedule, a_training_that_succeeds_after_a_slot_serves_it) {
  Loop loop{.config = config_of("{cooldown: 24h, when: [{schedule: '0 2 * * *'}]}")};
  loop.tick(at("2026-01-01T00:00:00Z"));
  loop.memory.job_active = true;  // something else started a training at 01:55
  loop.done_at = at("2026-01-01T02:05:00Z");
  loop.run("2026-01-01T02:00:00Z", "2026-01-02T01:59:00Z", minutes(1));
  EXPECT_TRUE(loop.starts.empty()) << loop.starts[0];
}

TEST(Schedule, misfire_skip_tells_the_missed_slot_once_and_waits_for_the_next) {
  Loop loop{.config = config_of("{cooldown: 0s, when: [{schedule: '0 2 * * *', misfire: skip}]}")};
  loop.tick(at("2026-01-01T12:00:00Z"));
  loop.running_since = at("2026-01-05T12:00:00Z");
  loop.run("2026-01-05T12:00:00Z", "2026-01-06T03:00:00Z", minutes(10));
  EXPECT_EQ(loop.starts, (std::vector<std::string>{"2026-01-06T02:00:00Z"}));
  ASSERT_EQ(loop.skips.size(), 1u);
  EXPECT_NE(loop.skips[0].find("2026-01-02T02:00:00Z was missed"), std::string::npos) << loop.skips[0];
}

TEST(Schedule, misfire_catch_up_once_makes_up_for_any_number_of_slots_with_one) {
  Loop loop{.config = config_of("{cooldown: 0s, when: [{schedule: '0 2 * * *', misfire: catch_up_once}]}")};
  loop.tick(at("2026-01-01T12:00:00Z"));
  loop.running_since = at("2026-01-05T12:00:00Z");
  loop.run("2026-01-05T12:00:00Z", "2026-01-06T03:00:00Z", minutes(10));
  EXPECT_EQ(loop.starts, (std::vector<std::string>{"2026-01-05T12:00:00Z", "2026-01-06T02:00:00Z"}));
}

TEST(Schedule, a_late_tick_of_a_running_loop_is_not_a_misfire) {
  Loop loop{.config = config_of("{cooldown: 0s, when: [{schedule: '@daily'}]}")};
  loop.running_since = at("2026-01-01T12:00:00Z");
  loop.tick(at("2026-01-01T12:00:00Z"));
  loop.tick(at("2026-03-01T12:00:00Z"));  // replays of monthly data jump
  EXPECT_EQ(loop.starts.size(), 1u);
}

TEST(Schedule, an_interval_counts_from_its_last_firing_and_keeps_its_grid_over_restarts) {
  Loop loop{.config = config_of("{cooldown: 0s, when: [{every: 7d, misfire: skip}]}")};
  loop.run("2026-01-01T00:00:00Z", "2026-01-20T00:00:00Z", hours(1));
  EXPECT_EQ(loop.starts, (std::vector<std::string>{"2026-01-08T00:00:00Z", "2026-01-15T00:00:00Z"}));
  // Restarts every three days must not put it off for ever.
  Loop restarted{.config = config_of("{cooldown: 0s, when: [{every: 7d}]}")};
  for (int day = 0; day < 30; day += 3) {
    restarted.running_since = at("2026-01-01T00:00:00Z") + hours(24 * day);
    for (int hour = 0; hour < 72; ++hour) restarted.tick(*restarted.running_since + hours(hour));
  }
  EXPECT_EQ(restarted.starts.size(), 4u);
}

TEST(Schedule, an_interval_in_rows_fires_after_so_many_rows) {
  Loop loop{.config = config_of("{cooldown: 0s, when: [{every: 1000rows}]}"), .training = minutes(1)};
  const TimePoint start = at("2026-01-01T00:00:00Z");
  for (int i = 1; i <= 35; ++i) loop.tick(start + minutes(i * 100), static_cast<std::uint64_t>(i) * 100);
  EXPECT_EQ(loop.starts, (std::vector<std::string>{"1100", "2100", "3100"}))
      << "counted from the first look at row 100";
}

TEST(Schedule, jitter_is_fixed_per_model_and_bounded) {
  std::set<std::string> instants;
  for (const std::string model : {"a", "b", "c", "d", "e"}) {
    Loop loop{.config = config_of("{cooldown: 0s, when: [{schedule: '0 2 * * *', jitter: 1h}]}")};
    loop.model = model;
    loop.run("2026-01-01T00:00:00Z", "2026-01-02T12:00:00Z", std::chrono::seconds(10));
    ASSERT_EQ(loop.starts.size(), 2u) << model;
    EXPECT_GE(loop.starts[0], "2026-01-01T02:00:00Z");
    EXPECT_LE(loop.starts[0], "2026-01-01T03:00:10Z");
    EXPECT_EQ(loop.starts[0].substr(11), loop.starts[1].substr(11)) << "the same every day";
    instants.insert(loop.starts[0]);
  }
  EXPECT_GT(instants.size(), 3u) << "models are spread";
}

TEST(Schedule, next_due_names_the_earliest_slot) {
  const auto config =
      config_of("when: [{schedule: '0 2 * * *'}, {schedule: '0 1 * * SUN'}, {every: 100rows}, {volume: 5rows}]");
  TriggerMemory memory;
  memory.watched_since = at("2026-11-21T12:00:00Z");
  EXPECT_EQ(next_due(config, "m", memory, at("2026-11-21T12:00:00Z")), at("2026-11-22T01:00:00Z"));
  EXPECT_EQ(next_due(config, "m", memory, at("2026-11-23T12:00:00Z")), at("2026-11-23T12:00:00Z")) << "due already";
  EXPECT_EQ(next_due(config_of("when: [{volume: 5rows}]"), "m", memory, at("2026-11-21T12:00:00Z")), std::nullopt);
}

TEST(Schedule, trap_40_a_weekly_slot_in_a_zone_keeps_its_local_hour) {
  Loop loop{.config = config_of("{cooldown: 24h, when: [{schedule: '0 2 * * SUN', timezone: Europe/Berlin}]}")};
  loop.run("2026-10-17T00:00:00Z", "2026-11-02T00:00:00Z", minutes(30));
  EXPECT_EQ(loop.starts,
            (std::vector<std::string>{"2026-10-18T00:00:00Z", "2026-10-25T00:00:00Z", "2026-11-01T01:00:00Z"}));
}

}  // namespace
}  // namespace perennial::triggers
