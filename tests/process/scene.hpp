#pragma once
// What the process tests have in common: a folder, generated data, a config, and the server as a real process.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <memory>
#include <random>

#include "process/call.hpp"
#include "process/child.hpp"

namespace perennial::process {

/// Removed with everything in it at the end.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "perennial-process-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const Path& path() const { return path_; }
  Path operator/(const std::string& name) const { return path_ / name; }

 private:
  Path path_;
};

/// Rows with columns a, b, c and the number y = 3a - 2b + noise; from `drift_row` on, y = -3a - 2b + noise.
inline std::string regression_csv(std::size_t rows, std::size_t drift_row, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto unit = [&] { return static_cast<double>(random() >> 11) / 9007199254740992.0; };
  std::string text = "a,b,c,y\n";
  for (std::size_t row = 0; row < rows; ++row) {
    const double a = unit();
    const double b = unit();
    const double c = unit();
    const double sign = row < drift_row ? 3 : -3;
    text += fmt::format("{:.5f},{:.5f},{:.5f},{:.5f}\n", a, b, c, sign * a - 2 * b + 0.1 * unit());
  }
  return text;
}

/// A config for such a file. `model` are more lines of the model, indented by four.
inline std::string config_text(const std::string& source, const std::string& model, const std::string& top = "") {
  return "version: 1\ndata_dir: ./data\nserver: {listen: 127.0.0.1:0, tick: 50ms}\n" + top +
         "models:\n  - name: m\n    targets: {y: regression}\n    primary: y.rmse\n" +
         (source.empty() ? "" : "    data: {source: " + source + "}\n") +
         "    features: {include: [a, b, c]}\n"
         "    train: {params: {max_depth: 3, rounds: 20}, min_rows: 20}\n" +
         model;
}

/// Nothing happens by itself: retrains on demand, versions wait in shadow for an operator.
inline const std::string by_hand =
    "    monitor: {every: 1h}\n"
    "    retrain: {window: 100000rows, cooldown: 1s}\n"
    "    gates: [{none: true}]\n"
    "    rollout: {shadow: 10d, canary: {steps: [{weight: 50%, bake: 10d}]}, watch: 30d, deadline: 30d}\n";

class Server {
 public:
  /// Waits until it listens, or has ended, for 30 s at most.
  Server(const Path& config, const Path& data_dir, const Path& output, Child::Environment environment = {},
         int port = 0) {
    environment.emplace_back("OMP_WAIT_POLICY", "passive");
    const std::string before = read_text(output);
    child_ = std::make_unique<Child>(
        std::vector<std::string>{PERENNIAL_BIN, "serve", config.string(), "--data-dir", data_dir.string(), "--listen",
                                 fmt::format("127.0.0.1:{}", port)},
        Path(output.string() + ".out"), output, environment);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < until) {
      const bool running = child_->running();
      const std::string text = read_text(output).substr(before.size());
      const std::string mark = "http://127.0.0.1:";
      if (const auto at = text.find(mark); at != std::string::npos) {
        port_ = std::stoi(text.substr(at + mark.size()));
        break;
      }
      if (!running) break;
      std::this_thread::sleep_for(Milliseconds(5));
    }
  }
  bool listening() const { return port_ != 0; }
  int port() const { return port_; }
  Child& child() { return *child_; }
  std::string log() const { return child_->err(); }

  bool wait_ready(Milliseconds limit = Milliseconds(60000)) {
    Connection connection(port_);
    const auto until = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < until && child_->running()) {
      if (connection.get("/readyz").status == 200) return true;
      std::this_thread::sleep_for(Milliseconds(10));
    }
    return false;
  }

 private:
  std::unique_ptr<Child> child_;
  int port_ = 0;
};

inline const std::string model_path = "/api/v1/models/m";

/// {"1.0.0": "production", …}
inline Json statuses(Connection& connection) {
  const Json list = connection.get(model_path + "/versions").json();
  Json by_version = Json::object();
  if (list.is_array())
    for (const auto& version : list) by_version[version.at("version").get<std::string>()] = version.at("status");
  return by_version;
}

inline bool wait_for_status(Connection& connection, const std::string& version, const std::string& status,
                            Milliseconds limit = Milliseconds(60000)) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (std::chrono::steady_clock::now() < until) {
    if (statuses(connection).value(version, "") == status) return true;
    std::this_thread::sleep_for(Milliseconds(20));
  }
  return false;
}

inline Json instance(double a, double b, double c, const std::string& id = "", const std::string& entity = "") {
  Json one = {{"features", {{"a", a}, {"b", b}, {"c", c}}}};
  if (!id.empty()) one["id"] = id;
  if (!entity.empty()) one["entity"] = entity;
  return one;
}

/// The version that answers now; empty where none does.
inline std::string answering_version(Connection& connection) {
  const Answer answer = connection.post(model_path + "/predict", instance(0.5, 0.5, 0.5));
  return answer.status == 200 ? answer.json().value("version", "") : std::string{};
}

inline std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::stoull(text);
}

}  // namespace perennial::process
