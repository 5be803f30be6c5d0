// Predictions are logged beside the answers. What a killed server had answered and not written is counted to the row.

#include <gtest/gtest.h>

#include "feedback/prediction_log.hpp"
#include "process/scene.hpp"
#include "storage/journal.hpp"

namespace perennial::process {
namespace {

/// Rows in the prediction logs of a data directory that nobody uses.
std::uint64_t rows_logged(const Path& data) {
  std::uint64_t rows = 0;
  storage::RealFiles files;
  for (const auto& model : std::filesystem::directory_iterator(data / "feedback")) {
    const auto log = feedback::PredictionLog::open(files, model.path() / "predictions");
    if (!log) {
      ADD_FAILURE() << log.error().message();
      continue;
    }
    EXPECT_TRUE((*log)->for_each([&](feedback::PredictionRecord&& record) {
      rows += record.rows();
      return true;
    }));
  }
  return rows;
}

struct Told {
  std::uint64_t rows = 0;
  std::uint64_t lives = 0;
  bool exact = true;
};

/// All warnings of lost predictions in the journal of a data directory that nobody uses.
Told told_lost(const Path& data) {
  Told told;
  auto database = storage::Database::open(data / "perennial.db", storage::Database::Mode::read_only);
  EXPECT_TRUE(database);
  if (!database) return told;
  auto journal = storage::Journal::open(*database);
  EXPECT_TRUE(journal);
  if (!journal) return told;
  EXPECT_TRUE(journal->read(0, [&](const Event& event) -> Status {
    if (event.type != event_type::warning_raised || !event.body.contains("exact")) return {};
    ++told.lives;
    told.rows += event.body.at("rows").get<std::uint64_t>();
    told.exact = told.exact && event.body.at("exact").get<bool>();
    return {};
  }));
  return told;
}

TEST(LostPredictions, a_killed_server_says_how_many_answers_it_did_not_log) {
  const Folder folder;
  write_text(folder / "rows.csv", regression_csv(400, 400, 3));
  write_text(folder / "config.yaml", config_text((folder / "rows.csv").string(), by_hand));
  std::uint64_t acknowledged = 0;
  std::mt19937_64 random(7);
  constexpr int kills = 5;
  for (int life = 0; life <= kills; ++life) {
    Server server(folder / "config.yaml", folder / "data", folder / "log");
    ASSERT_TRUE(server.listening() && server.wait_ready()) << server.log();
    Connection connection(server.port());
    if (life == kills) {
      server.child().signal(SIGTERM);
      ASSERT_EQ(server.child().wait(Milliseconds(20000)), 0) << server.log();
      break;
    }
    const std::uint64_t calls = 20 + random() % 30;
    for (std::uint64_t call = 0; call < calls; ++call) {
      Json instances = Json::array();
      for (int i = 0; i < 4; ++i) instances.push_back(instance(0.1, 0.2, 0.3, fmt::format("{}-{}-{}", life, call, i)));
      ASSERT_EQ(connection.post(model_path + "/predict", {{"instances", instances}}).status, 200);
      acknowledged += 4;
    }
    server.child().kill_now();
  }
  const Told told = told_lost(folder / "data");
  EXPECT_EQ(rows_logged(folder / "data") + told.rows, acknowledged);
  EXPECT_TRUE(told.exact);
  EXPECT_GT(told.lives, 0u) << "no kill came between an answer and its commit: this test has shown nothing";
  fmt::print("{} answered, {} of them lost and told, in {} of {} lives\n", acknowledged, told.rows, told.lives, kills);
}

TEST(LostPredictions, an_orderly_end_loses_nothing) {
  const Folder folder;
  write_text(folder / "rows.csv", regression_csv(400, 400, 3));
  write_text(folder / "config.yaml", config_text((folder / "rows.csv").string(), by_hand));
  for (int life = 0; life < 2; ++life) {
    Server server(folder / "config.yaml", folder / "data", folder / "log");
    ASSERT_TRUE(server.listening() && server.wait_ready()) << server.log();
    Connection connection(server.port());
    for (int call = 0; call < 20; ++call)
      ASSERT_EQ(
          connection.post(model_path + "/predict", instance(0.1, 0.2, 0.3, fmt::format("{}-{}", life, call))).status,
          200);
    server.child().signal(SIGTERM);
    ASSERT_EQ(server.child().wait(Milliseconds(20000)), 0) << server.log();
  }
  EXPECT_EQ(rows_logged(folder / "data"), 40u);
  EXPECT_EQ(told_lost(folder / "data").lives, 0u);
}

}  // namespace
}  // namespace perennial::process
