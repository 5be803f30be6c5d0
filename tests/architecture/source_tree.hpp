#pragma once
// The project as text: what the architecture tests read.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace perennial::architecture {

inline const std::filesystem::path& root() {
  static const std::filesystem::path path = PERENNIAL_SOURCE_DIR;
  return path;
}

inline std::string read(const std::filesystem::path& relative) {
  std::ifstream file(root() / relative, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// All regular files below `folder`, as paths relative to the root, sorted.
inline std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  if (!std::filesystem::exists(root() / folder)) return found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root() / folder))
    if (entry.is_regular_file()) found.push_back(std::filesystem::relative(entry.path(), root()));
  std::sort(found.begin(), found.end());
  return found;
}

inline bool is_source(const std::filesystem::path& path) {
  return path.extension() == ".hpp" || path.extension() == ".cpp";
}

/// The module of a path such as src/drift/detect.cpp: drift.
inline std::string module_of(const std::filesystem::path& path) { return (++path.begin())->string(); }

/// What stands between the quotes or brackets of every #include, in order.
inline std::vector<std::string> includes_of(const std::string& text) {
  static const std::regex pattern(R"(^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"])", std::regex::multiline);
  std::vector<std::string> found;
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) found.push_back((*it)[1]);
  return found;
}

/// The lines without comments and without what stands in string literals, so that a word in a sentence is no code.
/// Raw strings are left as they are.
inline std::vector<std::string> code_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  bool in_comment = false;
  for (std::string line; std::getline(stream, line);) {
    std::string code;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (in_comment) {
        if (line.compare(i, 2, "*/") == 0) {
          in_comment = false;
          ++i;
        }
      } else if (line.compare(i, 2, "/*") == 0) {
        in_comment = true;
        ++i;
      } else if (line.compare(i, 2, "//") == 0) {
        break;
      } else if (line[i] == '"') {
        code += "\"\"";
        for (++i; i < line.size() && line[i] != '"'; ++i)
          if (line[i] == '\\') ++i;
      } else {
        code += line[i];
      }
    }
    lines.push_back(std::move(code));
  }
  return lines;
}

/// Words of a text, split at commas and white space; a dash alone stands for nothing.
inline std::set<std::string> words_of(const std::string& text) {
  static const std::regex pattern(R"([a-z_]+)");
  std::set<std::string> words;
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) words.insert(it->str());
  return words;
}

/// The cells of a markdown table's row, trimmed and without backquotes; empty where the line is none.
inline std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  if (line.empty() || line.front() != '|') return cells;
  std::istringstream stream(line.substr(1));
  for (std::string cell; std::getline(stream, cell, '|');) {
    std::erase(cell, '`');
    const auto first = cell.find_first_not_of(" \t");
    cells.push_back(first == std::string::npos ? "" : cell.substr(first, cell.find_last_not_of(" \t") - first + 1));
  }
  return cells;
}

/// Rows of the tables below the heading `heading` of a markdown file, up to the next heading; without head and rule.
inline std::vector<std::vector<std::string>> table_under(const std::string& text, const std::string& heading) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream stream(text);
  bool inside = false;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("#")) inside = line.ends_with(heading);
    const auto cells = inside ? cells_of(line) : std::vector<std::string>{};
    if (cells.empty()) continue;
    if (cells[0].find_first_not_of("-: ") == std::string::npos) {
      if (!rows.empty()) rows.pop_back();  // the row above the rule is the table's head
      continue;
    }
    rows.push_back(cells);
  }
  return rows;
}

using Edges = std::map<std::string, std::set<std::string>>;

/// ARCHITECTURE.md: module → what it may include. `core` is named there like any other.
inline Edges documented_edges() {
  Edges edges;
  for (const auto& row : table_under(read("ARCHITECTURE.md"), "The edge table"))
    if (row.size() >= 2) edges[row[0]] = words_of(row[1]);
  return edges;
}

/// src/CMakeLists.txt: perennial_module(NAME DEPENDS a b LIBRARIES …); `core` is linked by the macro to all others.
inline Edges linked_edges() {
  static const std::regex pattern(R"(perennial_module\(\s*([a-z_]+)([^)]*)\))");
  const std::string text = read("src/CMakeLists.txt");
  Edges edges;
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) {
    std::istringstream words((*it)[2].str());
    auto& of = edges[(*it)[1]];
    if ((*it)[1] != "core") of.insert("core");
    bool depends = false;
    for (std::string word; words >> word;) {
      if (word == "DEPENDS" || word == "LIBRARIES") depends = word == "DEPENDS";
      else if (depends) of.insert(word);
    }
  }
  return edges;
}

}  // namespace perennial::architecture
