// Every program of examples/ runs as its README says. Short trainings here: the printed quality of a full run stands in
// examples/README.md.

#include <gtest/gtest.h>

#include "process/child.hpp"
#include "storage/temporary_directory.hpp"

namespace perennial::process {
namespace {

const Path source = PERENNIAL_SOURCE_DIR;
const Path engines = source / "../shared/data/cmapss";

class Turbofan : public testing::Test {
 protected:
  void SetUp() override {
    const Path build = Path(PERENNIAL_BIN).parent_path().parent_path();
    if (!std::filesystem::exists(build / "examples/turbofan")) GTEST_SKIP() << "the example is not built";
    build_ = build;
  }
  Outcome call(std::vector<std::string> flags) const {
    flags.insert(flags.begin(), (source / "examples/turbofan/run").string());
    return run(std::move(flags), folder_.path(), std::chrono::minutes(5), {{"PERENNIAL_BUILD", build_.string()}});
  }

  test::TemporaryDirectory folder_;
  Path build_;
};

/// The first number after `label`, -1 where there is none.
double number_after(const std::string& text, const std::string& label) {
  const auto at = text.find(label);
  if (at == std::string::npos) return -1;
  const auto digit = text.find_first_of("0123456789\n", at + label.size());
  return digit == std::string::npos || text[digit] == '\n' ? -1 : std::stod(text.substr(digit, 20));
}

TEST_F(Turbofan, prints_its_figures_and_answers_the_shift_from_one_fleet_to_the_next) {
  if (!std::filesystem::exists(engines)) GTEST_SKIP() << "there is no " << engines;
  const auto done = call({"--data-dir", engines.string(), "--subset", "FD001", "--rounds", "120", "--bags", "1"});
  ASSERT_EQ(done.exit_code, 0) << done.out << done.err;
  // The full run must stay below 13.0; a fifth of the rounds and of the bags comes near it.
  const double rmse = number_after(done.out, "RMSE at the last cycle");
  EXPECT_GT(rmse, 5) << done.out;
  EXPECT_LT(rmse, 15) << done.out;
  EXPECT_GT(number_after(done.out, "cycles: accuracy"), 0.8) << done.out;
  EXPECT_GT(number_after(done.out, "macro-F1"), 0.6) << done.out;
  EXPECT_NE(done.out.find("PHM08"), std::string::npos) << done.out;
  EXPECT_GT(number_after(done.out, "shift detected:"), 0) << done.out;
  EXPECT_NE(done.out.find("shift answered: version"), std::string::npos) << done.out;
  EXPECT_LT(number_after(done.out, "rul.rmse over all answered rows:"), number_after(done.out, "without a retrain"))
      << done.out;
}

TEST_F(Turbofan, reads_plain_and_gzipped_files_alike) {
  if (!std::filesystem::exists(engines)) GTEST_SKIP() << "there is no " << engines;
  const Path plain = folder_.path() / "plain";
  std::filesystem::create_directory(plain);
  for (const char* name : {"train_FD001.txt", "test_FD001.txt"}) {
    const auto unpacked = run({"/bin/gzip", "-dc", (engines / name).string() + ".gz"}, folder_.path());
    ASSERT_EQ(unpacked.exit_code, 0) << unpacked.err;
    write_text(plain / name, unpacked.out);
  }
  std::filesystem::copy_file(engines / "RUL_FD001.txt", plain / "RUL_FD001.txt");
  const auto test_lines = [&](const Path& folder) {
    const auto done = call({"--data-dir", folder.string(), "--rounds", "3", "--bags", "1", "--no-traffic"});
    EXPECT_EQ(done.exit_code, 0) << done.err;
    return done.out.substr(done.out.find("FD001 test:") == std::string::npos ? 0 : done.out.find("FD001 test:"));
  };
  EXPECT_EQ(test_lines(plain), test_lines(engines));
}

TEST_F(Turbofan, says_what_is_missing) {
  const auto nothing = call({"--data-dir", folder_.path().string(), "--subset", "FD001"});
  EXPECT_EQ(nothing.exit_code, 1);
  EXPECT_NE(nothing.err.find("train_FD001.txt"), std::string::npos) << nothing.err;
  EXPECT_EQ(call({"--subset", "FD001"}).exit_code, 2);
}

}  // namespace
}  // namespace perennial::process
