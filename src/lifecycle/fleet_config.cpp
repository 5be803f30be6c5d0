#include "lifecycle/fleet_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "core/catalog.hpp"
#include "storage/files.hpp"

namespace perennial::lifecycle {
namespace {

Result<ServerConfig> parse_server(const ConfigNode& node) {
  TRY(node.check_keys({"listen", "limits", "auth", "threads", "tick", "hosts"}, {"tls"}));
  ServerConfig server;
  if (node["listen"].defined()) {
    ASSIGN_OR_RETURN(server.listen, node["listen"].text());
  }
  if (node["threads"].defined()) {
    ASSIGN_OR_RETURN(const auto threads, node["threads"].integer(1, 64));
    server.threads = static_cast<int>(threads);
  }
  if (node["hosts"].defined()) {
    ASSIGN_OR_RETURN(server.hosts, node["hosts"].texts());
  }
  const ConfigNode bounds = node["limits"];
  TRY(bounds.check_keys({"body", "connections"}));
  if (bounds["body"].defined()) {
    ASSIGN_OR_RETURN(server.body_bytes, bounds["body"].size_bytes());
  }
  if (bounds["connections"].defined()) {
    ASSIGN_OR_RETURN(const auto connections, bounds["connections"].integer(1, 100000));
    server.connections = static_cast<std::size_t>(connections);
  }
  const ConfigNode auth = node["auth"];
  TRY(auth.check_keys({"token"}));
  if (auth["token"].defined()) {
    ASSIGN_OR_RETURN(server.token, auth["token"].text());
    if (server.token.size() < 16) return auth["token"].error("the token is too short", "use at least 16 characters");
  }
  return server;
}

}  // namespace

Result<const ModelConfig*> FleetConfig::model(const std::string& name) const {
  std::vector<std::string> known;
  for (const auto& model : models) {
    if (model.name == name || (name.empty() && models.size() == 1)) return &model;
    known.push_back(model.name);
  }
  if (name.empty())
    return fail(ErrorCode::usage, "the config has several models", file,
                fmt::format("name one with --model: {}", fmt::join(known, ", ")));
  return unknown_name("model", name, known, file, ErrorCode::not_found);
}

Result<FleetConfig> parse_fleet(std::string_view text, const std::string& file) {
  ASSIGN_OR_RETURN(const ConfigNode root, ConfigNode::parse(text, file));
  if (!root.defined())
    return fail(ErrorCode::config, "the config file is empty", file, "write one with `perennial init`");
  TRY(root.check_keys({"data_dir", "version", "server", "replay", "models"},
                      {"store", "events", "artifacts", "executor"}));
  FleetConfig fleet;
  fleet.file = file;
  if (root["version"].defined()) TRY(root["version"].integer(1, 1));
  if (root["data_dir"].defined()) {
    ASSIGN_OR_RETURN(fleet.data_dir, root["data_dir"].text());
  }
  ASSIGN_OR_RETURN(fleet.server, parse_server(root["server"]));
  if (root["server"]["tick"].defined()) {
    ASSIGN_OR_RETURN(fleet.tick, root["server"]["tick"].duration());
    if (fleet.tick < std::chrono::milliseconds(10)) return root["server"]["tick"].error("a tick is at least 10ms");
  }
  const ConfigNode replay = root["replay"];
  TRY(replay.check_keys({"row_interval", "warmup"}));
  if (replay["row_interval"].defined()) {
    ASSIGN_OR_RETURN(fleet.replay.row_interval, replay["row_interval"].duration());
    if (fleet.replay.row_interval.count() == 0) return replay["row_interval"].error("a row takes longer than nothing");
  }
  if (replay["warmup"].defined()) {
    ASSIGN_OR_RETURN(const Span span, replay["warmup"].span());
    if (span.rows == 0) return replay["warmup"].error("the warm-up is a number of rows", "write 500rows");
    fleet.replay.warmup = span.rows;
  }
  if (root["models"].items().empty()) return root["models"].error("a config needs at least one model under 'models:'");
  std::set<std::string> names;
  for (const auto& node : root["models"].items()) {
    ASSIGN_OR_RETURN(auto model, parse_model(node));
    if (!names.insert(model.name).second)
      return node["name"].error(fmt::format("there are two models named '{}'", model.name));
    fleet.models.push_back(std::move(model));
  }
  if (fleet.models.size() > limits::models)
    return root["models"].error("too many models", fmt::format("at most {}", limits::models));
  return fleet;
}

Result<FleetConfig> load_fleet(const std::string& file) {
  storage::RealFiles files;
  auto text = files.read_all(file, limits::config_bytes);
  if (!text) {
    if (text.error().code == ErrorCode::not_found)
      return fail(ErrorCode::config, "the config file is not there", file,
                  "write one with `perennial init --data FILE --target COL`");
    return std::unexpected(text.error());
  }
  return parse_fleet(*text, file);
}

}  // namespace perennial::lifecycle
