#include "lifecycle/prediction_account.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/hash.hpp"
#include "core/limits.hpp"
#include "feedback/prediction_search.hpp"
#include "serving/row_scoring.hpp"

namespace perennial::lifecycle {
namespace {

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

/// The shortest text that gives the float again, so that 0.1f is not shown as 0.10000000149011612.
Json number(float value) { return std::isfinite(value) ? Json(std::stod(fmt::format("{}", value))) : Json(nullptr); }

Json row_json(const Table& table, std::size_t first_column) {
  Json row = Json::object();
  for (std::size_t i = first_column; i < table.columns.size(); ++i) {
    const Column& column = table.columns[i];
    if (column.kind == ColumnKind::numeric) row[column.name] = number(column.numbers[0]);
    else row[column.name] = column.codes[0] < 0 ? Json(nullptr) : Json(std::string(column.text(0)));
  }
  return row;
}

/// One row of answers by target and class. Where the version's targets are not known: a list.
Json outputs_json(const std::optional<Signature>& signature, std::span<const float> values) {
  if (!signature || signature->output_width() != values.size()) {
    Json list = Json::array();
    for (const float value : values) list.push_back(number(value));
    return list;
  }
  Json targets = Json::object();
  std::size_t at = 0;
  for (const auto& target : signature->targets)
    for (std::size_t i = 0; i < target.width(); ++i, ++at)
      targets[target.name][target.task == Task::regression ? "value" : target.classes[i]] = number(values[at]);
  return targets;
}

std::optional<Signature> signature_of(const registry::Registry& registry, const std::string& model,
                                      const std::string& version) {
  const auto parsed = parse_version(version);
  const ModelVersion* known = parsed ? registry.find(model, *parsed) : nullptr;
  if (known == nullptr) return std::nullopt;
  auto signature = signature_from_json(known->signature);
  return signature ? std::optional(std::move(*signature)) : std::nullopt;
}

Json label_json(const feedback::LabelBatch& label) {
  Json values = Json::object();
  for (std::size_t t = 0; t < label.targets->size(); ++t) {
    const Target& target = (*label.targets)[t];
    const double truth = label.truth[t][0];
    if (std::isnan(truth)) continue;
    values[target.name] =
        target.task == Task::regression ? Json(truth) : Json(target.classes[static_cast<std::size_t>(truth)]);
  }
  return {{"received_at", format_time(label.received_at)},
          {"values", std::move(values)},
          {"confidence", label.confidence.empty() ? Json(1.0) : number(label.confidence[0])}};
}

/// Today's champion asked for the features as its graph would have been given them.
Json today_json(const registry::Registry& registry, const std::string& model, const feedback::PredictionRecord& record,
                const Json& said, const LoadVersion& load) {
  const ModelVersion* champion = registry.champion(model);
  Json today = {{"version", nullptr}, {"outputs", nullptr}, {"same", false}, {"why_not", nullptr}};
  if (champion == nullptr) {
    today["why_not"] = "no version is in production";
    return today;
  }
  const std::string version = champion->number.text();
  today["version"] = version;
  const auto answer = [&]() -> Result<Json> {
    ASSIGN_OR_RETURN(const auto scorer, load(*champion));
    const Signature& signature = scorer->signature();
    ASSIGN_OR_RETURN(const auto batch, features::to_batch(record.graph_inputs(), signature.inputs, 0, 1));
    auto answers = serving::unscored(version, feedback::Arm::champion, 1, signature.output_width());
    const std::size_t wanted[] = {0};
    const auto scored = serving::score_rows(*scorer, batch, wanted, answers, false);
    if (scored.error) return std::unexpected(*scored.error);
    return outputs_json(signature, answers.outputs.values);
  }();
  if (!answer) {
    today["why_not"] = answer.error().message();
    return today;
  }
  today["same"] = *answer == said;
  today["outputs"] = *answer;
  return today;
}

std::string reach_in_words(const feedback::SearchReach& reach, bool found) {
  return fmt::format("looked at {} predictions in {} segment{}{}{}", reach.rows, reach.segments,
                     reach.segments == 1 ? "" : "s",
                     reach.oldest ? ", back to " + format_time(*reach.oldest) : std::string{},
                     found             ? ""
                     : reach.whole_log ? ": all that is kept"
                                       : fmt::format(": the newest {} segments", feedback::segments_searched));
}

std::vector<std::string> in_words(const Json& json, const feedback::SearchReach& reach) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("prediction {} of {}: answered by version {} ({}) for {}{}",
                              json.at("id").get<std::string>(), json.at("model").get<std::string>(),
                              json.at("version").get<std::string>(), json.at("arm").get<std::string>(),
                              json.at("at").get<std::string>(),
                              json.at("entity").is_null() ? "" : ", entity " + json.at("entity").get<std::string>()));
  lines.push_back("features: " + to_text(json.at("features")));
  if (!json.at("derived").empty()) lines.push_back("derived: " + to_text(json.at("derived")));
  lines.push_back("answered: " + to_text(json.at("outputs")));
  for (const auto& other : json.at("also_scored"))
    lines.push_back(fmt::format("version {} ({}) said: {}", other.at("version").get<std::string>(),
                                other.at("arm").get<std::string>(), to_text(other.at("outputs"))));
  for (const auto& label : json.at("labels"))
    lines.push_back(
        fmt::format("label, received {}: {}", label.at("received_at").get<std::string>(), to_text(label.at("values"))));
  if (json.at("labels").empty()) lines.emplace_back("label: none has come");
  const Json& today = json.at("today");
  const std::string champion = today.at("version").is_string() ? today.at("version").get<std::string>() : "nobody";
  if (today.at("why_not").is_string())
    lines.push_back(
        fmt::format("today's champion ({}) can't say: {}", champion, today.at("why_not").get<std::string>()));
  else
    lines.push_back(fmt::format("today's champion ({}) would say: {}{}", champion, to_text(today.at("outputs")),
                                today.at("same").get<bool>() ? ", the same" : ""));
  lines.push_back(reach_in_words(reach, true));
  return lines;
}

}  // namespace

std::string feedback_folder(const std::string& data_dir, const std::string& model) {
  return data_dir + "/feedback/" + sha256_hex(model).substr(0, 16);
}

Result<Json> prediction_account(storage::Files& files, const std::string& folder, const registry::Registry& registry,
                                const std::string& model, const std::string& id, const LoadVersion& load) {
  if (id.empty() || id.size() > limits::id_bytes)
    return fail(ErrorCode::invalid, "the id is empty or too long", "id",
                fmt::format("1 to {} bytes", limits::id_bytes));
  ASSIGN_OR_RETURN(const auto search, feedback::find_prediction(files, folder + "/predictions", id));
  if (!search.record)
    return fail(ErrorCode::not_found, fmt::format("no prediction '{}'", id), model,
                reach_in_words(search.reach, false));
  const feedback::PredictionRecord& record = *search.record;

  Json also = Json::array();
  Json json = {
      {"model", model},
      {"id", id},
      {"at", record.request.times.empty() ? Json(nullptr) : Json(format_time(record.request.times[0]))},
      {"entity", record.request.entities.empty() || record.request.entities[0].empty()
                     ? Json(nullptr)
                     : Json(record.request.entities[0])},
      {"version", "nobody"},
      {"arm", "nobody"},
      {"features", row_json(record.request, 0)},
      {"derived", row_json(record.inputs, std::min(record.request.columns.size(), record.inputs.columns.size()))},
      {"outputs", nullptr}};
  for (std::size_t v = 0; v < record.versions.size(); ++v) {
    const auto& scored = record.versions[v];
    Json outputs;
    if (scored.scored[0] != 0)
      outputs = outputs_json(signature_of(registry, model, scored.version), scored.outputs.values);
    if (record.answered[0] == v) {
      json["version"] = scored.version;
      json["arm"] = std::string(feedback::to_string(scored.arm));
      json["outputs"] = std::move(outputs);
    } else if (scored.scored[0] != 0 || scored.failed[0] != 0) {
      also.push_back({{"version", scored.version},
                      {"arm", std::string(feedback::to_string(scored.arm))},
                      {"outputs", std::move(outputs)}});
    }
  }
  json["also_scored"] = std::move(also);

  feedback::LabelKey key;
  key.id = id;
  if (!record.request.entities.empty() && !record.request.times.empty()) {
    key.entity = record.request.entities[0];
    key.at = record.request.times[0];
  }
  ASSIGN_OR_RETURN(const auto labels, feedback::find_labels(files, folder + "/labels", key));
  json["labels"] = Json::array();
  for (const auto& label : labels) json["labels"].push_back(label_json(label));
  json["today"] = today_json(registry, model, record, json.at("outputs"), load);
  json["looked_at"] = {{"rows", search.reach.rows},
                       {"segments", search.reach.segments},
                       {"whole_log", search.reach.whole_log},
                       {"oldest", search.reach.oldest ? Json(format_time(*search.reach.oldest)) : Json(nullptr)}};
  json["in_words"] = in_words(json, search.reach);
  return json;
}

}  // namespace perennial::lifecycle
