#include "app/operate.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "app/scratch.hpp"

namespace perennial::app {
Result<lifecycle::FleetConfig> config_of(const Where& where) {
  ASSIGN_OR_RETURN(auto config, lifecycle::load_fleet(where.config));
  if (!where.data_dir.empty()) config.data_dir = where.data_dir;
  return config;
}

void add_target(CLI::App& command, Where& where) {
  command.add_option("--url", where.url,
                     "a running server, such as http://127.0.0.1:8080; its token is read from PERENNIAL_TOKEN");
  command.add_option("--config", where.config, "without --url: the config of a stopped data directory")
      ->default_str("perennial.yaml");
  command.add_option("--data-dir", where.data_dir, "without --url: the data directory; default: the config's");
  command.add_option("--model", where.model, "where there are several");
}

Result<http::Client> connect(const Where& where) {
  const char* token = std::getenv("PERENNIAL_TOKEN");
  return http::Client::make(where.url, token == nullptr ? "" : token);
}

Result<std::string> model_of(const Where& where) {
  if (!where.model.empty()) return where.model;
  if (where.url.empty()) {
    ASSIGN_OR_RETURN(const auto config, config_of(where));
    ASSIGN_OR_RETURN(const auto* model, config.model(""));
    return model->name;
  }
  ASSIGN_OR_RETURN(auto client, connect(where));
  ASSIGN_OR_RETURN(const Json status, client.get("/api/v1/models"));
  const auto& models = status.at("models");
  if (models.size() == 1) return models[0].at("model").get<std::string>();
  return fail(ErrorCode::usage, "the server has several models", "--model", "name one");
}

Result<Json> look_at(const Where& where,
                     const std::function<Result<Json>(lifecycle::Fleet&, const std::string&)>& look) {
  lifecycle::FleetConfig config;
  std::string model = where.model;
  if (where.data_dir.empty() || model.empty()) {
    ASSIGN_OR_RETURN(config, config_of(where));
    ASSIGN_OR_RETURN(const auto* known, config.model(model));
    model = known->name;
  } else {
    config.data_dir = where.data_dir;
  }
  lifecycle::FleetOptions options;
  options.data_dir = config.data_dir;
  options.read_only = true;
  ASSIGN_OR_RETURN(const auto fleet, lifecycle::Fleet::open(std::move(config), options, SystemClock().now()));
  return look(*fleet, model);
}

Result<Json> act_on(const Where& where,
                    const std::function<Result<Json>(lifecycle::Desk&, lifecycle::Fleet&, const std::string&)>& act) {
  ASSIGN_OR_RETURN(const auto config, config_of(where));
  ASSIGN_OR_RETURN(const auto* model, config.model(where.model));
  const std::string name = model->name;
  if (!std::filesystem::exists(std::filesystem::path(config.data_dir) / "perennial.db"))
    return fail(ErrorCode::not_found, "there is no data directory of Perennial here", config.data_dir,
                "name one with --data-dir, or a server with --url");
  lifecycle::FleetOptions options;
  options.data_dir = config.data_dir;
  ASSIGN_OR_RETURN(options.trainer, trainer_path());
  const SystemClock clock;
  ASSIGN_OR_RETURN(const auto fleet, lifecycle::Fleet::open(config, options, clock.now()));
  // A training would end with this process, and would not know the rows of the data source: the server starts it.
  for (const auto& one : fleet->model_names())
    if (const auto loop = fleet->model(one)) (*loop)->hold_trainings(true);
  lifecycle::Desk desk(*fleet, clock);
  return act(desk, *fleet, name);
}

}  // namespace perennial::app
