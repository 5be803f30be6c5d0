#include "inference/child_scorer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <thread>

#include "inference/faulty_graph.hpp"
#include "inference/graph.hpp"
#include "inference/random_ensemble.hpp"
#include "inference/session.hpp"

namespace perennial::inference {
namespace child_scorer_tests {

using std::chrono::milliseconds;
using testing::Fault;
using testing::FaultyGraph;
using Watch = std::chrono::steady_clock;

// A sanitizer catches the signal, reports, and ends the process itself.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr const char* says_of_a_crash = "exit code";
#else
constexpr const char* says_of_a_crash = "signal";
#endif

Signature three_numbers() {
  Signature signature;
  signature.inputs = {{"a", ColumnKind::numeric}, {"b", ColumnKind::numeric}, {"c", ColumnKind::numeric}};
  signature.request = signature.inputs;
  signature.targets = {{"y", Task::regression, {}}};
  return signature;
}

features::InputBatch row(float a, float b, float c) { return {1, 3, 0, {a, b, c}, {}}; }
const features::InputBatch good = row(1, 0.5F, 0);
const features::InputBatch bad = row(1, 0.5F, 2);

ChildScorerOptions options() {
  ChildScorerOptions made;
  made.executable = PERENNIAL_SCORER;
  return made;
}

std::shared_ptr<const ChildScorer> scorer(const std::string& graph, ChildScorerOptions with = options()) {
  return ChildScorer::start(graph, three_numbers(), std::move(with));
}

double answer_of(const Scorer& one, const features::InputBatch& batch) {
  const auto out = one.run(batch);
  EXPECT_TRUE(out.has_value()) << out.error().message();
  return out ? static_cast<double>(out->values.at(0)) : -1;
}

bool comes_back(const ChildScorer& one, milliseconds limit = milliseconds(20000)) {
  for (const auto until = Watch::now() + limit; Watch::now() < until; std::this_thread::sleep_for(milliseconds(10)))
    if (one.readiness() == Readiness::ready) return true;
  return false;
}

TEST(ChildScorer, answers_as_the_graph_does) {
  const auto one = scorer(FaultyGraph::make(Fault::none));
  const auto loaded = one->wait_until_loaded();
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message();
  EXPECT_NEAR(answer_of(*one, good), 3 - 1 + 0.05, 1e-6);
  const auto many = one->run({3, 3, 0, {1, 0, 0, 0, 1, 0, 0, 0, 0}, {}});
  ASSERT_TRUE(many.has_value());
  EXPECT_EQ(many->rows, 3U);
  EXPECT_NEAR(static_cast<double>(many->values[1]), -1.95, 1e-6);
  EXPECT_EQ(one->run({1, 2, 0, {1, 2}, {}}).error().code, ErrorCode::invalid);
}

TEST(ChildScorer, a_call_before_the_graph_is_loaded_waits_for_it) {
  const auto one = scorer(FaultyGraph::make(Fault::none));
  EXPECT_NEAR(answer_of(*one, good), 2.05, 1e-6);
}

TEST(ChildScorer, texts_numbers_and_several_targets_are_answered_as_in_this_process) {
  const Target rul{"rul", Task::regression, {}};
  const Target health{"health", Task::multiclass, {"bad", "fair", "good"}};
  const auto parts = testing::random_parts({rul, health}, 3, 2, 7);
  const auto bytes = *build_graph(parts);
  const auto here = *Session::load(bytes);
  const auto there = ChildScorer::start(bytes, here->signature(), options());
  features::InputBatch batch{3, 3, 2, {0, 1, 2, 3, 4, 5, 6, 7, 8}, {"a", "", "t1", "t2", "a \"quoted\" one", "t0"}};
  const auto expected = here->run(batch);
  const auto answers = there->run(batch);
  ASSERT_TRUE(expected.has_value());
  ASSERT_TRUE(answers.has_value()) << answers.error().message();
  EXPECT_EQ(answers->values, expected->values);
}

TEST(ChildScorer, an_error_of_the_graph_is_an_error_of_that_call) {
  const auto one = scorer(FaultyGraph::make(Fault::error));
  EXPECT_NEAR(answer_of(*one, good), 2.05, 1e-6);
  EXPECT_FALSE(one->run(bad).has_value());
  EXPECT_NEAR(answer_of(*one, good), 2.05, 1e-6);
  EXPECT_EQ(one->starts(), 1U) << "the process lives on";
}

TEST(ChildScorer, what_is_not_a_number_is_given_as_it_is) {
  const auto one = scorer(FaultyGraph::make(Fault::not_a_number));
  const auto out = one->run(bad);
  ASSERT_TRUE(out.has_value()) << out.error().message();
  EXPECT_TRUE(std::isnan(out->values.at(0)));
}

TEST(ChildScorer, a_crash_is_an_error_of_that_call_and_a_new_process_answers_the_next) {
  const auto one = scorer(FaultyGraph::make(Fault::crash));
  EXPECT_NEAR(answer_of(*one, good), 2.05, 1e-6);
  const auto out = one->run(bad);
  ASSERT_FALSE(out.has_value());
  EXPECT_NE(out.error().what.find(says_of_a_crash), std::string::npos) << out.error().message();
  EXPECT_FALSE(one->problem().empty());
  const auto at_once = Watch::now();
  EXPECT_FALSE(one->run(good).has_value()) << "no caller waits for a restart";
  EXPECT_LT(Watch::now() - at_once, milliseconds(50));
  ASSERT_TRUE(comes_back(*one)) << one->problem();
  EXPECT_NEAR(answer_of(*one, good), 2.05, 1e-6);
  EXPECT_EQ(one->starts(), 2U);
}

TEST(ChildScorer, restarts_are_further_and_further_apart) {
  auto with = options();
  with.first_backoff = milliseconds(50);
  const auto one = scorer(FaultyGraph::make(Fault::crash), with);
  const auto begun = Watch::now();
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(comes_back(*one));
    EXPECT_FALSE(one->run(bad).has_value());
  }
  EXPECT_GE(Watch::now() - begun, milliseconds(50 + 100 + 200));
}

TEST(ChildScorer, a_loop_without_end_is_ended_at_its_limit) {
  auto with = options();
  with.call_limit = milliseconds(300);
  const auto one = scorer(FaultyGraph::make(Fault::slow, 1'000'000'000), with);
  ASSERT_TRUE(one->wait_until_loaded().has_value());
  EXPECT_NEAR(answer_of(*one, good), 2.05, 1e-6);
  const auto begun = Watch::now();
  const auto out = one->run(bad);
  const auto took = Watch::now() - begun;
  ASSERT_FALSE(out.has_value());
  EXPECT_EQ(out.error().code, ErrorCode::timeout) << out.error().message();
  EXPECT_GE(took, milliseconds(300));
  EXPECT_LT(took, milliseconds(2000));
  EXPECT_TRUE(comes_back(*one));
}

TEST(ChildScorer, two_gigabytes_are_refused_to_the_child_and_not_taken_from_the_server) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the child's memory is not limited under a sanitizer";
#endif
  const auto one = scorer(FaultyGraph::make(Fault::memory));
  EXPECT_NEAR(answer_of(*one, good), 2.05, 1e-6);
  EXPECT_FALSE(one->run(bad).has_value());
  ASSERT_TRUE(comes_back(*one));
  EXPECT_NEAR(answer_of(*one, good), 2.05, 1e-6);
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  EXPECT_LT(usage.ru_maxrss, 1L << 20) << "KiB, the most that this process ever had";
}

TEST(ChildScorer, what_cannot_be_loaded_says_why) {
  struct Case {
    const char* what;
    std::string graph;
    const char* says;
  };
  const auto whole = FaultyGraph::make(Fault::none);
  const std::vector<Case> cases = {
      {"no bytes", "", "bytes"},
      {"a truncated file", whole.substr(0, whole.size() / 2), "truncated"},
      {"another program's file", "PK\3\4 no graph", "no ONNX model"},
      {"a crash", FaultyGraph::make(Fault::crash_at_load), says_of_a_crash},
  };
  for (const auto& c : cases) {
    const auto one = scorer(c.graph);
    const auto loaded = one->wait_until_loaded();
    ASSERT_FALSE(loaded.has_value()) << c.what;
    fmt::print("{}: {}\n", c.what, loaded.error().message());
    EXPECT_NE(loaded.error().message().find(c.says), std::string::npos) << c.what << ": " << loaded.error().message();
    EXPECT_EQ(one->readiness(), Readiness::failed);
    EXPECT_FALSE(one->run(good).has_value());
  }
}

TEST(ChildScorer, a_graph_for_another_model_is_refused_with_what_it_has) {
  Signature four = three_numbers();
  four.inputs.push_back({"d", ColumnKind::numeric});
  const auto one = ChildScorer::start(FaultyGraph::make(Fault::none), four, options());
  const auto loaded = one->wait_until_loaded();
  ASSERT_FALSE(loaded.has_value());
  EXPECT_NE(loaded.error().what.find("[n, 3]"), std::string::npos) << loaded.error().message();
  EXPECT_NE(loaded.error().what.find("[n, 4]"), std::string::npos) << loaded.error().message();
}

TEST(ChildScorer, a_program_that_is_not_there_is_an_error) {
  auto with = options();
  with.executable = "/nowhere/perennial-scorer";
  const auto one = scorer(FaultyGraph::make(Fault::none), with);
  EXPECT_FALSE(one->wait_until_loaded().has_value());
  EXPECT_NE(one->problem().find("/nowhere"), std::string::npos) << one->problem();
}

TEST(ChildScorer, callers_at_once_all_get_their_own_answers) {
  const auto one = scorer(FaultyGraph::make(Fault::none));
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const auto a = static_cast<float>(i) + 0.25F * static_cast<float>(t);
        const auto out = one->run(row(a, 0, 0));
        if (!out || std::abs(out->values[0] - (3 * a + 0.05F)) > 1e-3F) ++wrong[t];
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

double cpu_us(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/// Not a test of speed: it prints what the child costs beside the same graph in this process.
TEST(ChildScorer, what_a_call_costs_is_printed) {
  const auto bytes = FaultyGraph::make(Fault::none);
  const auto here = *Session::load_foreign(bytes, three_numbers());
  constexpr int calls = 5000;
  struct Cost {
    double wall, cpu;
  };
  const auto measure = [&](const Scorer& one) {
    const double before = cpu_us(RUSAGE_SELF);
    const auto begun = Watch::now();
    for (int i = 0; i < calls; ++i) EXPECT_TRUE(one.run(good).has_value());
    return Cost{std::chrono::duration<double, std::micro>(Watch::now() - begun).count() / calls,
                (cpu_us(RUSAGE_SELF) - before) / calls};
  };
  const Cost in_process = measure(*here);
  // A child's time is told when it has ended: that of one without calls is what starting costs.
  const double at_first = cpu_us(RUSAGE_CHILDREN);
  ASSERT_TRUE(scorer(bytes)->wait_until_loaded().has_value());
  const double start = cpu_us(RUSAGE_CHILDREN) - at_first;
  Cost in_child{};
  {
    const auto there = scorer(bytes);
    ASSERT_TRUE(there->wait_until_loaded().has_value());
    in_child = measure(*there);
  }
  const double of_child = (cpu_us(RUSAGE_CHILDREN) - at_first - 2 * start) / calls;
  fmt::print(
      "a call of one row in this process: {:.1f} us of wall time, {:.1f} us of CPU; in a child: {:.1f} us of wall "
      "time, "
      "{:.1f} us of CPU here and {:.1f} us there; its start: {:.0f} ms of CPU\n",
      in_process.wall, in_process.cpu, in_child.wall, in_child.cpu, of_child, start / 1000);
}

}  // namespace child_scorer_tests
}  // namespace perennial::inference
