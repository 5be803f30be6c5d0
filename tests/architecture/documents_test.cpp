// The documents say what is there.
#include <gtest/gtest.h>

#include "architecture/source_tree.hpp"

namespace perennial::architecture {
namespace {

/// Number → the files below tests/ in which a test `trap_NN_…` stands (in a script's name or text as well).
std::map<int, std::set<std::string>> traps_in_tests() {
  static const std::regex pattern(R"(trap_(\d\d)(?!\d))");
  std::map<int, std::set<std::string>> found;
  for (const auto& path : files_below("tests")) {
    if (path.string().starts_with("tests/architecture")) continue;
    const std::string text = path.generic_string() + "\n" + read(path);
    for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it)
      found[std::stoi((*it)[1])].insert(path.generic_string());
  }
  return found;
}

/// docs/capabilities.md, "Traps": | number | what goes wrong | test | file |; "later" in the third cell: none yet.
std::vector<std::vector<std::string>> documented_traps() { return table_under(read("docs/capabilities.md"), "Traps"); }

bool is_later(const std::vector<std::string>& row) { return row[2].starts_with("later"); }

TEST(Traps, all_are_listed) {
  std::set<int> numbers;
  for (const auto& row : documented_traps()) {
    ASSERT_GE(row.size(), 4U);
    numbers.insert(std::stoi(row[0]));
  }
  EXPECT_EQ(numbers.size(), 46U);
  EXPECT_EQ(*numbers.begin(), 1);
  EXPECT_EQ(*numbers.rbegin(), 46);
}

TEST(Traps, what_is_documented_as_tested_is_tested) {
  const auto tested = traps_in_tests();
  for (const auto& row : documented_traps()) {
    const int number = std::stoi(row[0]);
    if (is_later(row)) {
      EXPECT_FALSE(tested.contains(number)) << "trap " << number << " has a test, but docs/capabilities.md says later";
      continue;
    }
    ASSERT_TRUE(tested.contains(number)) << "no test trap_" << row[0] << " below tests/: " << row[1];
    std::istringstream files(row[3]);
    for (std::string file; std::getline(files, file, ',');) {
      std::erase(file, ' ');
      EXPECT_TRUE(tested.at(number).contains(file)) << file << " has no test of trap " << number;
    }
  }
}

TEST(Traps, the_closed_circle_has_its_tests) {
  const auto tested = traps_in_tests();
  std::vector<int> missing;
  for (const int number : {1, 3, 4, 5, 6, 7, 8, 11, 12, 14, 16, 22, 29, 30, 31, 32, 34, 36, 37, 38, 40})
    if (!tested.contains(number)) missing.push_back(number);
  std::string text;
  for (const int number : missing) text += " " + std::to_string(number);
  EXPECT_TRUE(missing.empty()) << "traps without a test:" << text;
}

TEST(Capabilities, every_row_is_accounted_for) {
  const std::string text = read("docs/capabilities.md");
  std::set<int> numbers;
  for (const auto& row : table_under(text, "Capabilities")) {
    ASSERT_GE(row.size(), 3U);
    EXPECT_FALSE(row[2].empty()) << row[0];
    numbers.insert(std::stoi(row[0]));
  }
  for (int number = 1; number <= 134; ++number) EXPECT_TRUE(numbers.contains(number)) << "row " << number;
}

TEST(Events, every_type_is_described) {
  const std::string document = read("docs/journal.md");
  const std::string header = read("src/core/event.hpp");
  const std::regex pattern(R"re(string_view [a-z_]+ = "([A-Za-z]+)")re");
  std::size_t types = 0;
  for (std::sregex_iterator it(header.begin(), header.end(), pattern), end; it != end; ++it, ++types)
    EXPECT_NE(document.find("`" + (*it)[1].str() + "`"), std::string::npos) << (*it)[1] << " is not in docs/journal.md";
  EXPECT_GT(types, 20U);
}

TEST(Limits, every_bound_is_described) {
  const std::string document = read("docs/limits.md");
  const std::string header = read("src/core/limits.hpp");
  const std::regex pattern(R"(inline constexpr [a-z0-9_:]+ ([a-z_0-9]+) =)");
  std::size_t bounds = 0;
  for (std::sregex_iterator it(header.begin(), header.end(), pattern), end; it != end; ++it, ++bounds)
    EXPECT_NE(document.find("`" + (*it)[1].str() + "`"), std::string::npos) << (*it)[1] << " is not in docs/limits.md";
  EXPECT_GT(bounds, 20U);
}

/// Every key that a parser knows, or calls not built yet, is in docs/config.md.
TEST(Config, every_key_is_described) {
  const std::string document = read("docs/config.md");
  const std::regex call(R"(check_keys\(\s*\{([^;]*?)\}\s*\)\))");
  const std::regex list(R"((?:known|later)_keys = \{([^;]*)\};)");
  const std::regex quoted(R"re("([a-z_0-9]+)")re");
  std::set<std::string> keys;
  for (const auto& path : files_below("src")) {
    // The parameters of stream detectors are shown by `perennial list streams`.
    if (!is_source(path) || module_of(path) == "core" || path.string().starts_with("src/drift/detectors")) continue;
    const std::string text = read(path);
    for (const auto& pattern : {call, list})
      for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) {
        const std::string names = (*it)[1];
        for (std::sregex_iterator name(names.begin(), names.end(), quoted); name != end; ++name)
          keys.insert((*name)[1]);
      }
  }
  EXPECT_GT(keys.size(), 80U);
  for (const auto& key : keys)
    EXPECT_TRUE(std::regex_search(document, std::regex("\\b" + key + "\\b"))) << key << " is not in docs/config.md";
}

TEST(Routes, every_one_is_described) {
  const std::string document = read("docs/http.md");
  const std::regex pattern(R"re("(/(api|healthz|readyz|metrics)[^"]*)")re");
  for (const auto& path : files_below("src/http/routes")) {
    const std::string text = read(path);
    for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it)
      EXPECT_NE(document.find("`" + (*it)[1].str() + "`"), std::string::npos) << (*it)[1] << " is not in docs/http.md";
  }
}

TEST(Links, of_the_documents_lead_somewhere) {
  std::vector<std::filesystem::path> documents = {"README.md", "ARCHITECTURE.md", "HACKING.md"};
  for (const auto& path : files_below("docs")) documents.push_back(path);
  const std::regex pattern(R"(\]\(([^)#]+)[^)]*\))");
  for (const auto& document : documents) {
    if (document.extension() != ".md") continue;
    const std::string text = read(document);
    ASSERT_FALSE(text.empty()) << document;
    for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) {
      const std::string target = (*it)[1];
      if (target.find("://") != std::string::npos) continue;
      EXPECT_TRUE(std::filesystem::exists(root() / document.parent_path() / target)) << document << ": " << target;
    }
  }
}

bool is_text(const std::string& bytes) { return bytes.find('\0') == std::string::npos; }

/// Everything that is part of the project: no build folders, no fetched artifacts.
std::vector<std::filesystem::path> project_files() {
  std::vector<std::filesystem::path> all;
  for (const char* folder : {"src", "tests", "bench", "cmake", "deploy", "docs", "examples", "scripts", "web", ".ci"})
    for (const auto& path : files_below(folder)) all.push_back(path);
  for (const auto& entry : std::filesystem::directory_iterator(root()))
    if (entry.is_regular_file()) all.push_back(entry.path().filename());
  all.emplace_back("third_party/third_party.lock");
  return all;
}

TEST(Paths, no_file_names_a_place_on_somebodys_machine) {
  const std::regex place(
      "(^|[\\s\"'=(`:,<>])/(wo"
      "rk|ho"
      "me|ro"
      "ot|Us"
      "ers|mn"
      "t)/[A-Za-z0-9_.-]");
  for (const auto& path : project_files()) {
    const std::string text = read(path);
    if (!is_text(text)) continue;
    std::istringstream lines(text);
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      if (line.size() > 4000) continue;  // embedded bytes; std::regex recurses over a line's length
      EXPECT_FALSE(std::regex_search(line, place)) << path << ":" << number << ": " << line;
    }
  }
}

/// Packages come from whatever registry the user has configured, so no host of one is ever named; and any other host
/// in a text is there because it is on this list.
TEST(Paths, no_file_names_a_host_that_is_not_listed) {
  const std::set<std::string> known = {
      "127.0.0.1",
      "0.0.0.0",
      "localhost",
      "HOST",
      "host",             // this machine, and placeholders
      "www.apache.org",   // the licence's own text
      "www.w3.org",       // the namespace of SVG
      "json-schema.org",  // the dialect of a schema
      "169.254.169.254",
      "metadata.google.internal",  // addresses that the webhook's guard refuses
  };
  const std::regex host(R"(https?://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9][A-Za-z0-9.-]*))");
  for (const auto& path : project_files()) {
    const std::string text = read(path);
    if (!is_text(text)) continue;
    for (std::sregex_iterator it(text.begin(), text.end(), host), end; it != end; ++it) {
      const std::string name = (*it)[1];
      const bool example = name.ends_with(".example") || name.ends_with("example.com") || name.ends_with(".test");
      EXPECT_TRUE(known.contains(name) || example || name.front() == '[') << path << ": " << it->str();
    }
  }
}

}  // namespace
}  // namespace perennial::architecture
