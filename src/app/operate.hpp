#pragma once
// Where an operating command looks: at a running server (--url), or at a data directory that no server uses.

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "http/client.hpp"
#include "lifecycle/desk.hpp"

namespace perennial::app {

/// Flags that all operating commands have.
struct Where {
  std::string url;
  std::string config = "perennial.yaml";
  std::string data_dir;  ///< default: the config's
  std::string model;     ///< default: the only one
};

void add_target(CLI::App& command, Where& where);

/// The config, with --data-dir laid over it.
Result<lifecycle::FleetConfig> config_of(const Where& where);

/// A server's client, with the token of PERENNIAL_TOKEN. Error: usage.
Result<http::Client> connect(const Where& where);

/// The model named, or the only one (asked of the server, or of the config).
Result<std::string> model_of(const Where& where);

/// Looks at a journal without locking it; `look` gets the folded state.
Result<Json> look_at(const Where& where,
                     const std::function<Result<Json>(lifecycle::Fleet& fleet, const std::string& model)>& look);

/// Said after a training was asked for in a stopped data directory.
inline constexpr std::string_view starts_with_server = "note: it waits in the queue; `perennial serve` starts it";

/// Opens a stopped data directory for writing and acts; trainings that are asked for wait in the queue for a server.
/// Errors: not_found (no data directory there), conflict (a server uses it).
Result<Json> act_on(
    const Where& where,
    const std::function<Result<Json>(lifecycle::Desk& desk, lifecycle::Fleet& fleet, const std::string& model)>& act);

}  // namespace perennial::app
