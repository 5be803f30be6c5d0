#pragma once
// The config file as a whole.

#include <string>
#include <vector>

#include "core/limits.hpp"
#include "lifecycle/model_config.hpp"

namespace perennial::lifecycle {

struct ServerConfig {
  std::string listen = "127.0.0.1:8080";
  std::size_t body_bytes = limits::http_body_bytes;
  std::size_t connections = limits::http_connections;
  int threads = 2;
  std::string token;               ///< empty: none is asked for, and only loopback may be bound
  std::vector<std::string> hosts;  ///< further names that a request may ask for, such as a proxy's
};

struct ReplayConfig {
  Duration row_interval = data::row_clock_interval;  ///< one row where there is no timestamp
  std::uint64_t warmup = 0;                          ///< rows; 0 = max(500, 3 %), at most half
};

struct FleetConfig {
  std::string file;
  std::string data_dir = "perennial-data";
  ServerConfig server;
  ReplayConfig replay;
  Duration tick = std::chrono::seconds(1);  ///< of `serve`
  std::vector<ModelConfig> models;

  /// Error: not_found with the known names. An empty name means the only model.
  Result<const ModelConfig*> model(const std::string& name) const;
};

/// Error: config, naming line, key and the known values.
Result<FleetConfig> parse_fleet(std::string_view text, const std::string& file);
Result<FleetConfig> load_fleet(const std::string& file);

}  // namespace perennial::lifecycle
