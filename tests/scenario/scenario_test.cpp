// Every scripts/*.scenario is one test.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "scenario/script.hpp"
#include "storage/temporary_directory.hpp"

namespace perennial::scenario {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> scripts() {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(fs::path(PERENNIAL_SOURCE_DIR) / "tests/scenario/scripts", ignored))
    if (entry.path().extension() == ".scenario") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

class Scenario : public testing::TestWithParam<std::string> {};

TEST_P(Scenario, holds) {
  const fs::path path = fs::path(PERENNIAL_SOURCE_DIR) / "tests/scenario/scripts" / (GetParam() + ".scenario");
  const test::TemporaryDirectory directory;
  const auto done = run_script(read(path), path.filename().string(), directory.path().string(), PERENNIAL_TRAINER);
  EXPECT_TRUE(done) << done.error().where << "\n  " << done.error().message();
}

INSTANTIATE_TEST_SUITE_P(Scripts, Scenario, testing::ValuesIn(scripts()), [](const auto& script) {
  std::string name = script.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

TEST(Script, there_are_scripts) { EXPECT_GE(scripts().size(), 15U); }

struct BadScript {
  const char* why;
  const char* text;
  const char* message;
};

TEST(Script, mistakes_in_a_script_name_their_line) {
  const std::vector<BadScript> rows = {
      {"an unknown statement names the nearest", "model m task=binary columns=a,b\nserv 10 rows\n",
       "did you mean 'serve'"},
      {"rows before a model", "serve 10 rows\n", "begins with 'model'"},
      {"an unknown event type", "model m task=binary columns=a,b\nexpect event Promotd\n", "Promoted"},
      {"an unknown feature", "model m task=binary columns=a,b\nshift feature c by 1sd\n", "known: a, b"},
      {"an expectation that is not met", "model m task=binary columns=a,b\nexpect champion 1.0.0\n", "champion: none"},
      {"something that should have been refused", "model m task=binary columns=a,b\nrefused labels off\n",
       "should have been refused"},
      {"YAML without a model", "seed 1\n| monitor: {}\n", "belongs under 'model'"},
      {"a config error names its key", "model m task=binary columns=a,b\n| retrian: {}\n", "retrain"},
  };
  for (const auto& row : rows) {
    const test::TemporaryDirectory directory;
    const auto done = run_script(row.text, "bad.scenario", directory.path().string(), PERENNIAL_TRAINER);
    ASSERT_FALSE(done) << row.why;
    EXPECT_NE(done.error().message().find(row.message), std::string::npos) << row.why << ": " << done.error().message();
    EXPECT_NE((done.error().where + done.error().message()).find("bad.scenario:"), std::string::npos)
        << row.why << done.error().where;
  }
}

}  // namespace
}  // namespace perennial::scenario
