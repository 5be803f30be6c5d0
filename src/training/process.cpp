#include "training/process.hpp"
#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "core/child_process.hpp"

namespace perennial::training {
namespace {

using Monotonic = std::chrono::steady_clock;

constexpr int poll_ms = 20;

/// Keeps the newest `most` bytes.
class Tail {
 public:
  explicit Tail(std::size_t most) : most_(most) {}
  void add(std::string_view bytes) {
    text_ += bytes;
    if (text_.size() > 2 * most_) cut();
  }
  void finish(ProcessOutcome& outcome) {
    if (text_.size() > most_) cut();
    outcome.log = std::move(text_);
    outcome.log_truncated = truncated_;
  }

 private:
  void cut() {
    text_.erase(0, text_.size() - most_);
    truncated_ = true;
  }
  std::size_t most_;
  std::string text_;
  bool truncated_ = false;
};

/// True once the child has ended; it stays a zombie, so that its id and group cannot become another process's.
bool has_ended(pid_t child) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == child;
}

/// Reads what is there; false at the end of the stream.
bool drain(int from, Tail& tail) {
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t count = read(from, buffer.data(), buffer.size());
    if (count > 0) tail.add({buffer.data(), static_cast<std::size_t>(count)});
    else if (count == 0) return false;
    else if (errno != EINTR) return errno == EAGAIN;
  }
}

enum class Stop { none, timed_out, cancelled };

/// Waits for the end of the child, reading its output and ending it where it must end.
Stop watch(pid_t child, int output, const ProcessRequest& request, const CancelFlag& cancel, Tail& tail) {
  const auto started = Monotonic::now();
  Stop stop = Stop::none;
  Monotonic::time_point kill_at{};
  bool killed = false;
  bool open = true;
  while (!has_ended(child)) {
    pollfd waiting{open ? output : -1, POLLIN, 0};
    poll(&waiting, 1, open ? poll_ms : 1);
    if (open && waiting.revents != 0) open = drain(output, tail);
    const auto now = Monotonic::now();
    if (stop == Stop::none) {
      if (cancel && cancel->load()) stop = Stop::cancelled;
      else if (now - started >= request.limit) stop = Stop::timed_out;
      if (stop != Stop::none) {
        kill(-child, SIGTERM);
        kill_at = now + request.grace;
      }
    } else if (!killed && now >= kill_at) {
      kill(-child, SIGKILL);
      killed = true;
    }
  }
  kill(-child, SIGKILL);  // whatever it left behind in its group
  drain(output, tail);
  return stop;
}

Duration duration_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

ProcessOutcome outcome_of(int status, Stop stop) {
  ProcessOutcome outcome;
  if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
  if (stop == Stop::cancelled) outcome.end = ProcessEnd::cancelled;
  else if (stop == Stop::timed_out) outcome.end = ProcessEnd::timed_out;
  else if (outcome.signal == SIGKILL || outcome.exit_code == exit_out_of_memory)
    outcome.end = ProcessEnd::out_of_memory;
  else if (outcome.signal != 0) outcome.end = ProcessEnd::signalled;
  else outcome.end = outcome.exit_code == 0 ? ProcessEnd::ok : ProcessEnd::failed;
  return outcome;
}

}  // namespace

std::string_view to_string(ProcessEnd end) {
  switch (end) {
    case ProcessEnd::ok: return "ok";
    case ProcessEnd::failed: return "failed";
    case ProcessEnd::signalled: return "signalled";
    case ProcessEnd::timed_out: return "timed_out";
    case ProcessEnd::out_of_memory: return "out_of_memory";
    case ProcessEnd::cancelled: return "cancelled";
  }
  return "failed";
}

std::string ProcessOutcome::describe() const {
  switch (end) {
    case ProcessEnd::ok: return "ended well";
    case ProcessEnd::failed: return fmt::format("ended with exit code {}", exit_code);
    case ProcessEnd::signalled: return fmt::format("was ended by signal {} ({})", signal, strsignal(signal));
    case ProcessEnd::timed_out: return "was ended at its time limit";
    case ProcessEnd::out_of_memory: return "ran out of memory";
    case ProcessEnd::cancelled: return "was cancelled";
  }
  return "ended";
}

Result<ProcessOutcome> SpawnRunner::run(const ProcessRequest& request, const CancelFlag& cancel) {
  if (request.arguments.empty()) return fail(ErrorCode::internal, "no program to start was named");
  if (cancel && cancel->load()) {
    ProcessOutcome outcome;
    outcome.end = ProcessEnd::cancelled;
    return outcome;
  }
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(ErrorCode::io, std::string("no pipe can be made: ") + std::strerror(errno));
  Descriptor output(ends[0]);
  Descriptor childs_end(ends[1]);
  fcntl(output.number(), F_SETFL, O_NONBLOCK);
  const auto started = Monotonic::now();
  ASSIGN_OR_RETURN(const pid_t child, start_child({request.arguments, request.working_directory, request.environment,
                                                   -1, childs_end.number(), request.memory_bytes, request.nice}));
  childs_end.close();

  Tail tail(request.log_bytes);
  const Stop stop = watch(child, output.number(), request, cancel, tail);
  int status = 0;
  rusage usage{};
  while (wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  auto outcome = outcome_of(status, stop);
  tail.finish(outcome);
  outcome.elapsed = std::chrono::duration_cast<Duration>(Monotonic::now() - started);
  outcome.cpu = duration_of(usage.ru_utime) + duration_of(usage.ru_stime);
  outcome.peak_memory_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  return outcome;
}

}  // namespace perennial::training
