// One-way dependencies: the document, the build and every #include say the same.
#include <gtest/gtest.h>

#include "architecture/source_tree.hpp"

namespace perennial::architecture {
namespace {

/// What the build of the three executables adds up to; they are no modules and nothing may include them.
const std::set<std::string> executables = {"app", "trainer", "scorer"};

TEST(Edges, the_document_is_the_build) {
  const Edges documented = documented_edges();
  const Edges linked = linked_edges();
  ASSERT_GT(linked.size(), 10U) << "src/CMakeLists.txt was not understood";
  for (const auto& [module, edges] : linked) {
    ASSERT_TRUE(documented.contains(module)) << module << " has no row in ARCHITECTURE.md's edge table";
    EXPECT_EQ(documented.at(module), edges) << "the row of " << module << " differs from its DEPENDS";
  }
  for (const auto& [module, edges] : documented)
    EXPECT_TRUE(linked.contains(module) || executables.contains(module)) << module << " is in no perennial_module()";
}

TEST(Edges, every_include_is_allowed) {
  const Edges documented = documented_edges();
  std::set<std::string> modules;
  for (const auto& [module, edges] : documented) modules.insert(module);
  std::size_t read_includes = 0;
  for (const auto& path : files_below("src")) {
    if (!is_source(path)) continue;
    const std::string module = module_of(path);
    ASSERT_TRUE(documented.contains(module)) << path << ": the folder has no row in the edge table";
    for (const auto& included : includes_of(read(path))) {
      const std::string other = included.substr(0, included.find('/'));
      if (!modules.contains(other) || included.find('/') == std::string::npos) continue;
      ++read_includes;
      EXPECT_TRUE(other == module || documented.at(module).contains(other))
          << path << " includes " << included << ", but " << module << " may not include " << other;
    }
  }
  EXPECT_GT(read_includes, 500U) << "the sources were not read";
}

TEST(Edges, there_is_no_circle) {
  Edges left = documented_edges();
  while (!left.empty()) {
    const auto free = std::find_if(left.begin(), left.end(), [&](const auto& entry) {
      return std::none_of(entry.second.begin(), entry.second.end(),
                          [&](const auto& other) { return left.contains(other); });
    });
    ASSERT_NE(free, left.end()) << "these depend on each other in a circle, beginning with " << left.begin()->first;
    left.erase(free);
  }
}

TEST(Edges, nothing_includes_the_executables) {
  for (const auto& [module, edges] : documented_edges())
    for (const auto& executable : executables) EXPECT_FALSE(edges.contains(executable)) << module;
}

/// Deciders get data and `now`, and return a value: no clock, no thread, no file, no randomness of their own.
TEST(Deciders, include_core_and_stats_and_nothing_with_effects) {
  const std::set<std::string> deciders = {"drift", "triggers", "gates", "rollout"};
  const std::set<std::string> allowed = {"core", "stats"};
  const std::set<std::string> effects = {"thread",   "mutex",     "shared_mutex", "condition_variable", "future",
                                         "atomic",   "fstream",   "iostream",     "filesystem",         "random",
                                         "ctime",    "cstdio",    "time.h",       "core/clock.hpp",     "core/rng.hpp",
                                         "unistd.h", "stop_token"};
  // Draws of a permutation or a sample, from a seed that is handed over as data.
  const std::set<std::string> seeded = {"src/drift/detectors/sample_indices.hpp", "src/drift/detectors/kswin_draws.cpp",
                                        "src/drift/importance.cpp", "src/drift/joint_sample.cpp"};
  const std::regex clock(R"([A-Za-z_]*[cC]lock\b)");
  for (const auto& decider : deciders) EXPECT_EQ(documented_edges()[decider], allowed) << decider;
  for (const auto& path : files_below("src")) {
    if (!is_source(path) || !deciders.contains(module_of(path))) continue;
    const std::string text = read(path);
    for (const auto& included : includes_of(text)) {
      if (included == "core/rng.hpp" && seeded.contains(path.generic_string())) continue;
      EXPECT_FALSE(effects.contains(included)) << path << ": " << included;
    }
    for (const auto& line : code_lines(text)) EXPECT_FALSE(std::regex_search(line, clock)) << path << ": " << line;
  }
}

}  // namespace
}  // namespace perennial::architecture
