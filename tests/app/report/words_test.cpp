#include "app/report/words.hpp"

#include "core/estimate_events.hpp"
#include "core/importance_events.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <regex>
#include <sstream>

namespace perennial::app {
namespace {

Event event_of(std::string_view type, Json body = Json::object()) {
  Event event;
  event.type = type;
  event.body = std::move(body);
  return event;
}

/// The types as the header names them, so that a new one without words is found.
std::vector<std::string> all_types() {
  std::ifstream file(std::string(PERENNIAL_SOURCE_DIR) + "/src/core/event.hpp");
  std::stringstream text;
  text << file.rdbuf();
  const std::string header = text.str();
  const std::regex declaration("string_view [a-z_]+ = \"([A-Za-z]+)\"");
  std::vector<std::string> types;
  for (auto found = std::sregex_iterator(header.begin(), header.end(), declaration); found != std::sregex_iterator();
       ++found)
    types.push_back((*found)[1]);
  return types;
}

TEST(Words, every_event_type_has_words_and_a_topic) {
  const auto types = all_types();
  ASSERT_GE(types.size(), 30U);
  for (const auto& type : types) {
    EXPECT_NE(topic_of(type), "other") << type;
    const std::string words = in_words(event_of(type));
    EXPECT_NE(words, type);
    EXPECT_NE(words.find(' '), std::string::npos) << type << ": " << words;
    EXPECT_EQ(words.back(), '.') << words;
    EXPECT_TRUE(words.front() >= 'A' && words.front() <= 'Z') << words;
  }
}

TEST(Words, an_odd_body_shortens_the_sentence_and_never_fails) {
  const std::vector<Json> bodies = {
      nullptr,
      Json::array({1, 2}),
      "text",
      3,
      {{"columns", "not a list"},
       {"version", 3},
       {"measured", "much"},
       {"metrics", Json::array()},
       {"times", 1},
       {"gates", {{1, nullptr}}}},
      {{"columns", Json::array({1, nullptr})}, {"rows", -5}, {"ok", "yes"}, {"rollout", "soon"}, {"gates", "none"}}};
  for (const auto& type : all_types())
    for (const auto& body : bodies) EXPECT_GT(in_words(event_of(type, body)).size(), 4U) << type;
}

TEST(Words, unknown_types_give_their_name) {
  EXPECT_EQ(in_words(event_of("ComingLater", {{"reason", "x"}})), "ComingLater");
  EXPECT_EQ(topic_of("ComingLater"), "other");
}

struct Row {
  std::string_view type;
  Json body;
  std::string words;
};

TEST(Words, say_what_happened_and_why) {
  const std::vector<Row> rows = {
      {event_type::replay_started,
       {{"rows", 45312}, {"warmup_rows", 1359}},
       "The replay of 45,312 rows started; the first 1359 train the first version."},
      {event_type::drift_detected,
       {{"columns", {"vicprice", "transfer"}}, {"drift_share", 0.25}, {"score", 1.234}},
       "The inputs no longer look like the training data: 2 columns drifted (vicprice, transfer); 25 % of all columns, "
       "largest PSI 1.234."},
      {event_type::drift_detected,
       {{"columns", {"a", "b", "c", "d", "e", "f", "g"}}},
       "The inputs no longer look like the training data: 7 columns drifted (a, b, c, d, e and 2 more)."},
      {event_type::drift_resolved, {{"columns", {"a"}}}, "The inputs look like the training data again: a."},
      {event_type::data_quarantined,
       {{"reason", "column age is broken since row 7: the values look like the training rows times 1000"}},
       "The data is broken, so nothing is retrained: column age is broken since row 7: the values look like the "
       "training rows times 1000."},
      {event_type::data_released, {{"rows", 120}}, "The data is good again; 120 rows stay out of every training."},
      {event_type::data_released, {{"rows", 120}, {"accepted", true}}, "A person has called the data right."},
      {event_type::warning_raised,
       {{"what", "data"}, {"reason", "age: 6 % of the values are outside"}},
       "A look at the data warns: age: 6 % of the values are outside."},
      {event_type::decay_detected,
       {{"metric", "class.accuracy"},
        {"baseline", 0.79},
        {"current", 0.71},
        {"decay_share", 0.101},
        {"p_value", 0.0004}},
       "The answers got worse: class.accuracy went from 0.790 to 0.710 (10 % of the baseline, p 0.0004)."},
      {event_type::estimated_decay_detected,
       {{"metric", "class.accuracy"}, {"baseline", 0.79}, {"estimate", 0.71}, {"low", 0.68}, {"high", 0.74}},
       "The answers are estimated to have become worse, before their labels came: class.accuracy from 0.790 to about "
       "0.710 (0.680 to 0.740)."},
      {event_type::estimated_decay_resolved,
       {{"reason", "the labels are there"}},
       "The warning before the labels is over: the labels are there."},
      {event_type::importance_drift_detected,
       {{"target", "rul"},
        {"shift", 0.31},
        {"noise", 0.06},
        {"columns",
         {{"s11", {{"reference", 0.4}, {"now", 0.12}}},
          {"s2", {{"reference", 0.3}, {"now", 0.3}}},
          {"s4", {{"reference", 0.1}, {"now", 0.35}}},
          {"s7", {{"reference", 0.2}, {"now", 0.23}}}}}},
       "The model relies on other columns than on its training data: the importance for rul shifted by 31 %, chance "
       "explains 6 %; s11 40 % to 12 %, s4 10 % to 35 %, s7 20 % to 23 %."},
      {event_type::importance_drift_resolved,
       {{"reason", "another version serves"}},
       "The model relies on its columns as before: another version serves."},
      {event_type::retrain_requested,
       {{"policy", "drift"}, {"reason", "drift share 0.4 at or above 0.3"}, {"measured", 0.4}, {"threshold", 0.3}},
       "Decided to retrain (rule: drift): drift share 0.4 at or above 0.3."},
      {event_type::retrain_skipped,
       {{"policy", "volume"}, {"reason", "cooldown."}, {"measured", nullptr}, {"threshold", 0.3}},
       "Decided not to retrain (rule: volume): cooldown."},
      {event_type::job_queued,
       {{"trigger", "drift"}, {"priority", 3}},
       "A training job waits in the queue, asked for by drift, priority 3."},
      {event_type::job_started, {{"rows", 12000}}, "Training started on 12,000 rows."},
      {event_type::run_finished,
       {{"rounds", 88}, {"metrics", {{"rul.rmse", 12.34}}}, {"champion_metrics", {{"rul.rmse", 20.5}}}},
       "Training finished after 88 rounds: rul.rmse 12.34 (champion 20.5)."},
      {event_type::run_failed,
       {{"error", "the trainer was killed"}, {"retry", true}},
       "Training failed and will be tried again: the trainer was killed."},
      {event_type::run_failed, {{"cancelled", true}}, "Training was cancelled."},
      {event_type::gate_evaluated,
       {{"verdict", "pass"}, {"reason", "every gate holds"}},
       "The new model passed its gates: every gate holds."},
      {event_type::gate_evaluated,
       {{"verdict", "fail"}, {"gates", {{{"verdict", "fail"}}, {{"verdict", "pass"}}}}},
       "The new model failed 1 of 2 gates."},
      {event_type::gate_evaluated,
       {{"verdict", "inconclusive"}},
       "There is not enough evidence to pass the new model's gates."},
      {event_type::version_registered,
       {{"version", "1.0.1"}, {"changelog", "drift of s11"}},
       "Version 1.0.1 was registered: drift of s11."},
      {event_type::version_status_changed,
       {{"version", "1.0.1"}, {"from", "canary"}, {"to", "quarantined"}, {"cause", "harm"}},
       "Version 1.0.1 went from canary to quarantined: harm."},
      {event_type::rollout_planned,
       {{"version", "1.0.1"}, {"champion", "1.0.0"}, {"rollout", {{"phase", "shadow"}}}},
       "The rollout of version 1.0.1 began beside champion 1.0.0, first as shadow."},
      {event_type::rollout_advanced,
       {{"version", "1.0.1"},
        {"from_phase", "shadow"},
        {"phase", "canary"},
        {"weight", 0.05},
        {"reason", "no harm seen"}},
       "Version 1.0.1 went on from shadow to canary with 5 % of the traffic: no harm seen."},
      {event_type::rollout_aborted,
       {{"version", "1.0.1"}, {"reason", "worse"}, {"measured", -0.08}, {"threshold", -0.05}},
       "The rollout of version 1.0.1 was stopped before its promotion: worse (measured -0.080, threshold -0.050)."},
      {event_type::rollout_completed, {{"version", "1.0.1"}}, "The rollout of version 1.0.1 is complete."},
      {event_type::promoted,
       {{"version", "1.0.1"}, {"from", "1.0.0"}, {"reason", "better"}, {"override", false}},
       "Version 1.0.1 was promoted: it answers all requests now, instead of 1.0.0; better."},
      {event_type::promoted,
       {{"version", "1.0.1"}, {"from", nullptr}, {"override", true}},
       "Version 1.0.1 was promoted: it answers all requests now, by a person's override."},
      {event_type::rolled_back,
       {{"from", "1.0.1"}, {"to", "1.0.0"}, {"cause", "live_analysis"}},
       "Rolled back from version 1.0.1 to version 1.0.0: live analysis."},
      {event_type::rollback_confirmed,
       {{"version", "1.0.0"}, {"ok", true}, {"rows", 1}},
       "The rollback was confirmed: version 1.0.0 answers (1 probe row)."},
      {event_type::rollback_confirmed,
       {{"version", "1.0.0"}, {"ok", false}, {"problem", "not routed"}},
       "The rollback to version 1.0.0 could not be confirmed: not routed."},
      {event_type::cycle_ended,
       {{"outcome", "promoted"}, {"version", "1.0.1"}, {"times", {{"time_to_retrain", "3h"}}}},
       "The retraining ended with version 1.0.1 as the champion (3h after the drift began)."},
      {event_type::cycle_ended,
       {{"outcome", "kept_champion"}, {"reason", "not better"}},
       "The retraining ended: the champion stays; not better."},
      {event_type::cycle_ended,
       {{"outcome", "failed"}},
       "The retraining ended in a failure; the champion keeps serving."},
      {event_type::trigger_received,
       {{"trigger", "upstream-etl"}},
       "The event 'upstream-etl' from outside asked for a decision."},
      {event_type::alert_failed,
       {{"channel", "webhook"}, {"title", "drift"}, {"error", "refused"}},
       "An alert could not be delivered by webhook: drift (refused)."},
  };
  for (const auto& row : rows) EXPECT_EQ(in_words(event_of(row.type, row.body)), row.words);
}

TEST(Words, numbers_read_well) {
  const std::vector<std::pair<double, std::string>> rows = {{0, "0"},
                                                            {0.607, "0.607"},
                                                            {0.75, "0.750"},
                                                            {12.3456, "12.35"},
                                                            {43953, "43,953"},
                                                            {1234567, "1,234,567"},
                                                            {2026, "2026"},
                                                            {-43953, "-43,953"},
                                                            {0.0004, "0.0004"},
                                                            {1e-9, "1e-09"},
                                                            {std::nan(""), "not known"},
                                                            {999.96, "1000"},
                                                            {1.0, "1"}};
  for (const auto& [value, words] : rows) EXPECT_EQ(number_in_words(value), words);
  EXPECT_EQ(count_in_words(1, "rollback"), "1 rollback");
  EXPECT_EQ(count_in_words(0, "rollback"), "0 rollbacks");
  EXPECT_EQ(count_in_words(15, "promotion"), "15 promotions");
}

}  // namespace
}  // namespace perennial::app
