// A replay that is killed and run again ends as one that was never killed.

#include <gtest/gtest.h>
#include "process/scene.hpp"

namespace perennial::process {
namespace {

constexpr std::string_view retrains_often =
    "    monitor: {every: 50rows, window: 300rows, min_rows: 100}\n"
    "    retrain:\n"
    "      window: 600rows\n"
    "      cooldown: 50rows\n"
    "      when: [{every: 250rows}, {decay: {metric: y.rmse, drop: 5%}}]\n"
    "    gates: [{metric: y.rmse, vs: champion, better_by_at_least: 0, confidence: 80%}]\n"
    "    rollout:\n"
    "      shadow: 20rows\n"
    "      canary: {steps: [{weight: 20%, bake: 30rows}], min_samples: 20, max_regression: 5%}\n"
    "      watch: 60rows\n"
    "      deadline: 400rows\n";

/// The report without the times that a clock measured.
Json comparable(const Path& report) {
  Json json = Json::parse(read_text(report), nullptr, false);
  if (!json.is_object()) return json;
  for (const char* measured : {"wall_s", "train_cpu_s", "train_s"}) json.erase(measured);
  return json;
}

TEST(KillReplay, ends_with_the_same_journal_and_report_as_one_never_killed) {
  const std::uint64_t kills = number_from_environment("PERENNIAL_KILLS", 10);
  const std::uint64_t seed = number_from_environment("PERENNIAL_SEED", std::random_device{}());
  fmt::print("seed {} (PERENNIAL_SEED), {} kills (PERENNIAL_KILLS)\n", seed, kills);
  const Folder folder;
  write_text(folder / "rows.csv", regression_csv(3000, 1400, 7));
  write_text(folder / "config.yaml", config_text((folder / "rows.csv").string(), std::string(retrains_often)));
  const auto arguments = [&](const std::string& name) {
    return std::vector<std::string>{PERENNIAL_BIN,
                                    "replay",
                                    (folder / "config.yaml").string(),
                                    "--data-dir",
                                    (folder / name).string(),
                                    "--report",
                                    (folder / (name + ".json")).string()};
  };
  const auto begun = std::chrono::steady_clock::now();
  const Outcome whole = run(arguments("never"), folder.path());
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  const Json expected = comparable(folder / "never.json");
  ASSERT_TRUE(expected.is_object());
  fmt::print("never killed: {:.0f} ms, {} retrains, {} promotions, digest {}\n", took.count(),
             expected.at("retrains").get<int>(), expected.at("promotions").get<int>(),
             expected.at("journal_digest").get<std::string>().substr(0, 12));
  ASSERT_GE(expected.at("retrains"), 3);

  std::mt19937_64 random(seed);
  std::uint64_t done = 0;
  int finished = 0;
  std::string name = "killed-0";
  // A run that ends before its kill is compared, and the rest of the kills goes to a new data directory.
  for (bool last = false; !last;) {
    last = done == kills;
    Child child(arguments(name), folder / "out", folder / "err");
    std::optional<int> code;
    if (last) {
      code = child.wait(Milliseconds(120000));
      ASSERT_TRUE(code.has_value()) << "the last run does not end";
    } else {
      const double at = took.count() * 1.05 * static_cast<double>(random() >> 11) / 9007199254740992.0;
      code = child.wait(Milliseconds(static_cast<int>(at)));
      if (!code) {
        child.kill_now();
        ++done;
        continue;
      }
    }
    ASSERT_EQ(*code, 0) << "after " << done << " kills: " << child.err();
    const Json got = comparable(folder / (name + ".json"));
    ASSERT_TRUE(got.is_object());
    EXPECT_EQ(got.at("journal_digest"), expected.at("journal_digest")) << "after " << done << " kills";
    EXPECT_EQ(got.dump(), expected.dump()) << "after " << done << " kills";
    const Outcome verified = run({PERENNIAL_BIN, "audit", "verify", "--config", (folder / "config.yaml").string(),
                                  "--data-dir", (folder / name).string()},
                                 folder.path());
    EXPECT_EQ(verified.exit_code, 0) << verified.err;
    ++finished;
    name = fmt::format("killed-{}", finished);
  }
  fmt::print("{} kills, {} runs ended\n", done, finished);
}

}  // namespace
}  // namespace perennial::process
