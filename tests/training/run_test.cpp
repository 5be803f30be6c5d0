#include "training/run.hpp"
#include <fmt/format.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "inference/session.hpp"
#include "learners/catalog.hpp"
#include "learners/matrix_file.hpp"
#include "learners/trainer_files.hpp"
#include "training/labelled.hpp"

namespace perennial::training {
namespace {

using namespace training::testing;
namespace fs = std::filesystem;

class Run : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ =
        fs::temp_directory_path() /
        fmt::format("perennial-run-{}-{}", getpid(), ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(directory_);
  }
  void TearDown() override { fs::remove_all(directory_); }

  TrainingRequest request(std::size_t rows = 300) {
    TrainingRequest made;
    made.model = "m";
    made.base = make_signature();
    made.rows = make_rows(rows);
    made.config.params = *learners::check_parameters("xgboost", {{"rounds", 20}});
    made.run_id = "run";
    made.work_directory = directory_ / "work";
    made.trainer = PERENNIAL_TRAINER;
    return made;
  }
  bool has_trainer() const { return fs::exists(PERENNIAL_TRAINER); }

  fs::path script(const std::string& body) {
    const auto path = directory_ / "trainer.sh";
    std::ofstream(path) << "#!/bin/sh\n" << body << "\n";
    fs::permissions(path, fs::perms::owner_all);
    return path;
  }

  Result<RunResult> train(const TrainingRequest& wanted, RunCache* cache = nullptr,
                          const CancelFlag& cancel = nullptr) {
    return run(wanted, runner_, cache, cancel);
  }

  fs::path directory_;
  SpawnRunner runner_;
};

struct MapCache final : RunCache {
  std::map<std::string, std::string> entries;
  std::optional<std::string> get(const std::string& key) override {
    const auto found = entries.find(key);
    return found == entries.end() ? std::nullopt : std::optional(found->second);
  }
  void put(const std::string& key, const std::string& bytes) override { entries[key] = bytes; }
};

#define NEEDS_TRAINER() \
  if (!has_trainer()) FAIL() << "perennial-trainer is not built"

TEST_F(Run, trains_and_judges_challenger_and_champion_on_the_same_rows) {
  NEEDS_TRAINER();
  const auto first = train(request());
  ASSERT_TRUE(first.has_value()) << first.error().message();
  EXPECT_EQ(first->artifact_digest.size(), 64U);
  EXPECT_TRUE(first->parity.passed);
  EXPECT_EQ(first->holdout.inputs.rows, 60U);
  EXPECT_EQ(first->challenger_outputs.rows, 60U);
  EXPECT_LT(first->metrics.at("y.rmse"), 8);
  EXPECT_GT(first->metrics.at("ok.accuracy"), 0.8);
  EXPECT_TRUE(first->champion_metrics.empty());
  EXPECT_FALSE(fs::exists(directory_ / "work")) << "the work directory is removed";

  auto second = request(600);
  second.champion = *inference::Session::load(first->onnx);
  second.champion_train_to = first->split.learned_to();
  const auto run2 = train(second);
  ASSERT_TRUE(run2.has_value()) << run2.error().message();
  EXPECT_EQ(run2->champion_outputs.rows, run2->challenger_outputs.rows);
  EXPECT_TRUE(run2->champion_metrics.contains("y.rmse"));
  EXPECT_TRUE(run2->split.holdout_unseen_by_champion);
  EXPECT_GT(run2->split.holdout_from, first->split.learned_to());
  EXPECT_NE(run2->data_digest, first->data_digest);
  EXPECT_EQ(run2->config_hash, first->config_hash);
}

TEST_F(Run, the_same_request_gives_the_same_bytes) {
  NEEDS_TRAINER();
  const auto a = train(request());
  auto other_id = request();
  other_id.run_id = "another";
  const auto b = train(other_id);
  ASSERT_TRUE(a.has_value());
  ASSERT_TRUE(b.has_value());
  EXPECT_EQ(a->onnx, b->onnx);
  EXPECT_EQ(a->metrics, b->metrics);
}

TEST_F(Run, a_remembered_run_is_not_trained_again) {
  NEEDS_TRAINER();
  MapCache cache;
  const auto first = train(request(), &cache);
  ASSERT_TRUE(first.has_value());
  auto again = request();
  again.trainer = script("exit 9");
  const auto second = train(again, &cache);
  ASSERT_TRUE(second.has_value()) << second.error().message();
  EXPECT_TRUE(second->from_cache);
  EXPECT_EQ(second->onnx, first->onnx);
  EXPECT_EQ(second->metrics, first->metrics);
  EXPECT_GT(first->train_cpu.count(), 0);
  EXPECT_EQ(second->train_cpu, first->train_cpu) << "what the model cost is remembered with it";
  for (auto& [key, bytes] : cache.entries) bytes[bytes.size() / 2] ^= 0x20;  // a damaged memory is not believed
  EXPECT_FALSE(train(again, &cache).has_value());
  again.seed = 7;
  EXPECT_FALSE(train(again, &cache).has_value()) << "another seed is another training";
}

TEST_F(Run, trap_13_the_trainer_never_sees_the_holdout) {
  auto wanted = request();
  const auto copy = directory_ / "seen.bin";
  wanted.trainer = script("cp \"$1/matrix.bin\" " + copy.string() + "; exit 1");
  EXPECT_FALSE(train(wanted).has_value());
  std::ifstream in(copy, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  const auto matrix = learners::decode_matrix(bytes);
  ASSERT_TRUE(matrix.has_value());
  EXPECT_EQ(matrix->rows, 240U);
  for (std::size_t row = 0; row < 240; ++row) EXPECT_EQ(matrix->truth[2 * row], wanted.rows.truth[0][row]);
}

TEST_F(Run, trap_13_changed_holdout_rows_do_not_change_the_model) {
  NEEDS_TRAINER();
  const auto first = train(request());
  auto changed = request();
  for (std::size_t row = 240; row < 300; ++row) changed.rows.truth[0][row] += 1000;
  const auto second = train(changed);
  ASSERT_TRUE(first.has_value());
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(first->onnx, second->onnx);
  EXPECT_NE(first->holdout_digest, second->holdout_digest);
}

TEST_F(Run, a_trainer_that_breaks_is_a_clear_error) {
  struct Case {
    const char* script;
    ErrorCode code;
    const char* expected;
  };
  const std::vector<Case> cases = {
      {"exit 0", ErrorCode::corrupt, "did not write"},
      {"echo oh no >&2; exit 4", ErrorCode::io, "oh no"},
      {"kill -SEGV $$", ErrorCode::io, "signal 11"},
      {"exit 77", ErrorCode::io, "out of memory"},
      {"echo '{}' > $1/result.json; echo x > $1/model.onnx", ErrorCode::corrupt, "result"},
      {"sleep 30", ErrorCode::timeout, "time limit"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.script);
    auto wanted = request();
    wanted.trainer = script(c.script);
    wanted.config.limit = std::chrono::milliseconds(1500);
    const auto result = train(wanted);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, c.code) << result.error().message();
    EXPECT_NE(result.error().message().find(c.expected), std::string::npos) << result.error().message();
    EXPECT_FALSE(fs::exists(directory_ / "work"));
  }
}

TEST_F(Run, an_artifact_without_a_passed_parity_gate_is_refused) {
  learners::TrainerResult result;
  result.parity = inference::ParityReport{};
  std::ofstream(directory_ / "result.json") << learners::to_json(result).dump();
  auto wanted = request();
  wanted.trainer = script("cp " + (directory_ / "result.json").string() + " $1/result.json; echo x > $1/model.onnx");
  const auto made = train(wanted);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, ErrorCode::conflict);
}

TEST_F(Run, too_few_rows_say_how_many_are_needed) {
  const auto result = train(request(29));
  ASSERT_FALSE(result.has_value());
  EXPECT_NE(result.error().message().find("min_rows is 30"), std::string::npos);
}

TEST_F(Run, a_cancelled_run_ends_at_once) {
  auto wanted = request();
  wanted.trainer = script("sleep 30");
  const auto cancel = make_cancel_flag();
  cancel->store(true);
  EXPECT_EQ(train(wanted, nullptr, cancel).error().code, ErrorCode::cancelled);
}

TEST_F(Run, a_digest_sees_values_and_texts_but_not_codes) {
  auto a = make_rows(50);
  auto b = a;
  auto renumbered = std::make_shared<Dictionary>();
  renumbered->code_of("unused");
  for (std::size_t row = 0; row < 50; ++row)
    b.inputs.columns[2].codes[row] = renumbered->code_of(a.inputs.columns[2].text(row));
  b.inputs.columns[2].dictionary = renumbered;
  const auto base = make_signature();
  EXPECT_EQ(data_digest(a, base), data_digest(b, base));
  b.inputs.columns[1].numbers[7] = std::nextafter(b.inputs.columns[1].numbers[7], 100);
  EXPECT_NE(data_digest(a, base), data_digest(b, base));
  b = a;
  b.truth[1][3] = 1 - b.truth[1][3];
  EXPECT_NE(data_digest(a, base), data_digest(b, base));
}

}  // namespace
}  // namespace perennial::training
