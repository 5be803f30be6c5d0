#include "app/command_line.hpp"

#include <fmt/format.h>

#include "app/command.hpp"
#include "storage/files.hpp"

namespace perennial::app {

std::string cell(const Json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return fmt::format("{:.5g}", value.get<double>());
  return to_text(value);
}

Status write_file(const std::string& path, const std::string& bytes) {
  if (path == "-") {
    fmt::print("{}", bytes);
    return {};
  }
  storage::RealFiles files;
  return files.write_atomic(path, bytes);
}

int run(int argc, char** argv) {
  CLI::App app{
      "Perennial keeps production models fresh: it logs predictions and labels, detects drift and decay, retrains, "
      "gates, rolls out and rolls back.\nFirst steps: perennial demo; perennial init --data FILE --target COL; "
      "perennial replay perennial.yaml --data FILE",
      "perennial"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "perennial 0.1.0");
  int exit_code = 0;
  for (const auto add : commands()) add(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    app.exit(e);
    return 2;
  }
  return exit_code;
}

}  // namespace perennial::app
