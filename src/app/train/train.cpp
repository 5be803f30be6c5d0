#include "app/train/train.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "app/replay/source.hpp"
#include "lifecycle/fleet.hpp"

namespace perennial::app {
namespace {

/// Metrics of a version on files that it never saw, named "test.<target>.<metric>".
Result<Json> evaluate_test(lifecycle::Fleet& fleet, const lifecycle::ModelConfig& model,
                           const lifecycle::ModelLoop& loop, const std::string& number,
                           const std::vector<std::string>& files) {
  const SourceForm form = form_of(loop.signature());
  ASSIGN_OR_RETURN(ModelSource source,
                   ModelSource::open(model, files, fleet.config().replay.row_interval, true, &form));
  ASSIGN_OR_RETURN(const VersionNumber parsed, parse_version(number));
  ASSIGN_OR_RETURN(const ModelVersion* version, fleet.state().registry().get(model.name, parsed));
  ASSIGN_OR_RETURN(const auto session, fleet.sessions().get(*version));
  ASSIGN_OR_RETURN(features::Deriver deriver, features::Deriver::make(model.features, loop.signature().request));
  TRY(deriver.set_frozen(fleet.state().model(model.name).configured.at("frozen")));
  Outputs all;
  std::vector<Truth> truth(loop.signature().targets.size());
  for (;;) {
    ASSIGN_OR_RETURN(const Rows rows, source.next(10000));
    if (rows.request.rows == 0) break;
    ASSIGN_OR_RETURN(const Table inputs, deriver.derive(rows.request));
    ASSIGN_OR_RETURN(const auto batch, features::to_batch(inputs, session->signature().inputs, 0, inputs.rows));
    ASSIGN_OR_RETURN(const Outputs outputs, session->run(batch));
    all.rows += outputs.rows;
    all.width = outputs.width;
    all.values.insert(all.values.end(), outputs.values.begin(), outputs.values.end());
    for (std::size_t t = 0; t < truth.size(); ++t)
      truth[t].insert(truth[t].end(), rows.truth[t].begin(), rows.truth[t].end());
  }
  Json metrics = Json::object();
  for (const auto& [name, value] : training::holdout_metrics(loop.signature(), all, truth))
    metrics["test." + name] = value;
  return metrics;
}

Result<std::string> read_graph(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorCode::not_found, "the graph cannot be opened", file);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) return fail(ErrorCode::io, "the graph cannot be read", file);
  return bytes;
}

}  // namespace

Result<Json> train(const TrainOptions& options) {
  ASSIGN_OR_RETURN(const auto* model, options.config.model(options.model));
  ASSIGN_OR_RETURN(ModelSource source, ModelSource::open(*model, options.data, options.config.replay.row_interval));
  lifecycle::FleetConfig config = options.config;
  config.models = {*model};
  const SystemClock clock;
  const TimePoint begun = clock.now();
  lifecycle::FleetOptions fleet_options;
  fleet_options.data_dir = config.data_dir;
  fleet_options.trainer = options.trainer;
  ASSIGN_OR_RETURN(const auto fleet, lifecycle::Fleet::open(config, fleet_options, begun));
  ASSIGN_OR_RETURN(auto* loop, fleet->model(model->name));
  if (loop->configured()) {
    const SourceForm form = form_of(loop->signature());
    ASSIGN_OR_RETURN(source, ModelSource::open(*model, options.data, options.config.replay.row_interval, true, &form));
  }

  std::uint64_t read = 0;
  for (bool first = true;; first = false) {
    ASSIGN_OR_RETURN(const Rows rows, source.next(limits::examples_in_memory));
    if (rows.request.rows == 0) break;
    if (first && !loop->configured())
      TRY(loop->configure(source.available(), source.targets(), rows.request, clock.now()));
    TRY(loop->add_history(rows.request, rows.truth));
    read += rows.request.rows;
  }
  for (const auto& note : source.notes()) say("note: " + note);
  const std::uint64_t seq = fleet->journal().last_seq();
  if (options.graph.empty()) {
    say(fmt::format("training {} on {} rows", model->name, read));
    TRY(loop->train_on_everything(clock.now()));
  } else {
    say(fmt::format("judging {} by {} rows", options.graph, read));
    ASSIGN_OR_RETURN(const std::string bytes, read_graph(options.graph));
    const auto job = fleet->register_graph(model->name, bytes, {std::nullopt, "cli", options.reason}, clock.now());
    if (!job) return std::unexpected(job.error());
  }
  const auto state = [&]() -> const lifecycle::ModelState& { return fleet->state().model(model->name); };
  // The watch of an earlier promotion ends when the rollout of this one begins.
  const auto on_its_way = [&] { return state().rollout && state().rollout->phase != rollout::Phase::watch; };
  while (!state().cycle_job.empty() && !on_its_way() && loop->waits_for_person().empty()) {
    if (interrupted()) return fail(ErrorCode::cancelled, "the training was stopped", model->name);
    TRY(fleet->tick(clock.now()));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  if (const std::string waits = loop->waits_for_person(); !waits.empty()) say("note: " + waits);

  Json result = {{"version", nullptr},
                 {"run_id", nullptr},
                 {"data_version", nullptr},
                 {"config_hash", nullptr},
                 {"metrics", Json::object()},
                 {"gates", Json::array()},
                 {"status", "failed"},
                 {"reason", ""},
                 {"started_at", format_time(begun)},
                 {"stages", Json::object()},
                 {"rows", Json::object()},
                 {"date_range", nullptr},
                 {"train_s", nullptr}};
  ASSIGN_OR_RETURN(const auto events, fleet->journal().range(seq, 1000, model->name));
  for (const auto& event : events) {
    const Json& body = event.body;
    if (event.type == event_type::run_finished) {
      for (const char* key : {"run_id", "data_version", "config_hash", "metrics"}) result[key] = body.at(key);
      for (const char* part : {"train", "validation"}) result["rows"][part] = body.at("split").at(part).at("rows");
      result["rows"]["test"] = body.at("split").at("holdout").at("rows");
      result["date_range"] = {body.at("split").at("train").at("from"), body.at("split").at("holdout").at("to")};
      ASSIGN_OR_RETURN(const Json measured, fleet->journal().read_measurements(event.seq));
      if (measured.is_object()) result["train_s"] = measured.value("train_s", 0.0);
      if (options.graph.empty()) result["stages"]["trained"] = format_time(event.at);
    } else if (event.type == event_type::gate_evaluated) {
      result["gates"] = body.at("gates");
      result["status"] = body.at("verdict") == "pass" ? "completed" : "rejected";
      result["reason"] = body.at("reason");
      result["stages"]["gated"] = format_time(event.at);
    } else if (event.type == event_type::version_registered) {
      result["version"] = body.at("version");
      result["stages"]["registered"] = format_time(event.at);
    } else if (event.type == event_type::run_failed) {
      result["reason"] = body.at("error");
    } else if (event.type == event_type::promoted) {
      result["stages"]["promoted"] = format_time(event.at);
    } else if (event.type == event_type::rollout_planned) {
      result["stages"]["rollout_planned"] = format_time(event.at);
    }
  }
  if (!options.test.empty() && !result["version"].is_null()) {
    ASSIGN_OR_RETURN(const Json metrics,
                     evaluate_test(*fleet, *model, *loop, result["version"].get<std::string>(), options.test));
    result["metrics"].update(metrics);
  }
  result["completed_at"] = format_time(clock.now());
  return result;
}

}  // namespace perennial::app
