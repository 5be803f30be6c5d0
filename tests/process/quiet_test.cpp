// A run leaves nothing behind but what it was asked for: no files in the home directory or among the temporary ones,
// and no library that keeps a record of its use.

#include <gtest/gtest.h>

#include "process/odd_files.hpp"

namespace perennial::process {
namespace {

std::string everything_in(const Path& folder) {
  std::string names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) names += entry.path().string() + "\n";
  return names;
}

TEST(Quiet, a_replay_leaves_nothing_in_the_home_directory_or_among_temporary_files) {
  const Folder folder;
  std::filesystem::create_directory(folder / "home");
  std::filesystem::create_directory(folder / "temporary");
  write_text(folder / "rows.csv", regression_csv(1200, 600, 5));
  const Child::Environment clean = {{"HOME", (folder / "home").string()},
                                    {"XDG_CACHE_HOME", ""},
                                    {"CI", ""},
                                    {"GITHUB_ACTIONS", ""},
                                    {"ORT_DISABLE_TELEMETRY", ""},
                                    {"TMPDIR", (folder / "temporary").string()}};
  const Milliseconds limit(120000);
  const auto init = run({PERENNIAL_BIN, "init", "--data", (folder / "rows.csv").string(), "--target", "y", "-o",
                         (folder / "p.yaml").string()},
                        folder.path(), limit, clean);
  ASSERT_EQ(init.exit_code, 0) << init.err;
  const auto replay = run({PERENNIAL_BIN, "replay", (folder / "p.yaml").string()}, folder.path(), limit, clean);
  ASSERT_EQ(replay.exit_code, 0) << replay.err;
  EXPECT_EQ(everything_in(folder / "home"), "");
  EXPECT_EQ(everything_in(folder / "temporary"), "");
}

}  // namespace
}  // namespace perennial::process
