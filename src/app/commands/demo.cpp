// perennial demo: the whole circle in a minute.

#include "app/demo/demo.hpp"
#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/scratch.hpp"

namespace perennial::app {

void add_demo(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "demo", "the whole circle on a built-in fleet simulator: trained, drifted, retrained, promoted, rolled back");
  auto options = std::make_shared<DemoOptions>();
  options->data_dir = "demo-output";
  auto no_wait = std::make_shared<bool>(false);
  command->add_flag("--no-wait", *no_wait, "do not leave the page up");
  command->add_option("--data-dir", options->data_dir, "made anew")->default_str("demo-output");
  command->add_option("--listen", options->listen, "of the page")->default_str("127.0.0.1:8080");
  command->add_option("--seed", options->seed, "of the simulator")->default_str("42");
  command->footer("example: perennial demo");
  command->callback([=, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      options->wait = !*no_wait;
      ASSIGN_OR_RETURN(options->trainer, trainer_path());
      TRY(demo(*options));
      return 0;
    });
  });
}

}  // namespace perennial::app
