// What may stand in a source file, and what files may be called.
#include <gtest/gtest.h>

#include <iostream>

#include "architecture/source_tree.hpp"

namespace perennial::architecture {
namespace {

TEST(Headers, leave_heavy_libraries_to_the_sources) {
  const std::vector<std::string> heavy = {"boost/beast", "boost/asio",      "duckdb.h",  "ort_abi",
                                          "onnx/",       "google/protobuf", "yaml-cpp/", "sqlite3.h",
                                          "simdjson.h",  "curl/",           "CLI/",      "xgboost/"};
  // header → what it may include, and why
  const std::map<std::string, std::string> allowed = {
      {"src/app/command_line.hpp", "CLI/"},     // hands CLI::App to one file per command
      {"src/app/operate.hpp", "CLI/"},          // adds the options that all operating commands share
      {"src/inference/runtime.hpp", "ort_abi"}  // internal to inference; the next test sees to it
  };
  for (const auto& path : files_below("src")) {
    if (path.extension() != ".hpp") continue;
    for (const auto& included : includes_of(read(path)))
      for (const auto& name : heavy) {
        if (included.find(name) == std::string::npos) continue;
        const auto exception = allowed.find(path.generic_string());
        EXPECT_TRUE(exception != allowed.end() && exception->second == name) << path << " includes " << included;
      }
  }
}

TEST(Headers, the_runtime_stays_inside_of_inference) {
  for (const auto& path : files_below("src")) {
    if (!is_source(path) || (module_of(path) == "inference" && path.extension() == ".cpp")) continue;
    if (path == "src/inference/runtime.hpp") continue;
    for (const auto& included : includes_of(read(path))) {
      EXPECT_NE(included, "inference/runtime.hpp") << path;
      EXPECT_NE(included, "inference/ort_abi.hpp") << path;
    }
  }
}

TEST(Headers, are_guarded) {
  for (const auto& path : files_below("src")) {
    if (path.extension() != ".hpp") continue;
    EXPECT_TRUE(read(path).starts_with("#pragma once")) << path;
  }
}

TEST(Names, say_what_is_inside) {
  const std::regex vague(R"(^(utils?|commons?|helpers?|misc|shared|stuff|manager|base)$)");
  for (const char* folder : {"src", "tests", "bench"})
    for (const auto& path : files_below(folder))
      for (const auto& part : path) {
        std::string name = part.stem().string();
        if (name.ends_with("_test")) name.resize(name.size() - 5);
        EXPECT_FALSE(std::regex_match(name, vague)) << path;
      }
}

/// No decision reads a stopwatch or the machine's randomness, and nothing goes through a shell.
TEST(Effects, clocks_and_randomness_only_where_listed) {
  const std::vector<std::pair<std::string, std::regex>> patterns = {
      {"a clock", std::regex(R"([cC]lock::now\s*\(|\btime\s*\(\s*(nullptr|NULL|0)\s*\)|clock_gettime|gettimeofday)")},
      {"randomness", std::regex(R"(\bs?rand\s*\(\s*\)|std::random_device|getrandom\s*\(|RAND_bytes|std::mt19937)")},
      {"a shell", std::regex(R"((::|\b)system\s*\(|popen\s*\()")},
  };
  struct Exception {
    std::string file;
    std::string what;
    std::string reason;
  };
  const std::vector<Exception> exceptions = {
      {"src/core/clock.hpp", "a clock", "SystemClock is the one place where time comes in"},
      {"src/training/executor.cpp", "a clock", "stamps the end of a training under the real clock"},
      {"src/training/run.cpp", "a clock", "measures how long a training takes, which no decision reads"},
      {"src/app/output.cpp", "a clock", "decides when the progress line is shown again"},
      {"src/app/replay/replay.cpp", "a clock", "wall_s of the report, which no decision reads"},
      {"src/app/backtest/backtest.cpp", "a clock", "wall_s of the report, which no decision reads"},
      {"src/app/drill/drill.cpp", "a clock", "how long the switch back took"},
      {"src/app/demo/demo.cpp", "a clock", "prints how long the demonstration took"},
      {"src/http/session.cpp", "a clock", "deadlines of connections"},
      {"src/http/server.cpp", "a clock", "deadlines of connections and of the orderly stop"},
      {"src/http/answer_text.cpp", "a clock", "the Date header of an answer"},
      {"src/lifecycle/fleet_open.cpp", "randomness", "seeds the ids of a server; a replay is given its seed"},
  };
  std::set<std::size_t> used;
  for (const auto& path : files_below("src")) {
    if (!is_source(path)) continue;
    for (const auto& line : code_lines(read(path)))
      for (const auto& [what, pattern] : patterns) {
        if (!std::regex_search(line, pattern)) continue;
        const auto found = std::find_if(exceptions.begin(), exceptions.end(), [&](const auto& exception) {
          return exception.file == path.generic_string() && exception.what == what;
        });
        EXPECT_NE(found, exceptions.end()) << path << " uses " << what << ": " << line;
        if (found != exceptions.end()) used.insert(static_cast<std::size_t>(found - exceptions.begin()));
      }
  }
  for (std::size_t i = 0; i < exceptions.size(); ++i)
    EXPECT_TRUE(used.contains(i)) << exceptions[i].file << " no longer uses " << exceptions[i].what
                                  << ": strike it off";
}

TEST(Sizes, sources_stay_readable) {
  std::vector<std::pair<std::size_t, std::string>> sizes;
  for (const auto& path : files_below("src")) {
    if (!is_source(path)) continue;
    const std::string text = read(path);
    sizes.emplace_back(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')), path.generic_string());
  }
  std::sort(sizes.rbegin(), sizes.rend());
  ASSERT_GT(sizes.size(), 100U);
  for (std::size_t i = 0; i < 5; ++i) std::cout << sizes[i].first << " lines: " << sizes[i].second << "\n";
  EXPECT_LE(sizes.front().first, 450U) << sizes.front().second << ": split it by what it is about";
}

}  // namespace
}  // namespace perennial::architecture
