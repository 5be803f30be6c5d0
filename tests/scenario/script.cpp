#include "scenario/script.hpp"

#include <fmt/format.h>

#include <sstream>

#include "scenario/player.hpp"

namespace perennial::scenario {
namespace {

constexpr std::size_t most_statements = 2000;

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::string without_comment(const std::string& line) {
  if (line.starts_with('#')) return {};
  const auto at = line.find(" #");
  return at == std::string::npos ? line : line.substr(0, at);
}

}  // namespace

Result<std::vector<Statement>> parse_script(std::string_view text, const std::string& file) {
  std::vector<Statement> statements;
  std::istringstream in{std::string(text)};
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const auto first = line.find_first_not_of(' ');
    if (first == std::string::npos) continue;
    if (line[first] == '|') {
      if (statements.empty() || statements.back().words[0] != "model")
        return fail(ErrorCode::invalid, "a line of YAML belongs under 'model'", fmt::format("{}:{}", file, number));
      const std::string rest = line.substr(first + 1);
      statements.back().yaml += (rest.starts_with(' ') ? rest.substr(1) : rest) + "\n";
      continue;
    }
    std::string left = without_comment(line.substr(first));
    while (!left.empty()) {
      const auto end = left.find(" ; ");
      const std::string one = left.substr(0, end);
      left = end == std::string::npos ? "" : left.substr(end + 3);
      auto words = words_of(one);
      if (!words.empty()) statements.push_back({number, one, std::move(words), ""});
      if (statements.size() > most_statements)
        return fail(ErrorCode::invalid, "the script is too long", file, fmt::format("{} statements", most_statements));
    }
  }
  return statements;
}

Status run_script(std::string_view text, const std::string& file, const std::string& directory,
                  const std::string& trainer) {
  ASSIGN_OR_RETURN(const auto statements, parse_script(text, file));
  auto player = std::make_unique<Player>(file, directory, trainer, false);
  for (std::size_t i = 0; i < statements.size(); ++i) {
    const Statement& statement = statements[i];
    const auto place = [&](const Error& error) {
      return fail(error.code, error.message(), fmt::format("{}:{}: {}", file, statement.line, statement.text));
    };
    if (statement.words[0] != "restart") {
      if (const Status done = player->play(statement); !done) return place(done.error());
      continue;
    }
    // A second life over the same data directory: what it does must be what the journal says already.
    player.reset();
    player = std::make_unique<Player>(file, directory, trainer, true);
    for (std::size_t before = 0; before < i; ++before)
      if (statements[before].words[0] != "restart")
        if (const Status done = player->play(statements[before]); !done) return place(done.error());
    player->end_rehearsal();
  }
  return {};
}

}  // namespace perennial::scenario
