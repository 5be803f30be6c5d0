// docs/runbook.md says what to do about everything that people are told of.
#include <gtest/gtest.h>

#include "architecture/source_tree.hpp"

namespace perennial::architecture {
namespace {

/// The arguments of every call of `name` in a source, split at commas of their own level.
std::vector<std::vector<std::string>> calls_of(const std::string& text, const std::string& name) {
  std::vector<std::vector<std::string>> calls;
  for (auto at = text.find(name + "("); at != std::string::npos; at = text.find(name + "(", at + 1)) {
    if (at > 0 && (std::isalnum(static_cast<unsigned char>(text[at - 1])) != 0 || text[at - 1] == '_')) continue;
    std::vector<std::string> arguments(1);
    int depth = 1;
    bool quoted = false;
    for (auto i = at + name.size() + 1; i < text.size() && depth > 0; ++i) {
      const char c = text[i];
      if (c == '"' && text[i - 1] != '\\') quoted = !quoted;
      if (!quoted && (c == '(' || c == '{' || c == '[')) ++depth;
      if (!quoted && (c == ')' || c == '}' || c == ']')) --depth;
      if (depth == 0) break;
      if (!quoted && depth == 1 && c == ',') arguments.emplace_back();
      else arguments.back() += c;
    }
    calls.push_back(std::move(arguments));
  }
  return calls;
}

/// The words between the placeholders of every text in a piece of source.
void add_words(const std::string& source, std::set<std::string>& words) {
  const std::regex quoted(R"re("((?:[^"\\]|\\.)*)")re");
  const std::regex placeholder(R"(\{[^}]*\})");
  for (std::sregex_iterator it(source.begin(), source.end(), quoted), end; it != end; ++it) {
    const std::string text = std::regex_replace((*it)[1].str(), placeholder, "\n");
    std::istringstream pieces(text);
    for (std::string piece; std::getline(pieces, piece);) {
      // Punctuation and units around a number are no words.
      piece = std::regex_replace(piece, std::regex(R"(^[ ,;%()]*(ms\b)?[ ,;%()]*|[ ,;%()]+$)"), "");
      if (std::ranges::count_if(piece, [](unsigned char c) { return std::isalpha(c) != 0; }) >= 5) words.insert(piece);
    }
  }
}

/// Titles of alerts: what is given to alert() and tell(), `title = …`, and the names of warnings.
std::set<std::string> alert_words() {
  std::set<std::string> words;
  const std::regex title(R"re(\btitle = ([^;]*);)re");
  const std::regex warning(R"re(\{"what", ("[^"]*")\})re");
  for (const auto& path : files_below("src")) {
    const std::string module = path.string();
    if (path.extension() != ".cpp" ||
        (module.find("/lifecycle/") == std::string::npos && module.find("/app/serve/") == std::string::npos))
      continue;
    const std::string text = read(path);
    for (const auto& call : calls_of(text, "alert"))
      if (call.size() >= 3) add_words(call[1], words);
    for (const auto& call : calls_of(text, "tell"))
      if (call.size() >= 4) add_words(call[2], words);
    for (const auto& pattern : {title, warning})
      for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) add_words((*it)[1], words);
  }
  // Warnings whose name the fold knows, too.
  const std::string fold = read("src/lifecycle/control_state.hpp");
  const std::regex named(R"re(constexpr std::string_view [a-z_]+ = ("[^"]*");)re");
  for (std::sregex_iterator it(fold.begin(), fold.end(), named), end; it != end; ++it) add_words((*it)[1], words);
  return words;
}

/// Why the judge stops a rollout: texts of every fail of safety and losses, and of every abort.
std::set<std::string> stop_words() {
  std::set<std::string> words;
  const std::string judge = read("src/rollout/judge.cpp");
  const auto safety = judge.find("Judgement judge_safety(");
  const std::string judge_safety = judge.substr(safety, judge.find("\n}\n", safety) - safety);
  const std::regex failing(R"re(\{Verdict::fail,([^;]*);)re");
  for (std::sregex_iterator it(judge_safety.begin(), judge_safety.end(), failing), end; it != end; ++it)
    add_words((*it)[1], words);
  for (const char* why : {"case Finding::Why::harm:", "case Finding::Why::never_shown:"}) {
    const auto at = judge.find(why, judge.find("Judgement judge_target("));
    add_words(judge.substr(at, judge.find(';', judge.find("return", at)) - at), words);
  }
  const auto recent = judge.find("judge_recent(");
  const std::string judge_recent = judge.substr(recent, judge.find("\n}\n", recent) - recent);
  for (const std::string& text : {judge_recent, read("src/rollout/validity.cpp")}) {
    const std::regex format(R"re(fmt::format\(((?:\s*"(?:[^"\\]|\\.)*")+))re");
    for (std::sregex_iterator it(text.begin(), text.end(), format), end; it != end; ++it) {
      // One text, however many lines it has.
      std::string joined = std::regex_replace((*it)[1].str(), std::regex(R"("\s*")"), "");
      joined = std::regex_replace(joined, std::regex(R"( \(p \{[^}]*\}\))"), "{}");
      add_words(joined, words);
    }
  }
  for (const auto& path : files_below("src/rollout")) {
    if (path.extension() != ".cpp") continue;
    const std::string text = read(path);
    const std::regex reason(R"re(ActionKind::abort[^}]*?reason = (?:fmt::format\()?("(?:[^"\\]|\\.)*"))re");
    for (std::sregex_iterator it(text.begin(), text.end(), reason), end; it != end; ++it) add_words((*it)[1], words);
  }
  for (const auto& call : calls_of(read("src/lifecycle/model_commands.cpp"), "plan_withdrawal"))
    if (!call.empty()) add_words(call[0], words);
  return words;
}

void expect_in_runbook(const std::set<std::string>& words) {
  const std::string runbook = read("docs/runbook.md");
  for (const auto& piece : words)
    EXPECT_NE(runbook.find(piece), std::string::npos) << "'" << piece << "' is told and not in docs/runbook.md";
}

TEST(Runbook, every_alert_has_its_entry) {
  const auto words = alert_words();
  EXPECT_GE(words.size(), 25U) << "the alerts were not found in the sources";
  for (const char* known :
       {"inputs have drifted", "a rollback could not be confirmed", "is the champion, past its evidence",
        "was taken back before its promotion", "the data source cannot be read; the champion keeps serving"})
    EXPECT_TRUE(words.contains(known)) << known << " was not found";
  expect_in_runbook(words);
}

TEST(Runbook, every_reason_to_stop_a_rollout_has_its_entry) {
  const auto words = stop_words();
  EXPECT_GE(words.size(), 6U) << "the reasons were not found in the sources";
  for (const char* known : {"answers of the challenger are not finite", "error rate", "p99 latency",
                            "sample-ratio mismatch:", "the plan has no such step any more", "the champion was pinned"})
    EXPECT_TRUE(words.contains(known)) << known << " was not found";
  expect_in_runbook(words);
}

/// The types that an alert is sent for are those whose event is written where alert() is called; the runbook names
/// each.
TEST(Runbook, every_event_type_that_raises_an_alert_is_named) {
  const std::string runbook = read("docs/runbook.md");
  const std::string header = read("src/core/event.hpp");
  std::map<std::string, std::string> types;
  const std::regex pattern(R"re(string_view ([a-z_]+) = "([A-Za-z]+)")re");
  for (std::sregex_iterator it(header.begin(), header.end(), pattern), end; it != end; ++it)
    types[(*it)[1].str()] = (*it)[2].str();
  ASSERT_GT(types.size(), 20U);
  // What is written in a file that alerts and yet is told by no alert.
  const std::set<std::string> silent = {"RetrainRequested",     "JobQueued",     "RunFinished",      "GateEvaluated",
                                        "VersionStatusChanged", "ServerStarted", "RolloutCompleted", "SummaryRecorded",
                                        "VersionRegistered",    "JobStarted"};
  std::size_t named = 0;
  for (const auto& path : files_below("src/lifecycle")) {
    const std::string text = read(path);
    if (path.extension() != ".cpp" || (calls_of(text, "alert").empty() && calls_of(text, "tell").empty())) continue;
    for (const auto& [name, type] : types) {
      if (silent.contains(type) || text.find("event_type::" + name) == std::string::npos) continue;
      EXPECT_NE(runbook.find("`" + type + "`"), std::string::npos)
          << type << " of " << path << " is not in the runbook";
      ++named;
    }
  }
  EXPECT_GT(named, 10U);
}

}  // namespace
}  // namespace perennial::architecture
