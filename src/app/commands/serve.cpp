// perennial serve: the daemon. API, loop and trainings in one process; Ctrl-C or SIGTERM ends it gracefully.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <csignal>
#include <cstdlib>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/interrupt.hpp"
#include "app/scratch.hpp"
#include "app/serve/service.hpp"

namespace perennial::app {

void add_serve(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("serve", "the daemon: API, loop, trainings and the page at /");
  auto file = std::make_shared<std::string>();
  auto listen = std::make_shared<std::string>();
  auto data_dir = std::make_shared<std::string>();
  command->add_option("config", *file, "the config")->required();
  command->add_option("--listen", *listen,
                      "ADDR:PORT; default: server.listen of the config. Beyond loopback a token is needed");
  command->add_option("--data-dir", *data_dir, "default: the config's");
  command->footer("example: PERENNIAL_TOKEN=… perennial serve perennial.yaml --listen 0.0.0.0:8080");
  command->callback([=, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      (void)std::signal(SIGPIPE, SIG_IGN);  // whoever reads our messages may end before we do
      ServiceOptions options;
      ASSIGN_OR_RETURN(options.config, lifecycle::load_fleet(*file));
      if (!data_dir->empty()) options.config.data_dir = *data_dir;
      if (!listen->empty()) options.config.server.listen = *listen;
      if (options.config.server.token.empty())
        if (const char* token = std::getenv("PERENNIAL_TOKEN")) options.config.server.token = token;
      ASSIGN_OR_RETURN(options.trainer, trainer_path());
      ASSIGN_OR_RETURN(const auto service, Service::start(std::move(options)));
      say(fmt::format("serving {} on {}  (Ctrl-C stops)", fmt::join(service->models(), ", "), service->url()));
      while (!wait_for_interrupt(1000))
        if (!service->healthy()) break;
      say("stopping: no new requests, those under way are answered");
      TRY(service->stop());
      return 0;
    });
  });
}

}  // namespace perennial::app
