#pragma once
// The seam for child processes, and the real one.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace perennial::training {

/// Set from any thread to end what it was given to.
using CancelFlag = std::shared_ptr<std::atomic<bool>>;
inline CancelFlag make_cancel_flag() { return std::make_shared<std::atomic<bool>>(false); }

struct ProcessRequest {
  std::vector<std::string> arguments;                            ///< arguments[0] is the path of the executable
  std::string working_directory;                                 ///< empty: the parent's
  std::vector<std::pair<std::string, std::string>> environment;  ///< all the child gets beside the allow-list
  Duration limit = std::chrono::hours(4);
  Duration grace = std::chrono::seconds(5);                   ///< between SIGTERM and SIGKILL of the process group
  std::uint64_t memory_bytes = limits::trainer_memory_bytes;  ///< address space; 0 = not limited
  int nice = 10;                                              ///< 0..19
  std::size_t log_bytes = limits::trainer_log_bytes;  ///< newest bytes of stdout and stderr together that are kept
};

enum class ProcessEnd { ok, failed, signalled, timed_out, out_of_memory, cancelled };
std::string_view to_string(ProcessEnd end);

struct ProcessOutcome {
  ProcessEnd end = ProcessEnd::failed;
  int exit_code = 0;  ///< where it exited
  int signal = 0;     ///< where it was ended by one
  std::string log;    ///< newest part of its output
  bool log_truncated = false;
  Duration elapsed{0};  ///< wall time; never used for a decision under a virtual clock
  Duration cpu{0};      ///< user and system time of the child
  std::uint64_t peak_memory_bytes = 0;

  /// "ended by signal 11 (Segmentation fault)"
  std::string describe() const;
};

/// Exit code with which a trainer says that it ran out of memory.
inline constexpr int exit_out_of_memory = 77;

class ProcessRunner {
 public:
  virtual ~ProcessRunner() = default;
  /// Returns when the child and its process group have ended. Thread-safe. Errors: not_found (no such executable),
  /// io (cannot be started). A child that fails is an outcome, not an error.
  virtual Result<ProcessOutcome> run(const ProcessRequest& request, const CancelFlag& cancel) = 0;
};

/// posix_spawn of the executable in its own process group: stdin from /dev/null, all other descriptors closed,
/// allow-listed environment (PATH, LD_LIBRARY_PATH, TMPDIR, LANG, TZ where set; OMP_WAIT_POLICY=passive), memory limit
/// and niceness set right after the start. Ends the whole group on time-out, on cancel and when the leader has ended.
/// A child killed by SIGKILL that we did not send, or with exit_out_of_memory, is out_of_memory.
class SpawnRunner final : public ProcessRunner {
 public:
  Result<ProcessOutcome> run(const ProcessRequest& request, const CancelFlag& cancel) override;
};

}  // namespace perennial::training
