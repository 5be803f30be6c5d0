#pragma once
// Generated files with one oddity each, and a way to take any of them through `init` and `replay`.

#include <duckdb.h>

#include "process/scene.hpp"

namespace perennial::process {

/// The made-up history behind every odd file: y = 3a - 2b + noise, `word` says whether b is above a half.
struct OddRow {
  std::size_t number = 0;
  double a = 0, b = 0, y = 0;
  std::string word;
  double coin = 0;  ///< uniform, of nothing else
  std::string text(double value) const { return fmt::format("{:.5f}", value); }
  /// "2024-01-01T05:00" of row 5.
  std::string hour() const {
    const std::size_t day = number / 24;
    return fmt::format("2024-{:02}-{:02} {:02}:00:00", 1 + day / 28, 1 + day % 28, number % 24);
  }
};

inline std::vector<OddRow> odd_rows(std::size_t count, std::uint64_t seed = 11) {
  std::mt19937_64 random(seed);
  const auto unit = [&] { return static_cast<double>(random() >> 11) / 9007199254740992.0; };
  std::vector<OddRow> rows;
  for (std::size_t i = 0; i < count; ++i) {
    OddRow row;
    row.number = i;
    row.a = unit();
    row.b = unit();
    row.y = 3 * row.a - 2 * row.b + 0.1 * unit();
    row.word = row.b > 0.5 ? "high" : "low";
    row.coin = unit();
    rows.push_back(row);
  }
  return rows;
}

/// header + one line per row.
template <class Line>
std::string odd_csv(const std::string& header, Line line, std::size_t count = 700, const std::string& end = "\n") {
  std::string text = header + end;
  for (const auto& row : odd_rows(count)) text += line(row) + end;
  return text;
}

/// Runs SQL in a DuckDB of its own: how users make their Parquet files. Returns what went wrong.
inline std::string duckdb_run(const std::string& sql) {
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  if (duckdb_open(nullptr, &database) != DuckDBSuccess) return "no database";
  std::string problem;
  if (duckdb_connect(database, &connection) != DuckDBSuccess) {
    problem = "no connection";
  } else {
    duckdb_result result;
    if (duckdb_query(connection, sql.c_str(), &result) != DuckDBSuccess) problem = duckdb_result_error(&result);
    duckdb_destroy_result(&result);
    duckdb_disconnect(&connection);
  }
  duckdb_close(&database);
  return problem;
}

struct Taken {
  Outcome init, replay;
  std::string config;
  Json report;  ///< null where the replay did not end well
  bool finished() const { return replay.exit_code == 0 && report.is_object(); }
};

/// `init` and, where it worked, `replay` with nothing edited by hand.
inline Taken take(const Folder& folder, const std::string& file, const std::string& target,
                  const std::vector<std::string>& more = {}, Milliseconds limit = Milliseconds(600000)) {
  Taken taken;
  const std::string config = (folder / "taken.yaml").string();
  const std::string report = (folder / "taken.json").string();
  std::filesystem::remove(config);
  std::filesystem::remove(report);
  std::vector<std::string> init = {PERENNIAL_BIN, "init", "--data", (folder / file).string(),
                                   "--target",    target, "-o",     config};
  init.insert(init.end(), more.begin(), more.end());
  taken.init = run(init, folder.path(), limit);
  taken.config = read_text(config);
  if (taken.init.exit_code != 0) return taken;
  taken.replay = run({PERENNIAL_BIN, "replay", config, "--report", report}, folder.path(), limit);
  const std::string text = read_text(report);
  if (!text.empty()) taken.report = Json::parse(text, nullptr, false);
  return taken;
}

}  // namespace perennial::process
