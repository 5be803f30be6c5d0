// A backtest that is interrupted ends with one sentence and leaves nothing behind.

#include <gtest/gtest.h>
#include "process/scene.hpp"

namespace perennial::process {
namespace {

/// Ours that are left in a TMPDIR; the model runtime keeps a file of its own there.
std::size_t left_in(const Path& scratch) {
  std::size_t left = 0;
  for (const auto& entry : std::filesystem::directory_iterator(scratch))
    left += entry.path().filename().string().starts_with("perennial") ? 1 : 0;
  return left;
}

TEST(InterruptedBacktest, ends_cleanly_and_goes_on_from_its_trained_models) {
  const Folder folder;
  std::filesystem::create_directories(folder / "scratch");
  write_text(folder / "rows.csv", regression_csv(3000, 1400, 7));
  write_text(
      folder / "config.yaml",
      config_text((folder / "rows.csv").string(),
                  "    monitor: {every: 50rows, window: 300rows, min_rows: 100}\n"
                  "    retrain: {window: 600rows}\n"
                  "    rollout: {shadow: 20rows, canary: {steps: [{weight: 20%, bake: 30rows}], min_samples: 20}, "
                  "watch: 60rows}\n"));
  const std::vector<std::string> arguments = {PERENNIAL_BIN,
                                              "backtest",
                                              (folder / "config.yaml").string(),
                                              "--policies",
                                              "never,scheduled:300rows,oracle",
                                              "--data-dir",
                                              (folder / "kept").string(),
                                              "--report",
                                              (folder / "report.json").string()};
  const Child::Environment scratch = {{"TMPDIR", (folder / "scratch").string()}};
  {
    Child child(arguments, folder / "out", folder / "err", scratch);
    // Not before the first models of the grid are there.
    for (int i = 0; i < 3000 && child.running(); ++i) {
      std::size_t kept = 0;
      std::error_code missing;
      for (std::filesystem::directory_iterator at(folder / "kept" / "trained", missing), end; !missing && at != end;
           ++at)
        ++kept;
      if (kept >= 2) break;
      std::this_thread::sleep_for(Milliseconds(5));
    }
    ASSERT_TRUE(child.running()) << child.err();
    child.signal(SIGTERM);
    const auto code = child.wait(Milliseconds(30000));
    ASSERT_TRUE(code.has_value()) << "it does not end";
    EXPECT_EQ(*code, 1) << child.err();
    EXPECT_NE(child.err().find("stopped"), std::string::npos) << child.err();
    EXPECT_FALSE(std::filesystem::exists(folder / "report.json"));
    EXPECT_EQ(left_in(folder / "scratch"), 0U) << "nothing is left in TMPDIR";
  }
  const Outcome again = run(arguments, folder.path(), Milliseconds(240000), scratch);
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(left_in(folder / "scratch"), 0U);
  const Json report = Json::parse(read_text(folder / "report.json"), nullptr, false);
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(report.at("policies").size(), 3U);
}

TEST(BacktestCommand, wrong_usage_is_exit_code_2_and_names_what_is_known) {
  const Folder folder;
  write_text(folder / "rows.csv", regression_csv(300, 100, 7));
  write_text(folder / "config.yaml", config_text((folder / "rows.csv").string(), ""));
  const auto backtest = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {PERENNIAL_BIN, "backtest", (folder / "config.yaml").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments, folder.path());
  };
  struct Row {
    std::vector<std::string> flags;
    const char* says;
  };
  const std::vector<Row> rows = {
      {{"--policies", "sometimes"}, "known: never"},
      {{"--policies", "scheduled:often"}, "scheduled:often"},
      {{"--retrain-cost", "-1"}, "--retrain-cost"},
      {{"--retrain-cost", "20,50", "--tune"}, "one price"},
      {{"-o", "x.yaml"}, "--tune"},
      {{"--label-delay", "soon"}, "--label-delay"},
  };
  for (const auto& row : rows) {
    const Outcome outcome = backtest(row.flags);
    EXPECT_EQ(outcome.exit_code, 2) << row.flags[1] << ": " << outcome.err;
    EXPECT_NE(outcome.err.find(row.says), std::string::npos) << outcome.err;
    EXPECT_TRUE(outcome.out.empty()) << outcome.out;
  }
}

}  // namespace
}  // namespace perennial::process
