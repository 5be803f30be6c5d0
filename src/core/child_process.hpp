#pragma once
// Starts a program as a child without a shell: the one place where processes are made.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace perennial {

/// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  int number() const { return number_; }
  void close();

 private:
  int number_;
};

struct ChildProcess {
  std::vector<std::string> arguments;                            ///< arguments[0] is the path of the executable
  std::string working_directory;                                 ///< empty: the parent's
  std::vector<std::pair<std::string, std::string>> environment;  ///< all the child gets beside the allow-list
  int input = -1;                                                ///< descriptor that becomes stdin; -1: /dev/null
  int output = -1;                                               ///< stdout and stderr; -1: /dev/null
  std::uint64_t memory_bytes = 0;                                ///< address space; 0 = not limited
  int nice = 0;                                                  ///< 0..19
};

/// posix_spawn in a process group of its own, so that whatever the child starts can be ended with it: all other
/// descriptors closed, allow-listed environment (PATH, LD_LIBRARY_PATH, TMPDIR, LANG, TZ where set;
/// OMP_WAIT_POLICY=passive), no signal blocked or ignored, no core file; limits are set right after the start. The
/// caller waits for the child. Thread-safe. Errors: not_found (no such executable), io (cannot be started).
Result<pid_t> start_child(const ChildProcess& process);

/// "was ended by signal 11 (Segmentation fault)", "ended with exit code 3"; `status` is that of waitpid().
std::string describe_end(int status);

}  // namespace perennial
