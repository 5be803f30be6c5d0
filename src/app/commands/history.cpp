// perennial history: which version was in production, since when, until when, and why.

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/operate.hpp"
#include "http/target.hpp"
#include "lifecycle/production_history.hpp"

namespace perennial::app {
namespace {

std::string asked_by(const Json& stay) {
  const Json& asked = stay.at("asked_by");
  return asked.at("who").get<std::string>() + " " + asked.at("name").get<std::string>();
}

void print_history(const Json& answer) {
  if (answer.contains("at")) {
    print(answer.at("in_words").get<std::string>());
    if (answer.at("stay").is_object()) print("evidence: " + answer.at("stay").at("evidence").get<std::string>());
    return;
  }
  if (answer.at("history").empty()) {
    print(answer.at("in_words").get<std::string>());
    return;
  }
  std::vector<std::vector<std::string>> rows = {{"version", "from", "until", "how", "asked by", "evidence"}};
  for (const auto& stay : answer.at("history"))
    rows.push_back({cell(stay.at("version")), cell(stay.at("from")),
                    stay.at("until").is_null() ? "now" : cell(stay.at("until")), cell(stay.at("how")), asked_by(stay),
                    cell(stay.at("evidence"))});
  print(table(rows));
  if (const auto left_off = answer.at("left_off").get<std::uint64_t>(); left_off > 0)
    say(fmt::format("{} older ones are not shown; ask for an instant with --at", left_off));
}

}  // namespace

void add_history(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("history", "which version was in production, and why");
  auto target = std::make_shared<Where>();
  auto format = std::make_shared<std::string>("table");
  auto at = std::make_shared<std::string>();
  command->add_option("--at", *at, "an instant, such as 2026-11-21T09:30:00Z; default: all of it, newest first");
  add_target(*command, *target);
  add_format(*command, *format);
  command->footer("example: perennial history --at 2026-11-21T09:30:00Z --model churn");
  command->callback([=, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      std::optional<TimePoint> instant;
      if (!at->empty()) {
        const auto parsed = parse_time(*at);
        if (!parsed) return fail(ErrorCode::usage, parsed.error().what, "--at", parsed.error().hint);
        instant = *parsed;
      }
      Json answer;
      if (!target->url.empty()) {
        ASSIGN_OR_RETURN(const std::string model, model_of(*target));
        ASSIGN_OR_RETURN(auto client, connect(*target));
        const std::string query = instant ? "?at=" + http::percent_encode(format_time(*instant)) : "";
        ASSIGN_OR_RETURN(answer, client.get(http::Client::model_path(model, "/history" + query)));
      } else {
        ASSIGN_OR_RETURN(answer,
                         look_at(*target, [&](lifecycle::Fleet& fleet, const std::string& model) -> Result<Json> {
                           return lifecycle::production_history(fleet.state().registry(), fleet.journal(), model,
                                                                instant, SystemClock().now());
                         }));
      }
      if (*format == "json") print(answer.dump(2));
      else print_history(answer);
      return 0;
    });
  });
}

}  // namespace perennial::app
