// perennial predict: score a file with the champion, or with --version.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "api/predictions.hpp"
#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/operate.hpp"
#include "app/replay/source.hpp"
#include "app/scratch.hpp"

namespace perennial::app {
namespace {

struct PredictFlags {
  Where target;
  std::string data;
  std::string output = "-";
  std::string version;
};

/// One CSV field; quoted where it must be.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string header(const std::vector<perennial::Target>& targets) {
  std::string line = "row";
  for (const auto& target : targets) {
    line += "," + field(target.name);
    if (is_classification(target.task))
      for (const auto& name : target.classes) line += "," + field(target.name + "=" + name);
  }
  return line + ",version\n";
}

std::string row_text(std::uint64_t row, const std::vector<perennial::Target>& targets, std::span<const float> outputs,
                     const std::string& version) {
  std::string line = fmt::format("{}", row);
  std::size_t at = 0;
  for (const auto& target : targets) {
    const auto slice = outputs.subspan(at, target.width());
    if (!is_classification(target.task)) {
      line += fmt::format(",{}", slice[0]);
    } else {
      line +=
          "," +
          field(target.classes[static_cast<std::size_t>(std::max_element(slice.begin(), slice.end()) - slice.begin())]);
      for (const float p : slice) line += fmt::format(",{}", p);
    }
    at += target.width();
  }
  return line + "," + version + "\n";
}

Json instances_of(const Rows& rows, std::size_t from, std::size_t to, bool with_times) {
  Json list = Json::array();
  for (std::size_t row = from; row < to; ++row) {
    Json features = Json::object();
    for (const auto& column : rows.request.columns) {
      if (column.kind == ColumnKind::categorical)
        features[column.name] = column.codes[row] < 0 ? Json(nullptr) : Json(std::string(column.text(row)));
      else features[column.name] = std::isnan(column.numbers[row]) ? Json(nullptr) : Json(column.numbers[row]);
    }
    Json instance = {{"features", features}};
    if (with_times) instance["at"] = format_time(rows.request.times[row]);
    if (!rows.request.entities.empty()) instance["entity"] = rows.request.entities[row];
    list.push_back(std::move(instance));
  }
  return list;
}

/// The version that is asked: the one named, else the champion.
Result<std::string> version_at(http::Client& client, const std::string& model, const std::string& wanted) {
  if (!wanted.empty()) {
    ASSIGN_OR_RETURN(const VersionNumber number, parse_version(wanted));
    return number.text();
  }
  ASSIGN_OR_RETURN(const Json versions, client.get(http::Client::model_path(model, "/versions")));
  for (const auto& version : versions)
    if (version.value("status", "") == "production") return version.at("version").get<std::string>();
  return fail(ErrorCode::not_found, "the model has no champion yet", model);
}

/// Without a config the server says which columns the version is asked with.
Result<ModelSource> source_for(const PredictFlags& flags, http::Client& client, const std::string& model,
                               const std::string& version) {
  if (!flags.target.config.empty()) {
    ASSIGN_OR_RETURN(const auto config, lifecycle::load_fleet(flags.target.config));
    ASSIGN_OR_RETURN(const auto* known, config.model(flags.target.model));
    return ModelSource::open(*known, {flags.data}, config.replay.row_interval, false);
  }
  ASSIGN_OR_RETURN(const Json shown, client.get(http::Client::model_path(model, "/versions/" + version)));
  ASSIGN_OR_RETURN(const Signature signature, signature_from_json(shown.at("signature")));
  lifecycle::ModelConfig bare;
  bare.name = model;
  const SourceForm form{signature.request, {}, std::nullopt};
  return ModelSource::open(bare, {flags.data}, data::row_clock_interval, false, &form);
}

/// One version is asked, past the routing: nothing of it is logged, and no challenger answers.
Result<int> score_at(const PredictFlags& flags) {
  std::string model = flags.target.model;
  if (model.empty() && !flags.target.config.empty()) {
    ASSIGN_OR_RETURN(const auto config, lifecycle::load_fleet(flags.target.config));
    ASSIGN_OR_RETURN(const auto* known, config.model(""));
    model = known->name;
  }
  Where where = flags.target;
  where.model = model;
  ASSIGN_OR_RETURN(model, model_of(where));
  ASSIGN_OR_RETURN(auto client, connect(flags.target));
  ASSIGN_OR_RETURN(const std::string version, version_at(client, model, flags.version));
  ASSIGN_OR_RETURN(ModelSource source, source_for(flags, client, model, version));
  const bool with_times = source.form().time.has_value();
  std::string text;
  bool with_header = true;
  for (;;) {
    ASSIGN_OR_RETURN(const Rows rows, source.next(1000));
    if (rows.request.rows == 0) break;
    std::size_t row = 0;
    ASSIGN_OR_RETURN(const Json answer,
                     client.post(http::Client::model_path(model, "/predict?version=" + version),
                                 Json{{"instances", instances_of(rows, 0, rows.request.rows, with_times)}}));
    for (const auto& prediction : answer.at("predictions")) {
      if (with_header) {
        text += "row";
        for (const auto& [name, value] : prediction.at("outputs").items()) {
          text += "," + field(name);
          if (value.is_object())
            for (const auto& [label, p] : value.at("probabilities").items()) text += "," + field(name + "=" + label);
        }
        text += ",version\n";
        with_header = false;
      }
      text += fmt::format("{}", source.stream().original_rows()[row++]);
      for (const auto& [name, value] : prediction.at("outputs").items()) {
        if (!value.is_object()) {
          text += "," + to_text(value);
          continue;
        }
        text += "," + field(value.at("class").get<std::string>());
        for (const auto& [label, p] : value.at("probabilities").items()) text += "," + to_text(p);
      }
      text += "," + prediction.at("version").get<std::string>() + "\n";
    }
  }
  TRY(write_file(flags.output, text));
  return 0;
}

Result<int> score(const PredictFlags& flags) {
  if (!flags.target.url.empty()) return score_at(flags);
  if (flags.target.config.empty())
    return fail(ErrorCode::usage, "neither a config nor --url is given", "predict",
                "perennial predict CONFIG --data FILE");
  ASSIGN_OR_RETURN(const auto config, lifecycle::load_fleet(flags.target.config));
  ASSIGN_OR_RETURN(const auto* model, config.model(flags.target.model));
  ASSIGN_OR_RETURN(ModelSource source, ModelSource::open(*model, {flags.data}, config.replay.row_interval, false));
  std::string text;
  ASSIGN_OR_RETURN(
      const Json ignored, look_at(flags.target, [&](lifecycle::Fleet& fleet, const std::string& name) -> Result<Json> {
        const ModelVersion* chosen = fleet.state().registry().champion(name);
        if (!flags.version.empty()) {
          ASSIGN_OR_RETURN(const VersionNumber number, parse_version(flags.version));
          ASSIGN_OR_RETURN(chosen, fleet.state().registry().get(name, number));
        }
        if (chosen == nullptr)
          return fail(ErrorCode::not_found, "the model has no champion yet", name,
                      "train one: perennial train CONFIG --data FILE");
        TRY(fleet.state().registry().check_there(name, chosen->number));
        std::string scorer;
        if (chosen->foreign) {
          ASSIGN_OR_RETURN(scorer, scorer_path());
        }
        lifecycle::Sessions sessions(fleet.blobs(), scorer);
        ASSIGN_OR_RETURN(const auto session, sessions.get(*chosen));
        ASSIGN_OR_RETURN(features::Deriver deriver,
                         features::Deriver::make(model->features, session->signature().request));
        TRY(deriver.set_frozen(fleet.state().model(name).configured.at("frozen")));
        text = header(session->signature().targets);
        for (;;) {
          ASSIGN_OR_RETURN(const Rows rows, source.next(10000));
          if (rows.request.rows == 0) break;
          ASSIGN_OR_RETURN(const Table inputs, deriver.derive(rows.request));
          ASSIGN_OR_RETURN(const auto batch, features::to_batch(inputs, session->signature().inputs, 0, inputs.rows));
          ASSIGN_OR_RETURN(const Outputs outputs, session->run(batch));
          if (!std::ranges::all_of(outputs.values, [](float value) { return std::isfinite(value); }))
            return fail(ErrorCode::internal, "the version gave an answer that is not finite", chosen->number.text());
          for (std::size_t i = 0; i < outputs.rows; ++i)
            text +=
                row_text(source.stream().original_rows()[i], session->signature().targets,
                         std::span(outputs.values).subspan(i * outputs.width, outputs.width), chosen->number.text());
        }
        return Json(nullptr);
      }));
  TRY(write_file(flags.output, text));
  return 0;
}

}  // namespace

void add_predict(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("predict", "score a file with the champion (or --version); writes CSV");
  auto flags = std::make_shared<PredictFlags>();
  flags->target.config.clear();
  command->add_option("config", flags->target.config, "the config; with --url it says how the file is read");
  command->add_option("--data", flags->data, "the rows")->required();
  command->add_option("-o,--output", flags->output, "the CSV; default: stdout")->default_str("-");
  command->add_option("--version", flags->version, "default: the champion");
  command->add_option("--url", flags->target.url, "ask a running server instead of the data directory");
  command->add_option("--data-dir", flags->target.data_dir, "default: the config's");
  command->add_option("--model", flags->target.model, "where the config has several");
  command->footer("example: perennial predict perennial.yaml --data today.csv -o scored.csv");
  command->callback([flags, &exit_code] { exit_code = finish([&] { return score(*flags); }); });
}

}  // namespace perennial::app
