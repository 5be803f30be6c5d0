#pragma once
// What the commands share on their way from flags to an exit code. For .cpp files of app/ only: it includes CLI11.

#include <CLI/CLI.hpp>
#include <string>

#include "app/output.hpp"
#include "core/json.hpp"

namespace perennial::app {

/// Runs `body` (returning Result<int>, the exit code) and prints its error.
template <class Body>
int finish(Body&& body) {
  const auto result = body();
  if (result) return *result;
  print_error(result.error());
  return exit_code(result.error());
}

/// --format table|json
inline void add_format(CLI::App& command, std::string& format) {
  command.add_option("--format", format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->default_str("table");
}

/// A JSON value as a table cell: texts bare, numbers short, null as "-".
std::string cell(const Json& value);

/// Writes a result file; "-" is stdout. Error: io, disk_full.
Status write_file(const std::string& path, const std::string& bytes);

}  // namespace perennial::app
