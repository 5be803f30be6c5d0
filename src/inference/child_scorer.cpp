#include "inference/child_scorer.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

#include "core/child_process.hpp"
#include "inference/scorer_protocol.hpp"

namespace perennial::inference {
namespace {

using Monotonic = std::chrono::steady_clock;
namespace protocol = scorer_protocol;

constexpr auto lived_well = std::chrono::minutes(1);           // then the next backoff is the first again
constexpr auto end_patience = std::chrono::milliseconds(200);  // for a process whose socket is closed to end by itself

// A sanitizer's shadow memory is terabytes of address space, which the limit counts.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool shadow_memory = true;
#else
constexpr bool shadow_memory = false;
#endif

/// A running child; ended with its owner.
class Child {
 public:
  Child(pid_t id, Descriptor socket) : id_(id), socket_(std::move(socket)) {}
  ~Child() { end(); }
  Child(Child&& other) noexcept : id_(std::exchange(other.id_, -1)), socket_(std::move(other.socket_)) {}
  Child& operator=(Child&&) = delete;
  int socket() const { return socket_.number(); }

  /// "was ended by signal 11 (…)"; waits a little for one that is ending by itself.
  std::string end(bool itself = false) {
    if (id_ < 0) return {};
    int status = 0;
    bool gone = false;
    for (const auto until = Monotonic::now() + end_patience; itself && !gone && Monotonic::now() < until;) {
      gone = ::waitpid(id_, &status, WNOHANG) == id_;
      if (!gone) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ::kill(-id_, SIGKILL);
    while (!gone && ::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = -1;
    socket_.close();
    return itself && gone ? describe_end(status) : "was ended";
  }

 private:
  pid_t id_;
  Descriptor socket_;
};

/// What the error of an exchange means for the child behind it.
std::string why(Child& child, const Error& error) {
  switch (error.code) {
    case ErrorCode::io: return "the scorer child " + child.end(true);
    case ErrorCode::timeout: return "the scorer child did not answer in time and " + child.end();
    default: return fmt::format("{}, and the scorer child {}", error.what, child.end());
  }
}

}  // namespace

struct ChildScorer::State {
  std::string graph;
  Signature signature;
  ChildScorerOptions options;
  std::size_t numeric_count = 0;
  std::size_t text_count = 0;

  std::mutex mutex;
  std::condition_variable changed;
  Readiness readiness = Readiness::loading;
  std::string problem;
  std::optional<Child> child;  ///< there while ready; used without the lock by the caller that set `busy`
  bool busy = false;
  std::size_t waiting = 0;
  std::uint64_t starts = 0;
  std::atomic<bool> stopping = false;
  std::thread supervisor;  // last: uses the others

  Result<Child> start() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      return fail(ErrorCode::io, std::string("no socket can be made: ") + std::strerror(errno));
    Descriptor ours(ends[0]);
    Descriptor theirs(ends[1]);
    const protocol::Patience patience{Monotonic::now() + options.load_limit, &stopping};
    ChildProcess process;
    process.arguments = {options.executable};
    process.input = theirs.number();
    process.memory_bytes = shadow_memory ? 0 : options.memory_bytes;
    ASSIGN_OR_RETURN(const pid_t id, start_child(process));
    theirs.close();
    Child made(id, std::move(ours));
    const auto loaded = [&]() -> Result<protocol::Frame> {
      TRY(protocol::send(made.socket(), protocol::Kind::load, {protocol::encode_load_head(signature), graph},
                         patience));
      return protocol::receive(made.socket(), protocol::error_bytes, patience);
    }();
    if (!loaded)
      return fail(loaded.error().code, fmt::format("while it loaded the graph, {}", why(made, loaded.error())));
    if (loaded->kind == protocol::Kind::error) {
      Error error = protocol::decode_error(loaded->payload);
      error.what = "the graph cannot be loaded: " + error.what;
      return std::unexpected(std::move(error));
    }
    if (loaded->kind != protocol::Kind::loaded)
      return fail(ErrorCode::corrupt, "the scorer child gave another answer than asked for");
    return made;
  }

  void supervise() {
    auto backoff = options.first_backoff;
    for (;;) {
      auto started = start();
      const auto born = Monotonic::now();
      std::unique_lock lock(mutex);
      if (stopping) return;
      if (started) {
        child.emplace(std::move(*started));
        readiness = Readiness::ready;
        problem.clear();
        ++starts;
      } else {
        readiness = Readiness::failed;
        problem = started.error().message();
      }
      changed.notify_all();
      changed.wait(lock, [&] { return stopping || readiness == Readiness::failed; });
      if (Monotonic::now() - born >= lived_well) backoff = options.first_backoff;
      if (changed.wait_for(lock, backoff, [&] { return stopping.load(); })) return;
      backoff = std::min(2 * backoff, options.longest_backoff);
    }
  }

  Status check(const features::InputBatch& batch) const {
    if (batch.numeric_count != numeric_count || batch.text_count != text_count)
      return fail(ErrorCode::invalid,
                  fmt::format("the rows have {} numeric and {} text inputs, the model takes {} and {}",
                              batch.numeric_count, batch.text_count, numeric_count, text_count));
    if (batch.numbers.size() != batch.rows * numeric_count || batch.texts.size() != batch.rows * text_count)
      return fail(ErrorCode::internal, "a batch has another number of values than rows times columns");
    return {};
  }

  /// The right to use the child alone.
  Status take_turn(std::chrono::microseconds limit) {
    std::unique_lock lock(mutex);
    if (waiting >= kScorerCallsWaiting)
      return fail(ErrorCode::overloaded, fmt::format("{} calls wait for the scorer child already", waiting));
    ++waiting;
    const bool settled = changed.wait_for(
        lock, limit, [&] { return readiness == Readiness::failed || (readiness == Readiness::ready && !busy); });
    --waiting;
    if (!settled)
      return fail(ErrorCode::timeout, readiness == Readiness::loading ? "the graph is still being loaded"
                                                                      : "the scorer child is busy with other calls");
    if (readiness == Readiness::failed) return fail(ErrorCode::io, problem);
    busy = true;
    return {};
  }

  void give_back() {
    const std::lock_guard lock(mutex);
    busy = false;
    changed.notify_all();
  }

  /// Ends the turn and the child, whose stream is out of step or closed. Gives the reason.
  std::string give_up(const Error& broken) {
    std::string reason = why(*child, broken);
    const std::lock_guard lock(mutex);
    busy = false;
    child.reset();
    readiness = Readiness::failed;
    problem = reason;
    changed.notify_all();
    return reason;
  }
};

ChildScorer::ChildScorer(std::unique_ptr<State> state) : state_(std::move(state)) {}

ChildScorer::~ChildScorer() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_all();
  if (state_->supervisor.joinable()) state_->supervisor.join();
}

std::shared_ptr<const ChildScorer> ChildScorer::start(std::string graph, Signature signature,
                                                      ChildScorerOptions options) {
  auto state = std::make_unique<State>();
  state->graph = std::move(graph);
  state->signature = std::move(signature);
  state->options = std::move(options);
  for (const auto& input : state->signature.inputs)
    ++(input.kind == ColumnKind::numeric ? state->numeric_count : state->text_count);
  state->supervisor = std::thread([raw = state.get()] { raw->supervise(); });
  return std::shared_ptr<const ChildScorer>(new ChildScorer(std::move(state)));
}

const Signature& ChildScorer::signature() const { return state_->signature; }

Readiness ChildScorer::readiness() const {
  const std::lock_guard lock(state_->mutex);
  return state_->readiness;
}

std::string ChildScorer::problem() const {
  const std::lock_guard lock(state_->mutex);
  return state_->readiness == Readiness::failed ? state_->problem : std::string{};
}

std::uint64_t ChildScorer::starts() const {
  const std::lock_guard lock(state_->mutex);
  return state_->starts;
}

Status ChildScorer::wait_until_loaded() const {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [&] { return state_->readiness != Readiness::loading; });
  if (state_->readiness == Readiness::failed) return fail(ErrorCode::invalid, state_->problem);
  return {};
}

Result<Outputs> ChildScorer::run(const features::InputBatch& batch) const {
  State& state = *state_;
  TRY(state.check(batch));
  Outputs out{batch.rows, state.signature.output_width(), {}};
  if (batch.rows == 0) return out;
  const auto limit = std::chrono::microseconds(state.options.call_limit) +
                     static_cast<std::int64_t>(batch.rows) * state.options.per_row;
  const std::string request = protocol::encode_batch(batch);
  if (request.size() > protocol::run_bytes_most)
    return fail(ErrorCode::too_large, fmt::format("a batch of {} bytes", request.size()));
  TRY(state.take_turn(limit));
  const protocol::Patience patience{Monotonic::now() + limit, nullptr};
  const std::size_t wanted = batch.rows * out.width * sizeof(float);
  auto answer = [&]() -> Result<protocol::Frame> {
    TRY(protocol::send(state.child->socket(), protocol::Kind::run, {request}, patience));
    ASSIGN_OR_RETURN(auto frame,
                     protocol::receive(state.child->socket(), std::max(wanted, protocol::error_bytes), patience));
    const bool fits = frame.kind == protocol::Kind::answers && frame.payload.size() == wanted;
    if (!fits && frame.kind != protocol::Kind::error)
      return fail(ErrorCode::corrupt, "the scorer child gave an answer of another shape");
    return frame;
  }();
  if (!answer) return fail(answer.error().code, state.give_up(answer.error()));
  state.give_back();
  if (answer->kind == protocol::Kind::error) return std::unexpected(protocol::decode_error(answer->payload));
  out.values.resize(batch.rows * out.width);
  std::memcpy(out.values.data(), answer->payload.data(), wanted);
  return out;
}

}  // namespace perennial::inference
