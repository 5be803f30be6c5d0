#include "serving/predictor.hpp"
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>

#include "serving/fakes.hpp"
#include "serving/probe.hpp"
#include "serving/split.hpp"

namespace perennial::serving {
namespace {

using feedback::Arm;
using testing::batch_of;
using testing::Bench;

bool to_challenger(std::size_t i, double weight) {
  return goes_to_challenger(fmt::format("e{}", i), 7, challenger_buckets(weight));
}

TEST(Predictor, the_champion_answers_and_the_record_says_so) {
  Bench bench;
  bench.install(bench.route());
  Predictor predictor(bench.router, bench.sink());
  const auto answer = predictor.predict("m", batch_of(5, 3));
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->outputs.values, (std::vector<float>{6, 7, 8}));
  EXPECT_EQ(answer->answerers[answer->answered_by[0]].version, "1.0.0");
  EXPECT_EQ(answer->answerers[0].digest, "aa");
  ASSERT_EQ(bench.records.size(), 1u);
  EXPECT_EQ(bench.records[0]->ids[2], "p7");
  EXPECT_EQ(bench.records[0]->versions[0].outputs.values, answer->outputs.values);
  EXPECT_EQ(bench.runtime->accounting.total(Arm::champion).requests, 3u);
  EXPECT_EQ(bench.champion->runs, 1u);
}

TEST(Predictor, each_arm_answers_its_entities_in_one_run_each) {
  for (const bool evidence_inline : {true, false}) {
    Bench bench;
    bench.install(bench.with_challenger(0.3));
    Predictor predictor(bench.router, bench.sink(),
                        {.evidence_inline = evidence_inline, .modelled_latency_us = {}, .answering = {}});
    const auto answer = predictor.predict("m", batch_of(0, 400));
    ASSERT_TRUE(answer);
    predictor.drain();
    std::size_t challenged = 0;
    for (std::size_t i = 0; i < 400; ++i) {
      const bool challenger = to_challenger(i, 0.3);
      challenged += challenger ? 1 : 0;
      EXPECT_EQ(answer->outputs.values[i], static_cast<float>(i) + 1 + (challenger ? 1000 : 0));
      EXPECT_EQ(answer->answerers[answer->answered_by[i]].arm, challenger ? Arm::challenger : Arm::champion);
    }
    EXPECT_GT(challenged, 80u);
    // Paired evidence: both versions have scored every row in the end.
    ASSERT_EQ(bench.records.size(), 1u);
    for (const auto& version : bench.records[0]->versions)
      EXPECT_EQ(std::count(version.scored.begin(), version.scored.end(), 1), 400);
    EXPECT_EQ(bench.champion->runs, evidence_inline ? 1u : 2u);
    EXPECT_EQ(bench.challenger->runs, evidence_inline ? 1u : 2u);
    EXPECT_EQ(bench.challenger->rows, 400u);
    EXPECT_EQ(bench.runtime->accounting.phase(Arm::challenger, 1).requests, 400u);
  }
}

TEST(Predictor, without_mirroring_each_row_is_scored_once) {
  Bench bench;
  bench.install(bench.with_challenger(0.3, false));
  Predictor predictor(bench.router, bench.sink());
  ASSERT_TRUE(predictor.predict("m", batch_of(0, 400)));
  EXPECT_EQ(bench.challenger->rows + bench.champion->rows, 400u);
}

TEST(Predictor, shadows_and_a_challenger_of_weight_0_score_and_never_answer) {
  Bench bench;
  auto route = bench.with_challenger(0);
  const auto shadow = std::make_shared<testing::SumScorer>(bench.signature, 5.0f);
  route.shadows.push_back({"1.0.2", "cc", shadow});
  bench.install(route);
  Predictor predictor(bench.router, bench.sink());
  const auto answer = predictor.predict("m", batch_of(0, 50));
  ASSERT_TRUE(answer);
  for (const auto by : answer->answered_by) EXPECT_EQ(answer->answerers[by].arm, Arm::champion);
  predictor.drain();
  EXPECT_EQ(bench.challenger->rows, 50u);
  EXPECT_EQ(bench.records.at(0)->versions.at(2).outputs.values[1], 7.0f);
  EXPECT_EQ(bench.runtime->accounting.total(Arm::shadow).requests, 50u);
}

TEST(Predictor, the_champion_answers_where_the_challenger_fails) {
  struct Case {
    std::string why;
    bool run_fails;
    bool evidence_inline;
  };
  for (const auto& c : std::vector<Case>{{"a run fails, inline", true, true},
                                         {"a value is not finite, inline", false, true},
                                         {"a run fails, live", true, false},
                                         {"a value is not finite, live", false, false}}) {
    Bench bench;
    (c.run_fails ? bench.challenger->fail_run_at : bench.challenger->nan_at) = 37.0f;
    bench.install(bench.with_challenger(1.0));
    Predictor predictor(bench.router, bench.sink(),
                        {.evidence_inline = c.evidence_inline, .modelled_latency_us = {}, .answering = {}});
    const auto answer = predictor.predict("m", batch_of(0, 100));
    ASSERT_TRUE(answer) << c.why;
    predictor.drain();
    for (std::size_t i = 0; i < 100; ++i) {
      EXPECT_EQ(answer->outputs.values[i], static_cast<float>(i) + (i == 37 ? 1 : 1001)) << c.why << " " << i;
      EXPECT_EQ(answer->answerers[answer->answered_by[i]].arm, i == 37 ? Arm::champion : Arm::challenger);
    }
    const auto counts = bench.runtime->accounting.phase(Arm::challenger, 1);
    EXPECT_EQ(counts.requests, 100u);
    EXPECT_EQ(counts.errors, 1u) << c.why;
    EXPECT_EQ(counts.fallbacks, 1u) << c.why;
    EXPECT_EQ(counts.non_finite, c.run_fails ? 0u : 1u);
    EXPECT_EQ(bench.records.at(0)->versions[1].failed[37], 1);
    EXPECT_EQ(bench.runtime->accounting.total(Arm::champion).errors, 0u);
  }
}

TEST(Predictor, a_challenger_that_always_fails_costs_bounded_runs) {
  class Broken final : public Scorer {
   public:
    explicit Broken(Signature signature) : signature_(std::move(signature)) {}
    const Signature& signature() const override { return signature_; }
    Result<Outputs> run(const features::InputBatch&) const override {
      ++runs;
      return perennial::fail(ErrorCode::internal, "broken");
    }
    mutable std::size_t runs = 0;

   private:
    Signature signature_;
  };
  Bench bench;
  auto route = bench.with_challenger(1.0);
  const auto broken = std::make_shared<Broken>(bench.signature);
  route.challenger->servable.scorer = broken;
  bench.install(route);
  Predictor predictor(bench.router, bench.sink(),
                      {.evidence_inline = true, .modelled_latency_us = {}, .answering = {}});
  const auto answer = predictor.predict("m", batch_of(0, 5000));
  ASSERT_TRUE(answer);
  EXPECT_EQ(bench.runtime->accounting.total(Arm::challenger).errors, 5000u);
  EXPECT_LT(broken->runs, 200u);
}

TEST(Predictor, errors_are_clear) {
  Bench bench;
  bench.install(bench.route());
  Predictor predictor(bench.router, bench.sink());
  EXPECT_EQ(predictor.predict("mm", batch_of(0, 1)).error().code, ErrorCode::not_found);
  EXPECT_NE(predictor.predict("mm", batch_of(0, 1)).error().message().find("'m'"), std::string::npos);
  bench.champion->fail_run_at = 3.0f;
  const auto failed = predictor.predict("m", batch_of(0, 10));
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message().find("cannot score this row"), std::string::npos);
  EXPECT_EQ(bench.runtime->accounting.total(Arm::champion).errors, 1u);
  bench.champion->fail_run_at.reset();
  auto narrow = batch_of(0, 1);
  narrow.rows.columns.pop_back();
  EXPECT_EQ(predictor.predict("m", narrow).error().code, ErrorCode::invalid);
  EXPECT_EQ(bench.runtime->accounting.refused(), 11u);
  EXPECT_TRUE(bench.records.empty());
  auto empty = bench.route();
  empty.champion = {};
  bench.install(empty);
  EXPECT_EQ(predictor.predict("m", batch_of(0, 1)).error().code, ErrorCode::conflict);
}

TEST(Predictor, an_id_sent_again_gets_its_first_answer_and_is_not_logged_twice) {
  Bench bench;
  bench.install(bench.route());
  Predictor predictor(bench.router, bench.sink());
  ASSERT_TRUE(predictor.predict("m", batch_of(0, 10)));
  bench.install(bench.with_challenger(1.0));
  auto again = batch_of(8, 4);
  again.rows.columns[1].numbers.assign(4, 50.0);
  const auto answer = predictor.predict("m", again);
  ASSERT_TRUE(answer);
  predictor.drain();
  EXPECT_EQ(answer->repeated, 2u);
  EXPECT_EQ(answer->outputs.values, (std::vector<float>{9, 10, 1060, 1061}));
  EXPECT_EQ(answer->answerers[answer->answered_by[0]].version, "1.0.0");
  EXPECT_EQ(answer->answerers[answer->answered_by[2]].version, "1.0.1");
  ASSERT_EQ(bench.records.size(), 2u);
  EXPECT_EQ(bench.records[1]->ids, (std::vector<std::string>{"p10", "p11"}));
  EXPECT_EQ(bench.runtime->accounting.repeated(), 2u);
}

TEST(Predictor, trap_30_remembered_answers_are_bounded) {
  RecentAnswers answers(100);
  const std::vector<float> outputs{1};
  for (int i = 0; i < 1000; ++i) answers.remember(fmt::format("a{}", i), "1.0.0", "aa", Arm::champion, outputs);
  EXPECT_FALSE(answers.find("a899"));
  ASSERT_TRUE(answers.find("a900"));
  EXPECT_EQ(answers.find("a999")->version, "1.0.0");
}

TEST(Predictor, trap_30_a_full_shadow_queue_drops_copies_and_answers_do_not_wait) {
  Bench bench;
  bench.challenger->delay = std::chrono::milliseconds(100);
  bench.install(bench.with_challenger(0));
  Predictor predictor(bench.router, bench.sink(), {.modelled_latency_us = {}, .shadow_rows = 4, .answering = {}});
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < 20; ++i) ASSERT_TRUE(predictor.predict("m", batch_of(i, 1)));
  // Waiting for the copies would take two seconds.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(1500));
  predictor.drain();
  EXPECT_EQ(predictor.shadow().rows_done, 4u);
  EXPECT_EQ(predictor.shadow().rows_dropped, 16u);
  EXPECT_EQ(bench.records.size(), 20u);  // every answer is logged all the same
}

TEST(Predictor, scoring_with_a_named_version_leaves_no_trace) {
  Bench bench;
  bench.install(bench.with_challenger(0));
  Predictor predictor(bench.router, bench.sink());
  const auto answer = predictor.predict_with("m", "1.0.1", batch_of(0, 2));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->outputs.values, (std::vector<float>{1001, 1002}));
  EXPECT_EQ(predictor.predict_with("m", "9.9.9", batch_of(0, 1)).error().code, ErrorCode::not_found);
  EXPECT_TRUE(bench.records.empty());
  EXPECT_EQ(bench.runtime->accounting.total(Arm::challenger).requests, 0u);
}

TEST(Predictor, no_request_fails_while_tables_change) {
  Bench bench;
  bench.install(bench.route());
  Predictor predictor(bench.router, bench.sink());
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> served{0};
  std::vector<std::thread> clients;
  for (int t = 0; t < 3; ++t)
    clients.emplace_back([&, t] {
      for (std::size_t i = 0; !stop; ++i) {
        const auto answer = predictor.predict("m", batch_of(i, 1, 2, fmt::format("t{}-", t)));
        ASSERT_TRUE(answer);
        const bool challenger = answer->answerers[answer->answered_by[0]].arm == Arm::challenger;
        EXPECT_EQ(answer->outputs.values[0], static_cast<float>(i) + 1 + (challenger ? 1000 : 0));
        ++served;
      }
    });
  for (int i = 0; i < 200; ++i) {
    bench.install(i % 2 == 0 ? bench.with_challenger(0.5) : bench.route());
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  stop = true;
  for (auto& client : clients) client.join();
  predictor.drain();
  EXPECT_EQ(bench.records.size(), served);
}

TEST(Accounting, trap_31_counts_of_an_earlier_phase_are_not_counted_again) {
  Accounting accounting;
  accounting.add(Arm::challenger, 1, {10, 2, 0, 0, 100});
  accounting.add(Arm::challenger, 2, {5, 0, 0, 0, 200});
  accounting.add(Arm::challenger, 1, {7, 7, 0, 0, 900});  // was in flight when the phase changed
  EXPECT_EQ(accounting.phase(Arm::challenger, 2).requests, 5u);
  EXPECT_EQ(accounting.phase(Arm::challenger, 2).errors, 0u);
  EXPECT_EQ(accounting.phase(Arm::challenger, 1).requests, 0u);
  EXPECT_EQ(accounting.total(Arm::challenger).requests, 22u);
  EXPECT_EQ(accounting.total(Arm::challenger).latency_us.count(), 3u);
  EXPECT_EQ(accounting.phase(Arm::champion, 2).requests, 0u);
}

TEST(Accounting, latency_is_the_modelled_one_where_time_is_virtual) {
  Bench bench;
  bench.install(bench.with_challenger(0.5));
  Predictor predictor(
      bench.router, bench.sink(),
      {.evidence_inline = true,
       .modelled_latency_us = [](const Servable& s, std::size_t) { return s.version == "1.0.1" ? 300'000.0 : 1000.0; },
       .answering = {}});
  for (std::size_t i = 0; i < 100; ++i) ASSERT_TRUE(predictor.predict("m", batch_of(i, 1)));
  EXPECT_NEAR(bench.runtime->accounting.phase(Arm::challenger, 1).latency_us.quantile(0.99), 300'000, 6000);
  EXPECT_NEAR(bench.runtime->accounting.phase(Arm::champion, 1).latency_us.quantile(0.99), 1000, 20);
}

TEST(Probe, asks_recent_rows_and_confirms_the_version_that_answers) {
  Bench bench;
  bench.install(bench.with_challenger(0.5));
  Predictor predictor(bench.router, bench.sink());
  EXPECT_TRUE(confirm(bench.router, "m", "1.0.0").synthetic);  // no traffic yet, and a missing value gives no number
  ASSERT_TRUE(predictor.predict("m", batch_of(0, 3)));
  const auto still = confirm(bench.router, "m", "1.0.0");
  EXPECT_FALSE(still.ok());
  EXPECT_NE(still.problem.find("1.0.1"), std::string::npos);
  bench.install(bench.route());
  const auto good = confirm(bench.router, "m", "1.0.0");
  EXPECT_TRUE(good.ok()) << good.problem;
  EXPECT_EQ(good.epoch, bench.epoch);
  EXPECT_FALSE(good.synthetic);
  EXPECT_FALSE(confirm(bench.router, "m", "0.9.0").ok());
  EXPECT_FALSE(confirm(bench.router, "other", "1.0.0").ok());
  bench.champion->nan_at = 2.0f;
  EXPECT_FALSE(confirm(bench.router, "m", "1.0.0").ok());
}

}  // namespace
}  // namespace perennial::serving
