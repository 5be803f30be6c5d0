#include "inference/session.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "inference/parity.hpp"
#include "inference/probe_rows.hpp"
#include "inference/random_ensemble.hpp"

namespace perennial::inference {
namespace {

using namespace inference::testing;

const Target rul{"rul", Task::regression, {}};
const Target fails{"fails", Task::binary, {"no", "yes"}};
const Target health{"health", Task::multiclass, {"bad", "fair", "good"}};

std::shared_ptr<const Session> load(const GraphParts& parts) {
  const auto bytes = build_graph(parts);
  EXPECT_TRUE(bytes.has_value()) << (bytes ? "" : bytes.error().message());
  if (!bytes) return nullptr;
  auto session = Session::load(*bytes);
  EXPECT_TRUE(session.has_value()) << (session ? "" : session.error().message());
  return session ? *session : nullptr;
}

TEST(Session, the_library_is_recent_and_answers_the_self_test) {
  const auto version = runtime_version();
  ASSERT_TRUE(version.has_value()) << version.error().message();
  EXPECT_GE(std::stoi(version->substr(2)), 17);
}

struct ParityCase {
  const char* what;
  std::vector<Target> targets;
  std::size_t numeric;
  std::size_t text;
};

TEST(Session, answers_like_the_ensemble_on_real_and_on_nasty_rows) {
  const std::vector<ParityCase> cases = {
      {"one regression, numbers only", {rul}, 6, 0}, {"one binary head", {fails}, 4, 0},
      {"one multi-class head", {health}, 5, 0},      {"three heads at once", {rul, fails, health}, 7, 0},
      {"numbers and texts", {rul, health}, 3, 2},    {"texts only", {fails}, 0, 2},
      {"a single text column", {rul}, 0, 1},         {"a single number", {rul}, 1, 0},
  };
  std::uint64_t seed = 1;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    const auto parts = random_parts(c.targets, c.numeric, c.text, ++seed);
    Rng rng(seed);
    const auto rows = random_rows(300, c.numeric + c.text, c.text, rng);
    const auto probe = probe_rows(parts.signature, parts.encodings, parts.ensembles, rows, 7);
    const auto session = load(parts);
    ASSERT_NE(session, nullptr);
    const auto out = session->run(probe.batch);
    ASSERT_TRUE(out.has_value()) << out.error().message();
    const auto report = compare(reference(parts, probe.matrix), *out, probe.kinds);
    ASSERT_TRUE(report.has_value()) << report.error().message();
    EXPECT_TRUE(report->passed) << to_json(*report).dump();
    EXPECT_GT(report->rows_by_kind.at("split"), 0U);
  }
}

TEST(Session, an_answer_does_not_depend_on_the_batch_it_is_in) {
  const auto parts = random_parts({rul, fails, health}, 5, 0, 11);
  const auto session = load(parts);
  ASSERT_NE(session, nullptr);
  Rng rng(3);
  const auto rows = random_rows(500, 5, 0, rng);
  const auto together = session->run(numeric_batch(rows, 5));
  ASSERT_TRUE(together.has_value());
  for (std::size_t row = 0; row < 500; row += 7) {
    const auto alone = session->run(numeric_batch(
        {rows.begin() + static_cast<std::ptrdiff_t>(5 * row), rows.begin() + static_cast<std::ptrdiff_t>(5 * row + 5)},
        5));
    ASSERT_TRUE(alone.has_value());
    for (std::size_t i = 0; i < together->width; ++i)
      ASSERT_EQ(alone->values[i], together->values[row * together->width + i]);
  }
}

TEST(Session, several_threads_get_the_same_answers) {
  const auto parts = random_parts({rul, health}, 4, 2, 5);
  const auto session = load(parts);
  ASSERT_NE(session, nullptr);
  Rng rng(3);
  const auto probe = probe_rows(parts.signature, parts.encodings, parts.ensembles, random_rows(50, 6, 2, rng), 1);
  const auto expected = session->run(probe.batch);
  ASSERT_TRUE(expected.has_value());
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (auto& count : wrong)
    threads.emplace_back([&] {
      Outputs out;
      for (int i = 0; i < 20; ++i)
        if (!session->run(probe.batch, out) || out.values != expected->values) ++count;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST(Session, keeps_what_the_version_needs_in_its_one_file) {
  auto parts = random_parts({rul}, 2, 1, 5);
  parts.metadata = {{"feature_plan", {{"derive", {1, 2}}}}};
  const auto session = load(parts);
  ASSERT_NE(session, nullptr);
  EXPECT_EQ(session->signature(), parts.signature);
  EXPECT_EQ(session->metadata(), parts.metadata);
  EXPECT_EQ(session->encodings(), parts.encodings);
  EXPECT_EQ(session->digest().size(), 64U);
}

TEST(Session, no_rows_give_no_answers) {
  const auto session = load(random_parts({rul}, 2, 1, 5));
  ASSERT_NE(session, nullptr);
  features::InputBatch batch;
  batch.numeric_count = 2;
  batch.text_count = 1;
  const auto out = session->run(batch);
  ASSERT_TRUE(out.has_value());
  EXPECT_EQ(out->rows, 0U);
  EXPECT_TRUE(out->values.empty());
}

TEST(Session, rows_of_another_width_are_refused_with_both_widths) {
  const auto session = load(random_parts({rul}, 3, 0, 5));
  ASSERT_NE(session, nullptr);
  const auto out = session->run(numeric_batch({1, 2}, 2));
  ASSERT_FALSE(out.has_value());
  EXPECT_EQ(out.error().code, ErrorCode::invalid);
  EXPECT_NE(out.error().what.find("2 numeric"), std::string::npos);
  EXPECT_NE(out.error().what.find("takes 3"), std::string::npos);
}

TEST(Session, names_that_meet_in_one_graph_do_not_mix) {
  auto parts =
      random_parts({{"features", Task::regression, {}}}, 2, 0, 9);  // the target is called like the input tensor
  ASSERT_NE(load(parts), nullptr);
  parts = random_parts({{"x0", Task::binary, {"a", "b"}}}, 1, 1, 9);  // the target is called like an input column
  ASSERT_NE(load(parts), nullptr);
}

TEST(Session, damaged_bytes_are_an_error_and_never_a_crash) {
  const auto bytes = *build_graph(random_parts({rul, health}, 3, 1, 5));
  EXPECT_EQ(Session::load("").error().code, ErrorCode::corrupt);
  EXPECT_EQ(Session::load("not a model").error().code, ErrorCode::corrupt);
  for (const std::size_t length : {bytes.size() / 4, bytes.size() / 2, bytes.size() - 1})
    EXPECT_FALSE(Session::load(std::string_view(bytes).substr(0, length)).has_value()) << length;
  Rng rng(4);
  features::InputBatch batch;
  batch.rows = 1;
  batch.numeric_count = 3;
  batch.text_count = 1;
  batch.numbers = {0, 1, 2};
  batch.texts = {"a"};
  for (int i = 0; i < 300; ++i) {
    auto damaged = bytes;
    damaged[rng.below(damaged.size())] = static_cast<char>(rng.next());
    if (const auto session = Session::load(damaged)) static_cast<void>((*session)->run(batch));
  }
}

TEST(Session, a_graph_of_another_maker_is_refused) {
  auto bytes = *build_graph(random_parts({rul}, 3, 0, 5));
  const auto at = bytes.find("perennial");
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, 9, "somebody!");
  const auto session = Session::load(bytes);
  ASSERT_FALSE(session.has_value());
  EXPECT_EQ(session.error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace perennial::inference
