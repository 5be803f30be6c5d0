// perennial label: send labels from a JSON file, durably.

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/operate.hpp"
#include "storage/files.hpp"

namespace perennial::app {
namespace {

Result<std::vector<api::Label>> read_labels(const Json& list) {
  std::vector<api::Label> labels;
  for (const auto& one : list) {
    api::Label label;
    if (!one.is_object()) return fail(ErrorCode::invalid, "a label must be an object", "labels");
    if (one.contains("id")) label.id = one.at("id").get<std::string>();
    if (one.contains("entity")) label.entity = one.at("entity").get<std::string>();
    if (one.contains("at")) {
      ASSIGN_OR_RETURN(label.at, parse_time(one.at("at").get<std::string>()));
    }
    if (one.contains("confidence")) label.confidence = one.at("confidence").get<double>();
    const Json values = one.value("labels", Json::object());
    for (const auto& [target, value] : values.items()) {
      if (value.is_number()) label.labels[target] = value.get<double>();
      else if (value.is_string()) label.labels[target] = value.get<std::string>();
      else
        return fail(ErrorCode::invalid, fmt::format("the label of '{}' is neither a number nor a text", target),
                    "labels");
    }
    labels.push_back(std::move(label));
  }
  return labels;
}

Result<int> send(const Where& where, const std::string& file, const std::string& format) {
  storage::RealFiles files;
  ASSIGN_OR_RETURN(const std::string text, files.read_all(file, 1u << 30));
  ASSIGN_OR_RETURN(Json list, parse_json(text, file));
  if (list.is_object()) list = Json::array({list});
  if (!list.is_array())
    return fail(ErrorCode::invalid, "a list of labels is expected", file,
                R"([{"id": "…", "labels": {"target": value}}])");
  Json answer;
  if (!where.url.empty()) {
    ASSIGN_OR_RETURN(const std::string model, model_of(where));
    ASSIGN_OR_RETURN(auto client, connect(where));
    ASSIGN_OR_RETURN(answer, client.post(http::Client::model_path(model, "/labels"), list));
  } else {
    std::vector<api::Label> labels;
    try {
      ASSIGN_OR_RETURN(labels, read_labels(list));
    } catch (const Json::exception& e) {
      return fail(ErrorCode::invalid, std::string("a label cannot be read: ") + e.what(), file);
    }
    ASSIGN_OR_RETURN(
        answer, act_on(where, [&](lifecycle::Desk& desk, lifecycle::Fleet&, const std::string& model) -> Result<Json> {
          ASSIGN_OR_RETURN(const auto stored, desk.label(model, labels));
          return Json{
              {"accepted", stored.accepted}, {"duplicates", stored.duplicates}, {"unmatched", stored.unmatched}};
        }));
  }
  if (format == "json") print(answer.dump(2));
  else
    print(fmt::format("{} accepted, {} known already, {} without a prediction so far", cell(answer.at("accepted")),
                      cell(answer.at("duplicates")), cell(answer.at("unmatched"))));
  return 0;
}

}  // namespace

void add_label(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("label", "send labels from a JSON file; returns once they are on disk");
  auto target = std::make_shared<Where>();
  auto file = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>("table");
  command->add_option("file", *file, "a JSON list of {id | entity + at, labels: {target: value}}")->required();
  add_target(*command, *target);
  add_format(*command, *format);
  command->footer("example: perennial label labels.json --url http://127.0.0.1:8080");
  command->callback([=, &exit_code] { exit_code = finish([&] { return send(*target, *file, *format); }); });
}

}  // namespace perennial::app
