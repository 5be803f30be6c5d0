#pragma once
// The commands of the command line: one file each in commands/, one line each in commands.cpp.

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace perennial::app {

/// Adds its subcommand to `app`; when that is chosen, its callback sets `exit_code`.
using AddCommand = void (*)(CLI::App& app, int& exit_code);

/// In the order of --help.
const std::vector<AddCommand>& commands();

/// Runs the command line. 0 done, 1 failed, 2 wrong usage or config, 3 a --fail-on condition was met.
int run(int argc, char** argv);

}  // namespace perennial::app
