#include "core/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace perennial {
namespace {

constexpr std::array inherited = {"PATH", "LD_LIBRARY_PATH", "TMPDIR", "LANG", "TZ"};

struct SpawnPlan {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  void give(int descriptor, int as, int mode) {
    if (descriptor >= 0) posix_spawn_file_actions_adddup2(&actions, descriptor, as);
    else posix_spawn_file_actions_addopen(&actions, as, "/dev/null", mode, 0);
  }
};

std::vector<std::string> environment_of(const ChildProcess& process) {
  std::vector<std::string> list;
  for (const char* name : inherited)
    if (const char* value = std::getenv(name)) list.push_back(std::string(name) + "=" + value);
  // An OpenMP team that spins while it waits takes the cores away from serving.
  list.emplace_back("OMP_WAIT_POLICY=passive");
  for (const auto& [name, value] : process.environment) list.push_back(name + "=" + value);
  return list;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const auto& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

void limit(pid_t child, const ChildProcess& process) {
  if (process.memory_bytes > 0) {
    const rlimit memory{process.memory_bytes, process.memory_bytes};
    prlimit(child, RLIMIT_AS, &memory, nullptr);
  }
  const rlimit no_core{0, 0};
  prlimit(child, RLIMIT_CORE, &no_core, nullptr);
  if (process.nice > 0) setpriority(PRIO_PROCESS, static_cast<id_t>(child), process.nice);
}

}  // namespace

void Descriptor::close() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

Result<pid_t> start_child(const ChildProcess& process) {
  if (process.arguments.empty()) return fail(ErrorCode::internal, "no program to start was named");
  SpawnPlan plan;
  plan.give(process.input, STDIN_FILENO, O_RDONLY);
  plan.give(process.output, STDOUT_FILENO, O_WRONLY);
  plan.give(process.output, STDERR_FILENO, O_WRONLY);
  posix_spawn_file_actions_addclosefrom_np(&plan.actions, STDERR_FILENO + 1);
  if (!process.working_directory.empty())
    posix_spawn_file_actions_addchdir_np(&plan.actions, process.working_directory.c_str());
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setpgroup(&plan.attributes, 0);
  posix_spawnattr_setsigmask(&plan.attributes, &none);
  posix_spawnattr_setsigdefault(&plan.attributes, &all);
  const auto environment = environment_of(process);
  pid_t child = -1;
  const int error = posix_spawn(&child, process.arguments.front().c_str(), &plan.actions, &plan.attributes,
                                pointers(process.arguments).data(), pointers(environment).data());
  if (error != 0)
    return fail(error == ENOENT || error == EACCES ? ErrorCode::not_found : ErrorCode::io,
                std::string("the program cannot be started: ") + std::strerror(error), process.arguments.front());
  limit(child, process);
  return child;
}

std::string describe_end(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("was ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  return fmt::format("ended with exit code {}", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

}  // namespace perennial
