// Files that nothing can be learned from: one sentence, exit code 1, and nothing written.

#include <gtest/gtest.h>

#include <algorithm>

#include "process/odd_files.hpp"

namespace perennial::process {
namespace {

using Strings = std::vector<std::string>;
using R = const OddRow&;

std::size_t line_count(const std::string& text) { return static_cast<std::size_t>(std::ranges::count(text, '\n')); }

TEST(OddFiles, what_cannot_be_used_is_one_sentence_and_leaves_no_config) {
  struct Row {
    std::string what, bytes, says;
    Strings more{};
  };
  const auto csv = [](const std::string& header, const auto& line) { return odd_csv(header, line, 300); };
  const std::vector<Row> rows = {
      {"a header only", "a,b,y\n", "has no rows"},
      {"three rows", "a,b,y\n1,2,3\n2,3,4\n3,4,5\n", "3 rows are too few"},
      {"a single class", csv("a,y", [](R r) { return r.text(r.a) + ",yes"; }), "is always 'yes'"},
      {"a target of names", csv("a,y", [](R r) { return fmt::format("{:.5f},n{}", r.a, r.number); }),
       "300 different texts"},
      {"a target without values", csv("a,y", [](R r) { return r.text(r.a) + ","; }), "has no values"},
      {"two columns of one name", csv("a,a,y", [](R r) { return fmt::format("1,2,{:.5f}", r.y); }), "occurs twice"},
      {"a column in the middle without a name", csv("a,,y", [](R r) { return fmt::format("1,2,{:.5f}", r.y); }),
       "column 2 has no name"},
      {"a row that is too short", csv("a,b,y", [](R r) { return r.number == 200 ? "1,2" : "1,2,3"; }), "Line: 202"},
      {"times that are missing",
       csv("t,a,y", [](R r) { return fmt::format("{},{:.5f},{:.5f}", r.number == 9 ? "" : r.hour(), r.a, r.y); }),
       "the time column 't' has 1 missing values",
       {"--timestamp", "t"}},
      {"one time for all rows",
       csv("t,a,y", [](R r) { return fmt::format("2024-01-01,{:.5f},{:.5f}", r.a, r.y); }),
       "is the same in every row",
       {"--timestamp", "t"}},
      {"nothing to learn from", csv("k,y", [](R r) { return "1," + r.text(r.y); }), "no column is left"},
  };
  const Folder folder;
  for (const auto& row : rows) {
    SCOPED_TRACE(row.what);
    write_text(folder / "odd.csv", row.bytes);
    const Taken taken = take(folder, "odd.csv", "y", row.more);
    EXPECT_EQ(taken.init.exit_code, 1) << taken.init.err;
    EXPECT_EQ(line_count(taken.init.err), 1u) << taken.init.err;
    EXPECT_TRUE(taken.init.err.starts_with("perennial: ")) << taken.init.err;
    EXPECT_NE(taken.init.err.find("odd.csv"), std::string::npos) << "the file is not named: " << taken.init.err;
    EXPECT_NE(taken.init.err.find(row.says), std::string::npos) << taken.init.err;
    EXPECT_FALSE(std::filesystem::exists(folder / "taken.yaml")) << "a config of no use was left behind";
  }
  // A config that is there already is not harmed by a file that cannot be used.
  write_text(folder / "kept.yaml", "mine\n");
  write_text(folder / "odd.csv", "a,b,y\n");
  EXPECT_EQ(run({PERENNIAL_BIN, "init", "--data", (folder / "odd.csv").string(), "--target", "y", "-o",
                 (folder / "kept.yaml").string()},
                folder.path())
                .exit_code,
            1);
  EXPECT_EQ(read_text(folder / "kept.yaml"), "mine\n");

  // Enough to train on, too few for a replay, which is what a config is written for.
  write_text(folder / "odd.csv", odd_csv("a,b,y", [](R r) { return fmt::format("{},{},{}", r.a, r.b, r.y); }, 40));
  const Outcome few = run({PERENNIAL_BIN, "init", "--data", (folder / "odd.csv").string(), "--target", "y", "-o",
                           (folder / "few.yaml").string()},
                          folder.path());
  EXPECT_EQ(few.exit_code, 1) << few.err;
  EXPECT_EQ(line_count(few.err), 1u) << few.err;
  EXPECT_NE(few.err.find("40 rows are too few to learn from; at least 60"), std::string::npos) << few.err;
}

}  // namespace
}  // namespace perennial::process
