// perennial status: who serves, what is on its way.

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/operate.hpp"

namespace perennial::app {
namespace {

/// "0.912 ± 0.004" of the primary metric; "-" where no server was asked or no row of the window is labelled.
std::string window_cell(const Json& model, const char* window) {
  const Json windows = model.value("windows", Json::object());
  if (!windows.contains(window)) return "-";
  const Json& estimate = windows.at(window);
  return fmt::format("{:.4g} ± {:.2g}", estimate.at("value").get<double>(),
                     estimate.at("standard_error").get<double>());
}

/// What the score is likely to be where labels are missing: of the newest look, or of the live warning where only the
/// journal is there.
std::string estimate_of(const Json& model) {
  const auto has_one = [&](const char* key) {
    const auto found = model.find(key);
    return found != model.end() && found->is_object() && found->contains("estimate");
  };
  const char* key = has_one("estimate") ? "estimate" : "estimated_decay";
  if (!has_one(key)) return "-";
  const auto number = [&](const char* name) {
    const Json value = model.at(key).value(name, Json());
    return value.is_number() ? fmt::format("{:.4g}", value.get<double>()) : "?";
  };
  return fmt::format("{} ({} to {}){}", number("estimate"), number("low"), number("high"),
                     model.value("estimated_decay", Json()).is_object() ? ", fallen" : "");
}

std::string number_cell(const Json& value) {
  return value.is_number() ? fmt::format("{:.4g}", value.get<double>()) : "-";
}

/// Means and spreads of what both versions answer; "insufficient" where too few rows are there to compare.
std::string outputs_table(const Json& outputs) {
  std::vector<std::vector<std::string>> rows = {
      {"output", "challenger rows", "mean", "std", "champion rows", "mean", "std", "difference"}};
  for (const auto& [target, list] : outputs.items())
    for (const auto& one : list) {
      const Json& challenger = one.at("challenger");
      const Json& champion = one.at("champion");
      rows.push_back({target + " " + one.at("output").get<std::string>(), cell(challenger.at("rows")),
                      number_cell(challenger.at("mean")), number_cell(challenger.at("std")), cell(champion.at("rows")),
                      number_cell(champion.at("mean")), number_cell(champion.at("std")),
                      one.at("insufficient").get<bool>() ? "insufficient" : number_cell(one.at("difference"))});
    }
  return rows.size() > 1 ? table(rows) : "";
}

/// The running rollout: where it stands, what it has seen, what it waits for. Of a stopped data directory only the
/// first is known.
void print_rollout(const Json& model) {
  const Json& rollout = model.at("rollout");
  if (rollout.is_null()) return;
  std::string stands = fmt::format("{}: rollout {} of {} against {}, {}", model.at("model").get<std::string>(),
                                   rollout.at("id").get<std::string>(), rollout.at("challenger").get<std::string>(),
                                   rollout.at("champion").get<std::string>(), rollout.at("phase").get<std::string>());
  if (rollout.contains("phase_for"))
    stands += fmt::format(" for {} and {} rows", rollout.at("phase_for").get<std::string>(),
                          rollout.at("phase_rows").get<std::uint64_t>());
  else stands += " since " + rollout.at("phase_since").get<std::string>();
  print("\n" + stands);
  if (rollout.contains("waits_for")) print("  waits for: " + rollout.at("waits_for").get<std::string>());
  if (const auto at = rollout.find("likely_verdict_at"); at != rollout.end() && at->is_string())
    print(fmt::format("  likely to be decided at {}, with {} labelled rows", at->get<std::string>(),
                      rollout.value("likely_evaluations", std::uint64_t{0})));
  const Json lines = rollout.value("in_words", Json::array());
  for (const auto& line : lines) print("  " + line.get<std::string>());
  if (const auto outputs = outputs_table(rollout.value("outputs", Json::object())); !outputs.empty()) print(outputs);
}

}  // namespace

void add_status(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("status", "who serves, what is on its way");
  auto target = std::make_shared<Where>();
  auto format = std::make_shared<std::string>("table");
  add_target(*command, *target);
  add_format(*command, *format);
  command->footer("example: perennial status --url http://127.0.0.1:8080");
  command->callback([=, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      Json answer;
      if (!target->url.empty()) {
        ASSIGN_OR_RETURN(auto client, connect(*target));
        ASSIGN_OR_RETURN(answer, client.get("/api/v1/models"));
      } else {
        ASSIGN_OR_RETURN(answer,
                         look_at(*target, [](lifecycle::Fleet& fleet, const std::string& model) -> Result<Json> {
                           return lifecycle::status_json(fleet.state(), {model});
                         }));
      }
      if (*format == "json") {
        print(answer.dump(2));
        return 0;
      }
      std::vector<std::string> notes;
      std::vector<std::vector<std::string>> rows = {{"model", "champion", "since", "challenger", "rollout", "drifting",
                                                     "decayed", "metric", "24 h", "7 d", "estimated"}};
      for (const auto& model : answer.at("models")) {
        const auto& rollout = model.at("rollout");
        rows.push_back({cell(model.at("model")), cell(model.at("champion")), cell(model.at("champion_since")),
                        cell(model.at("challenger")),
                        rollout.is_null() ? "-"
                                          : fmt::format("{} {:.0f} %", rollout.at("phase").get<std::string>(),
                                                        100 * rollout.at("weight").get<double>()),
                        fmt::format("{}", model.at("drifting_columns").size()), cell(model.at("decayed")),
                        cell(model.value("primary", Json(nullptr))), window_cell(model, "24h"),
                        window_cell(model, "7d"), estimate_of(model)});
        if (const Json pin = model.value("champion_pinned", Json()); pin.is_object())
          notes.push_back(fmt::format("{}: the champion is pinned by {} since {}{}; automation leaves it",
                                      model.at("model").get<std::string>(), cell(pin.at("actor")), cell(pin.at("at")),
                                      pin.value("reason", "").empty() ? "" : ", " + pin.value("reason", "")));
        if (!model.value("labels_comparable", true))
          notes.push_back(
              fmt::format("{}: the labels that have come are of some kinds of rows only; its metrics are not "
                          "judged (see {})",
                          model.at("model").get<std::string>(), "/api/v1/models/NAME/performance"));
      }
      print(table(rows));
      for (const auto& model : answer.at("models")) print_rollout(model);
      for (const auto& note : notes) say(note);
      return 0;
    });
  });
}

}  // namespace perennial::app
