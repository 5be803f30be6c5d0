#pragma once
// A child process of a test: started without a shell, its output kept in files, ended with the test at the latest.

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

extern char** environ;

namespace perennial::process {

using Milliseconds = std::chrono::milliseconds;
using Path = std::filesystem::path;

inline std::string read_text(const Path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_text(const Path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

class Child {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;

  /// arguments[0] is the executable. `environment` is added to this process's own.
  Child(std::vector<std::string> arguments, Path out, Path err, const Environment& environment = {})
      : out_(std::move(out)), err_(std::move(err)) {
    std::vector<std::string> variables;
    for (char** one = environ; *one != nullptr; ++one) {
      const std::string text = *one;
      bool replaced = false;
      for (const auto& [name, value] : environment) replaced = replaced || text.starts_with(name + "=");
      if (!replaced) variables.push_back(text);
    }
    for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
    const auto pointers = [](std::vector<std::string>& texts) {
      std::vector<char*> list;
      for (auto& text : texts) list.push_back(text.data());
      list.push_back(nullptr);
      return list;
    };
    auto argv = pointers(arguments);
    auto envp = pointers(variables);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, out_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_addopen(&actions, 2, err_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), envp.data()) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
  }
  ~Child() { kill_now(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  bool started() const { return pid_ > 0 || ended_; }
  void signal(int number) const {
    if (pid_ > 0 && !ended_) ::kill(pid_, number);
  }
  /// SIGKILL; returns once it is gone.
  void kill_now() {
    if (pid_ <= 0 || ended_) return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    ended_ = true;
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  bool running() {
    if (pid_ <= 0 || ended_) return false;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return true;
    ended_ = true;
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return false;
  }
  /// The exit code (128 + signal where a signal ended it); nothing where it still runs after `limit`.
  std::optional<int> wait(Milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (running()) {
      if (std::chrono::steady_clock::now() >= until) return std::nullopt;
      std::this_thread::sleep_for(Milliseconds(2));
    }
    return exit_code_;
  }
  std::string out() const { return read_text(out_); }
  std::string err() const { return read_text(err_); }

 private:
  pid_t pid_ = -1;
  bool ended_ = false;
  int exit_code_ = -1;
  Path out_, err_;
};

struct Outcome {
  int exit_code = -1;  ///< -1: it did not end in time
  std::string out, err;
};

/// Runs a command to its end in `directory`, which gets its output files.
inline Outcome run(std::vector<std::string> arguments, const Path& directory, Milliseconds limit = Milliseconds(120000),
                   const Child::Environment& environment = {}) {
  static int count = 0;
  const std::string name = "run-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
  Child child(std::move(arguments), directory / (name + ".out"), directory / (name + ".err"), environment);
  const auto code = child.wait(limit);
  if (!code) child.kill_now();
  return {code.value_or(-1), child.out(), child.err()};
}

}  // namespace perennial::process
