#include "triggers/decide.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>

namespace perennial::triggers {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TimePoint at(std::string_view text) { return parse_time(text).value(); }

TriggerConfig config_of(std::string_view yaml) {
  auto node = ConfigNode::parse(yaml, "test.yaml");
  EXPECT_TRUE(node.has_value());
  auto config = parse_triggers(*node);
  EXPECT_TRUE(config.has_value()) << config.error().message();
  return config.value_or(TriggerConfig{});
}

DriftReport drift(double share, double score = 0, Verdict verdict = Verdict::fail) {
  DriftReport report;
  report.verdict = verdict;
  report.share = share;
  report.score = score;
  report.drift = verdict == Verdict::fail;
  return report;
}

DecayReport decay(double share, bool significant, Verdict verdict = Verdict::fail) {
  DecayReport report;
  report.verdict = verdict;
  report.metric = "y.accuracy";
  report.baseline = 0.9;
  report.decay_share = share;
  report.decay = share * 0.9;
  report.significant = significant;
  report.p_value = significant ? 0.001 : 0.3;
  return report;
}

ExternalEvent event(std::string trigger, std::string id, int priority = 3) {
  ExternalEvent e;
  e.trigger = std::move(trigger);
  e.id = std::move(id);
  e.priority = priority;
  return e;
}

ManualRequest person(std::string id) {
  ManualRequest request;
  request.id = std::move(id);
  request.actor = "alice";
  request.reason = "new fleet";
  return request;
}

const TimePoint now = at("2026-06-01T12:00:00Z");

/// One policy, one decision.
Decision only(const TriggerConfig& config, const TriggerInputs& inputs, const TriggerMemory& memory = {}) {
  const auto decisions = decide(config, inputs, memory, now);
  EXPECT_EQ(decisions.size(), 1u);
  return decisions.empty() ? Decision{} : decisions[0];
}

TEST(Decide, every_policy_says_what_it_measured) {
  struct Row {
    std::string says;
    std::string when;
    TriggerInputs inputs;
    bool retrain;
    std::string reason;
  };
  const DriftReport half = drift(0.5, 0.4);
  const DriftReport little = drift(0.12, 0.1, Verdict::pass);
  DriftReport columns = drift(0.5);
  columns.columns = {{.column = "s11", .test = "psi", .statistic = 0.15},
                     {.column = "s11", .test = "ks", .statistic = 0.2, .p_value = 0.003, .drift = true}};
  const std::vector<DecayReport> strong{decay(0.08, true)};
  const std::vector<DecayReport> weak{decay(0.03, true)};
  const std::vector<DecayReport> noisy{decay(0.08, false, Verdict::inconclusive)};
  TriggerInputs with_half;
  with_half.drift = &half;
  TriggerInputs with_little;
  with_little.drift = &little;
  TriggerInputs with_columns;
  with_columns.drift = &columns;
  // Of 50 categories in 200 rows chance alone makes a PSI of a quarter; chi-squared knows.
  DriftReport few_rows = drift(0, 0.27, Verdict::pass);
  few_rows.columns = {{.column = "s11", .test = "psi", .statistic = 0.27},
                      {.column = "s11", .test = "chi_square", .statistic = 49, .p_value = 0.47},
                      {.column = "s12", .test = "psi", .statistic = 0.01},
                      {.column = "s12", .test = "ks", .statistic = 0.2, .p_value = 0.001, .drift = true}};
  DriftReport sure = few_rows;
  sure.columns[1] = {.column = "s11", .test = "chi_square", .statistic = 90, .p_value = 0.0003, .drift = true};
  DriftReport untested = few_rows;
  untested.columns.erase(untested.columns.begin() + 1);
  TriggerInputs with_few_rows;
  with_few_rows.drift = &few_rows;
  TriggerInputs with_sure;
  with_sure.drift = &sure;
  TriggerInputs with_untested;
  with_untested.drift = &untested;
  TriggerInputs with_strong;
  with_strong.decay = strong;
  TriggerInputs with_weak;
  with_weak.decay = weak;
  TriggerInputs with_noisy;
  with_noisy.decay = noisy;
  TriggerInputs low;
  low.current_metrics["y.accuracy"] = {.value = 0.8, .standard_error = 0.01, .n = 500};
  TriggerInputs many;
  many.rows_labelled_since_training = 10000;
  const std::vector<Row> rows = {
      {"share at the threshold", "{drift: {share: 50%}}", with_half, true, "drift share 50 % at or above 50 %"},
      {"share below", "{drift: {share: 30%}}", with_little, false, "drift share 12 % below 30 %"},
      {"score at or above", "{drift: {score: 0.2}}", with_half, true, "drift score 0.4 at or above 0.2"},
      {"score below", "{drift: {score: 0.2}}", with_little, false, "drift score 0.1 below 0.2"},
      {"a column's statistic", "{drift: {columns: {s11: {psi: 0.1}}}}", with_columns, true,
       "psi of s11 0.15 at or above 0.1"},
      {"a column's p-value", "{drift: {columns: {s11: {ks: 0.01}}}}", with_columns, true,
       "ks p-value of s11 0.003 at or below 0.01"},
      {"a score that chance makes", "{drift: {score: 0.2}}", with_few_rows, false,
       "drift score 0.27 at or above 0.2, and no test says that it is more than chance"},
      {"a score where a test is sure", "{drift: {score: 0.2}}", with_sure, true, "drift score 0.27 at or above"},
      {"a score of a column without such a test", "{drift: {score: 0.2}}", with_untested, true,
       "drift score 0.27 at or above"},
      {"a column's distance that chance makes", "{drift: {columns: {s11: {psi: 0.1}}}}", with_few_rows, false,
       "psi of s11 0.27 at or above 0.1, and no test says that it is more than chance"},
      {"a stricter p-value", "{drift: {columns: {s11: {ks: 0.001}}}}", with_columns, false,
       "ks p-value of s11 0.003 above 0.001"},
      {"a column that is not there", "{drift: {columns: {s99: {psi: 0.1}}}}", with_columns, false,
       "does not have psi of s99"},
      {"relative decay", "{decay: {metric: y.accuracy, drop: 5%}}", with_strong, true,
       "decay of y.accuracy 8 % at or above 5 % (p 0.001)"},
      {"absolute decay", "{decay: {metric: y.accuracy, drop: 0.1}}", with_strong, false,
       "decay of y.accuracy 0.072 below 0.1"},
      {"too little decay", "{decay: {metric: y.accuracy, drop: 5%}}", with_weak, false,
       "decay of y.accuracy 3 % below 5 %"},
      {"decay that may be noise", "{decay: {metric: y.accuracy, drop: 5%}}", with_noisy, false,
       "not significant (p 0.3)"},
      {"under the floor", "{floor: {metric: y.accuracy, below: 0.85}}", low, true, "y.accuracy 0.8 below 0.85"},
      {"not over the ceiling", "{floor: {metric: y.accuracy, above: 0.85}}", low, false, "is not above 0.85"},
      {"volume reached", "{volume: 10000rows}", many, true, "10000 or more new labelled rows"},
  };
  for (const auto& row : rows) {
    const auto decision = only(config_of("when: [" + row.when + "]"), row.inputs);
    EXPECT_EQ(decision.retrain, row.retrain) << row.says << ": " << decision.reason;
    EXPECT_NE(decision.reason.find(row.reason), std::string::npos) << row.says << ": " << decision.reason;
    EXPECT_FALSE(std::isnan(decision.threshold)) << row.says;
  }
}

TEST(Decide, nothing_new_is_nothing_said) {
  const auto config = config_of(
      "when: [{drift: {share: 30%}}, {decay: {metric: y.accuracy, drop: 5%}}, {floor: {metric: y.accuracy, below: "
      "0.9}}, "
      "{volume: 100rows}, {event: etl}, {schedule: '@daily'}, {every: 1000rows}, manual, none]");
  TriggerMemory memory;
  memory.watched_since = now;
  EXPECT_TRUE(decide(config, {}, memory, now).empty());
}

TEST(Decide, trap_36_missing_evidence_is_never_a_retrain) {
  const auto config = config_of(
      "when: [{drift: {share: 1%}}, {drift: {score: 0.0001}}, {decay: {metric: y.accuracy, drop: 0.1%}}, "
      "{floor: {metric: y.accuracy, below: 0.99}}, {floor: {metric: y.rmse, above: 0}}]");
  DriftReport report = drift(1, 9, Verdict::invalid);
  const std::vector<DecayReport> decays{decay(0.5, true, Verdict::invalid)};
  TriggerInputs inputs;
  inputs.drift = &report;
  inputs.decay = decays;
  inputs.current_metrics["y.accuracy"] = {.value = 0, .standard_error = 0, .n = 0};
  const auto decisions = decide(config, inputs, {}, now);
  ASSERT_EQ(decisions.size(), 5u);
  for (const auto& decision : decisions) {
    EXPECT_FALSE(decision.retrain) << decision.policy << ": " << decision.reason;
    EXPECT_TRUE(std::isnan(decision.measured)) << decision.policy << ": missing is not 0";
    EXPECT_TRUE(to_json(decision)["measured"].is_null());
  }
  report = drift(nan, nan);
  EXPECT_FALSE(decide(config, inputs, {}, now)[0].retrain) << "a share that is not a number";
  const std::vector<DecayReport> endless{decay(nan, true)};
  inputs.decay = endless;
  EXPECT_FALSE(decide(config, inputs, {}, now)[2].retrain) << "no relative decay of a baseline of 0";
}

TEST(Decide, trap_07_a_person_passes_cooldown_backoff_and_priority_but_not_a_running_training) {
  const auto config = config_of("{cooldown: 24h, min_priority: 5, when: [{volume: 1rows}, {every: 1rows}]}");
  TriggerMemory memory;
  memory.watched_since = now - hours(100);
  memory.last_success_at = now - hours(1);
  memory.last_failure_at = now - minutes(1);
  memory.consecutive_failures = 7;
  TriggerInputs inputs;
  inputs.manual = {person("m1")};
  inputs.rows_labelled_since_training = 5;
  inputs.rows_seen = 5;
  auto decisions = decide(config, inputs, memory, now);
  ASSERT_EQ(decisions.size(), 3u);
  EXPECT_TRUE(decisions[0].retrain);
  EXPECT_TRUE(decisions[0].human);
  EXPECT_EQ(decisions[0].event_id, "m1");
  EXPECT_EQ(decisions[0].reason, "asked for by alice: new fleet");
  EXPECT_FALSE(decisions[1].retrain) << "schedules and volumes have conditions like everything else";
  EXPECT_FALSE(decisions[2].retrain);

  memory.job_active = true;
  decisions = decide(config, inputs, memory, now);
  EXPECT_FALSE(decisions[0].retrain);
  EXPECT_NE(decisions[0].reason.find("a retrain is already running"), std::string::npos);

  TriggerInputs by_event;
  by_event.events = {event("manual", "e1", 1)};
  memory.job_active = false;
  decisions = decide(config, by_event, memory, now);
  ASSERT_EQ(decisions.size(), 1u);
  EXPECT_TRUE(decisions[0].retrain);
  EXPECT_TRUE(decisions[0].human);
}

TEST(Decide, trap_08_a_failed_training_leaves_only_backoff) {
  const auto config = config_of("{cooldown: 24h, when: [{volume: 1rows}]}");
  TriggerInputs inputs;
  inputs.rows_labelled_since_training = 1;
  TriggerMemory memory;
  memory.job_active = true;
  memory = after_failure(memory, now - minutes(2));
  EXPECT_TRUE(only(config, inputs, memory).retrain) << "one failure: a minute of backoff, not a day of cooldown";
  memory = after_failure(memory, now - std::chrono::seconds(30));
  auto decision = only(config, inputs, memory);
  EXPECT_FALSE(decision.retrain);
  EXPECT_NE(decision.reason.find("backoff until 2026-06-01T12:01:30Z after 2 failed trainings"), std::string::npos)
      << decision.reason;
  for (int i = 0; i < 40; ++i) memory = after_failure(memory, now);
  EXPECT_EQ(backoff_until(memory), now + hours(1)) << "the backoff is bounded";
  memory = after_success(memory, now, 17);
  EXPECT_EQ(backoff_until(memory), std::nullopt);
  EXPECT_EQ(cooldown_until(config, memory), now + hours(24));
  EXPECT_FALSE(memory.job_active);
  memory = after_failure(memory, now + hours(25));
  EXPECT_EQ(cooldown_until(config, memory), now + hours(24)) << "a failure does not move the cooldown";
}

TEST(Decide, trap_08_cooldown_is_per_model_and_counted_from_success) {
  const auto config = config_of("{cooldown: 24h, when: [{drift: {share: 10%}}]}");
  const DriftReport report = drift(0.5);
  TriggerInputs inputs;
  inputs.drift = &report;
  TriggerMemory trained;
  trained.last_success_at = now - hours(23);
  const auto held = only(config, inputs, trained);
  EXPECT_FALSE(held.retrain);
  EXPECT_NE(held.reason.find("cooldown until 2026-06-01T13:00:00Z"), std::string::npos) << held.reason;
  EXPECT_TRUE(only(config, inputs, TriggerMemory{}).retrain) << "another model's memory knows nothing of it";
  trained.last_success_at = now - hours(24);
  EXPECT_TRUE(only(config, inputs, trained).retrain) << "over at its end";

  const auto by_rows = config_of("{cooldown: 1000rows, when: [{drift: {share: 10%}}]}");
  trained.rows_at_last_success = 5000;
  inputs.rows_seen = 5999;
  EXPECT_FALSE(only(by_rows, inputs, trained).retrain);
  inputs.rows_seen = 6000;
  EXPECT_TRUE(only(by_rows, inputs, trained).retrain);
}

TEST(Decide, priorities_rank_and_the_lower_ones_are_told_who_won) {
  const auto config = config_of("when: [{volume: 1rows, priority: 4}, {drift: {share: 10%}}, {event: etl}]");
  const DriftReport report = drift(0.5);
  TriggerInputs inputs;
  inputs.drift = &report;
  inputs.rows_labelled_since_training = 1;
  inputs.events = {event("etl", "e1", 2), event("etl", "e2", 4), event("typo", "e3", 5), event("etl", "e4", 9)};
  const auto decisions = decide(config, inputs, {}, now);
  ASSERT_EQ(decisions.size(), 6u) << "one answer per event and one per policy";
  EXPECT_NE(decisions[0].reason.find("priority 2 below 3"), std::string::npos) << decisions[0].reason;
  EXPECT_TRUE(decisions[1].retrain) << "equal priority: asked comes before measured";
  EXPECT_EQ(decisions[1].policy, "event:etl");
  EXPECT_NE(decisions[2].reason.find("no policy takes events named 'typo'; known: manual, etl"), std::string::npos)
      << decisions[2].reason;
  EXPECT_NE(decisions[3].reason.find("not 1 to 5"), std::string::npos);
  EXPECT_NE(decisions[4].reason.find("the retrain is started by 'event:etl'"), std::string::npos)
      << decisions[4].reason;
  int retrains = 0;
  for (const auto& decision : decisions) retrains += decision.retrain;
  EXPECT_EQ(retrains, 1);

  inputs.manual = {person("m1"), person("m2")};
  const auto with_people = decide(config, inputs, {}, now);
  EXPECT_TRUE(with_people[0].retrain) << "a person comes first";
  EXPECT_FALSE(with_people[1].retrain) << "two people, one training";
}

TEST(Decide, severity_of_decay_sets_the_priority) {
  const auto config = config_of("when: [{decay: {metric: y.accuracy, drop: 1%}}]");
  for (const auto& [share, priority] :
       std::vector<std::pair<double, int>>{{0.02, 3}, {0.06, 3}, {0.11, 4}, {0.21, 5}}) {
    const std::vector<DecayReport> decays{decay(share, true)};
    TriggerInputs inputs;
    inputs.decay = decays;
    EXPECT_EQ(only(config, inputs).priority, priority) << share;
  }
}

TEST(Decide, events_during_a_training_are_coalesced_and_all_answered) {
  const auto config = config_of("when: [{event: etl}]");
  TriggerMemory memory;
  memory.job_active = true;
  TriggerInputs inputs;
  for (int i = 0; i < 300; ++i) inputs.events.push_back(event("etl", std::to_string(i), 5));
  const auto decisions = decide(config, inputs, memory, now);
  ASSERT_EQ(decisions.size(), 300u);
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    EXPECT_FALSE(decisions[i].retrain);
    EXPECT_EQ(decisions[i].event_id, std::to_string(i));
    EXPECT_NE(decisions[i].reason.find(i < 256 ? "coalesced" : "more than 256 events at once"), std::string::npos);
  }
}

TEST(Decide, a_floor_needs_evaluations_in_a_row) {
  const auto config = config_of("when: [{floor: {metric: y.accuracy, below: 0.85, for: 3}}]");
  struct Row {
    std::optional<double> value;
    bool retrain;
  };
  // Low twice, no labels once (neither counts nor breaks), good, then low three times.
  const std::vector<Row> rows = {{0.8, false}, {0.8, false}, {std::nullopt, false}, {0.9, false}, {0.8, false},
                                 {0.7, false}, {0.8, true}};
  TriggerMemory memory;
  TimePoint instant = now;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    TriggerInputs inputs;
    inputs.current_metrics["y.accuracy"] = {
        .value = rows[i].value.value_or(0), .standard_error = 0, .n = rows[i].value ? 100u : 0u};
    const auto decisions = decide(config, inputs, memory, instant);
    ASSERT_EQ(decisions.size(), 1u);
    EXPECT_EQ(decisions[0].retrain, rows[i].retrain) << i << ": " << decisions[0].reason;
    memory = remember(config, inputs, memory, decisions, instant);
    EXPECT_TRUE(decide(config, {}, memory, instant).empty()) << "a tick without an evaluation says and changes nothing";
    instant += hours(1);
  }
  EXPECT_TRUE(memory.job_active);
}

TEST(Decide, a_floor_may_be_given_as_a_duration) {
  const auto config = config_of("when: [{floor: {metric: y.accuracy, below: 0.85, for: 6h}}]");
  TriggerInputs inputs;
  inputs.current_metrics["y.accuracy"] = {.value = 0.8, .standard_error = 0, .n = 100};
  TriggerMemory memory;
  for (int hour = 0; hour <= 6; ++hour) {
    const auto decisions = decide(config, inputs, memory, now + hours(hour));
    EXPECT_EQ(decisions.at(0).retrain, hour == 6) << hour;
    memory = remember(config, inputs, memory, decisions, now + hours(hour));
  }
}

TEST(Decide, drift_alone_never_retrains_by_cost_and_does_by_a_policy_that_says_so) {
  const DriftReport report = drift(0.9, 5);
  std::vector<LossBlock> blocks(60);
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    blocks[b].from_row = b * 100;
    blocks[b].rows = 100;
    blocks[b].loss = blocks[b].fresh_loss = 10;
    blocks[b].version = "1.0.0";
  }
  TriggerInputs inputs;
  inputs.drift = &report;
  inputs.losses = blocks;
  EXPECT_FALSE(only(config_of("when: [{cost: {price: 1}}]"), inputs).retrain) << "the answers are as good as ever";
  EXPECT_TRUE(only(config_of("when: [{drift: {share: 30%}}]"), inputs).retrain);
  inputs.losses = {};
  EXPECT_TRUE(decide(config_of("when: [{cost: {price: 1}}]"), inputs, {}, now).empty()) << "and where nothing is known";
}

TEST(Decide, a_request_that_waits_gains_priority) {
  const auto config = config_of("{min_priority: 3, aging: 12h, when: [{volume: 1rows, priority: 1}]}");
  TriggerInputs inputs;
  inputs.rows_labelled_since_training = 1;
  TriggerMemory memory;
  for (int hour = 0; hour <= 24; ++hour) {
    const auto decisions = decide(config, inputs, memory, now + hours(hour));
    ASSERT_EQ(decisions.size(), 1u);
    EXPECT_EQ(decisions[0].retrain, hour == 24) << hour << ": " << decisions[0].reason;
    EXPECT_EQ(decisions[0].priority, 1 + hour / 12) << hour;
    memory = remember(config, inputs, memory, decisions, now + hours(hour));
  }
  EXPECT_TRUE(memory.waiting_since.empty()) << "answered by the training";

  memory = {};
  memory.waiting_since["volume"] = now - hours(24 * 30);
  EXPECT_EQ(only(config, inputs, memory).priority, 5) << "at most 5";
  EXPECT_EQ(
      only(config_of("{aging: 0s, min_priority: 3, when: [{volume: 1rows, priority: 1}]}"), inputs, memory).priority, 1)
      << "switched off";
  TriggerInputs quiet;
  const auto by_share = config_of("{when: [{drift: {share: 30%}}]}");
  memory.waiting_since = {{"drift", now - hours(24)}};
  const DriftReport little = drift(0.1);
  quiet.drift = &little;
  memory = remember(by_share, quiet, memory, decide(by_share, quiet, memory, now), now);
  EXPECT_TRUE(memory.waiting_since.empty()) << "who no longer asks does not wait";
}

TEST(Decide, one_training_answers_everything_that_waited) {
  const auto config = config_of("{cooldown: 24h, when: [{volume: 1rows}, {drift: {share: 10%}}]}");
  const DriftReport report = drift(0.5);
  TriggerInputs inputs;
  inputs.drift = &report;
  inputs.rows_labelled_since_training = 1;
  TriggerMemory memory;
  memory.last_success_at = now - hours(1);
  auto decisions = decide(config, inputs, memory, now);
  memory = remember(config, inputs, memory, decisions, now);
  EXPECT_EQ(memory.waiting_since.size(), 2u);
  decisions = decide(config, inputs, memory, now + hours(23));
  memory = remember(config, inputs, memory, decisions, now + hours(23));
  EXPECT_EQ(std::ranges::count_if(decisions, &Decision::retrain), 1);
  EXPECT_TRUE(memory.waiting_since.empty());
}

TEST(Decide, modes_say_who_starts_a_training) {
  const DriftReport report = drift(0.5);
  TriggerInputs inputs;
  inputs.drift = &report;
  inputs.rows_labelled_since_training = 1;
  auto config = config_of("when: [{drift: {share: 10%}}, {volume: 1rows}]");
  for (const auto& [mode, says] : std::vector<std::pair<Mode, std::string>>{
           {Mode::advisory, "advice only, the mode is advisory (drift share 50 % at or above 10 %)"},
           {Mode::approval, "waits for approval (drift share 50 % at or above 10 %)"}}) {
    config.mode = mode;
    auto decisions = decide(config, inputs, {}, now);
    ASSERT_EQ(decisions.size(), 2u);
    EXPECT_FALSE(decisions[0].retrain);
    EXPECT_TRUE(decisions[0].advised);
    EXPECT_EQ(decisions[0].reason, says);
    EXPECT_FALSE(decisions[1].retrain);
    EXPECT_FALSE(decisions[1].advised) << "one request at a time";
    const auto memory = remember(config, inputs, {}, decisions, now);
    EXPECT_FALSE(memory.job_active);

    TriggerInputs asked = inputs;
    asked.manual = {person("m1")};
    decisions = decide(config, asked, memory, now);
    EXPECT_TRUE(decisions[0].retrain) << "a person starts a training in every mode";
    EXPECT_FALSE(decisions[1].advised);

    TriggerMemory running;
    running.job_active = true;
    EXPECT_FALSE(decide(config, inputs, running, now)[0].advised) << "what would be suppressed is no advice";
  }
}

TEST(Decide, memory_survives_json) {
  TriggerMemory memory;
  memory.watched_since = now;
  memory.rows_at_watch = 3;
  memory.last_success_at = now + hours(1);
  memory.rows_at_last_success = 44;
  memory.last_failure_at = now + hours(2);
  memory.consecutive_failures = 2;
  memory.schedule_last_fired["schedule"] = now;
  memory.schedule_last_fired_rows["schedule-2"] = 1000;
  memory.floor_streak["floor"] = 2;
  memory.floor_since["floor"] = now;
  memory.looked_rows["cost"] = 4200;
  memory.fired_at["any/drift-1"] = now;
  memory.waiting_since["volume"] = now;
  memory.job_active = true;
  const auto copy = trigger_memory_from_json(to_json(memory));
  ASSERT_TRUE(copy.has_value()) << copy.error().message();
  EXPECT_EQ(to_json(*copy), to_json(memory));
  auto broken = to_json(memory);
  broken["rows_at_watch"] = -1;
  EXPECT_EQ(trigger_memory_from_json(broken).error().code, ErrorCode::corrupt);
  broken = to_json(memory);
  broken["floor_since"]["floor"] = "yesterday";
  EXPECT_FALSE(trigger_memory_from_json(broken).has_value());
}

}  // namespace
}  // namespace perennial::triggers
