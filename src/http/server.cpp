#include "http/server.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "http/answer_text.hpp"
#include "http/problem.hpp"
#include "http/routes/table.hpp"
#include "http/session.hpp"
#include "http/site.hpp"

namespace perennial::http {
namespace {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds sweep_every{200};
constexpr std::chrono::milliseconds accept_pause{100};  ///< after an accept that failed, as when descriptors run out
constexpr int backlog = 512;

/// One thread and the connections that it owns.
struct Worker {
  explicit Worker(Site& shared) : site(shared), timer(context), guard(net::make_work_guard(context)) {}

  void start() {
    sweep();
    thread = std::thread([this] { run(); });
  }

  /// What a handler throws is a mistake of ours; it costs its own connection, which the sweep ends, and no other.
  void run() {
    for (bool running = true; running;) {
      try {
        context.run();
        running = false;
      } catch (const std::exception& error) {
        (void)std::fprintf(stderr, "a connection failed: %s\n", error.what());
      }
    }
  }

  void take(int descriptor, bool ipv6) {
    auto session = make_session(site, context, descriptor, ipv6, [this](Session& ended) { sessions.erase(&ended); });
    sessions.emplace(session.get(), session);
    session->start();
  }

  void each(const std::function<void(Session&)>& visit) {
    std::vector<std::shared_ptr<Session>> all;
    all.reserve(sessions.size());
    for (const auto& [key, session] : sessions) all.push_back(session);
    for (const auto& session : all) visit(*session);
  }

  void sweep() {
    timer.expires_after(sweep_every);
    timer.async_wait([this](error_code error) {
      if (error) return;
      const auto now = std::chrono::steady_clock::now();
      each([&](Session& session) { session.sweep(now); });
      sweep();
    });
  }

  Site& site;
  net::io_context context{1};
  net::steady_timer timer;
  net::executor_work_guard<net::io_context::executor_type> guard;
  std::unordered_map<Session*, std::shared_ptr<Session>> sessions;
  std::thread thread;
};

}  // namespace

struct Server::State {
  State(ServerOptions options, Guard guard, Backends backends)
      : site(std::move(options), std::move(guard), backends, route_table()) {
    for (int i = 0; i < site.options.threads; ++i) workers.push_back(std::make_unique<Worker>(site));
    acceptor = std::make_unique<tcp::acceptor>(workers[0]->context);
    pause = std::make_unique<net::steady_timer>(workers[0]->context);
  }

  Status listen(const ListenAddress& address) {
    error_code error;
    const auto failed = [&](std::string_view what) {
      return fail(
          ErrorCode::io, fmt::format("can't {} {}: {}", what, site.options.listen, error.message()), "server.listen",
          error == net::error::address_in_use ? "another program has this port; choose another one with --listen" : "");
    };
    const tcp::endpoint endpoint(net::ip::make_address(address.host), address.port);
    if (acceptor->open(endpoint.protocol(), error)) return failed("open");
    acceptor->set_option(net::socket_base::reuse_address(true), error);
    if (endpoint.protocol() == tcp::v6()) acceptor->set_option(net::ip::v6_only(true), error);
    if (acceptor->bind(endpoint, error)) return failed("listen on");
    if (acceptor->listen(backlog, error)) return failed("listen on");
    ipv6 = endpoint.protocol() == tcp::v6();
    const auto bound = acceptor->local_endpoint(error);
    port = bound.port();
    url = fmt::format("http://{}:{}",
                      address.host == "0.0.0.0" ? "127.0.0.1"
                      : ipv6                    ? "[" + (address.host == "::" ? "::1" : address.host) + "]"
                                                : address.host,
                      port);
    return {};
  }

  void accept() {
    acceptor->async_accept([this](error_code error, tcp::socket socket) {
      if (!acceptor->is_open()) return;
      if (error) {
        pause->expires_after(accept_pause);
        pause->async_wait([this](error_code cancelled) {
          if (!cancelled && acceptor->is_open()) accept();
        });
        return;
      }
      error_code ignored;
      const int descriptor = socket.release(ignored);
      if (!ignored) hand_over(descriptor);
      accept();
    });
  }

  void hand_over(int descriptor) {
    if (site.traffic.connections.load() + handed_over.load() >= site.options.connections) {
      site.traffic.connections_refused.fetch_add(1);
      const Response busy = problem(503, "overloaded", "too many connections are open", "try again in a second");
      const std::string text = answer_head(busy, false, 1) + busy.body;
      [[maybe_unused]] const auto sent = ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      ::shutdown(descriptor, SHUT_WR);
      ::close(descriptor);
      return;
    }
    handed_over.fetch_add(1);
    Worker& worker = *workers[next_worker++ % workers.size()];
    net::post(worker.context, [this, &worker, descriptor] {
      worker.take(descriptor, ipv6);
      handed_over.fetch_sub(1);
    });
  }

  /// Runs `task` in every worker and returns when all have done so.
  void in_each_worker(const std::function<void(Worker&)>& task) {
    std::mutex mutex;
    std::condition_variable done;
    std::size_t left = workers.size();
    for (auto& worker : workers)
      net::post(worker->context, [&, w = worker.get()] {
        task(*w);
        const std::lock_guard lock(mutex);
        if (--left == 0) done.notify_all();
      });
    std::unique_lock lock(mutex);
    done.wait(lock, [&] { return left == 0; });
  }

  void stop(Duration drain) {
    const std::lock_guard lock(stopping);
    if (stopped) return;
    stopped = true;
    site.draining = true;
    site.hub.stop();
    in_each_worker([&](Worker& worker) {
      if (&worker == workers[0].get()) {
        error_code ignored;
        acceptor->close(ignored);
        pause->cancel();
      }
      worker.each([](Session& session) { session.drain(); });
    });
    const auto deadline = std::chrono::steady_clock::now() + drain;
    while (site.traffic.connections.load() + handed_over.load() > 0 && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    in_each_worker([](Worker& worker) { worker.each([](Session& session) { session.cut(); }); });
    site.batch.stop();
    site.labels.stop();
    site.control.stop();
    for (auto& worker : workers) {
      worker->guard.reset();
      worker->context.stop();
      if (worker->thread.joinable()) worker->thread.join();
    }
  }

  Site site;
  std::vector<std::unique_ptr<Worker>> workers;
  std::unique_ptr<tcp::acceptor> acceptor;
  std::unique_ptr<net::steady_timer> pause;
  std::atomic<std::size_t> handed_over{0};  ///< accepted, not yet a session
  std::size_t next_worker = 0;
  std::uint16_t port = 0;
  bool ipv6 = false;
  std::string url;
  std::mutex stopping;
  bool stopped = false;
};

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Backends backends) {
  if (backends.predictions == nullptr || backends.labels == nullptr || backends.operations == nullptr ||
      backends.queries == nullptr)
    return fail(ErrorCode::internal, "a server needs all of its backends", "server");
  if (options.threads < 1 || options.threads > 64)
    return fail(ErrorCode::config, "threads is not 1 to 64", "server.threads");
  if (options.connections < 1)
    return fail(ErrorCode::config, "at least one connection is needed", "server.limits.connections");
  ASSIGN_OR_RETURN(const ListenAddress address, parse_listen(options.listen));
  ASSIGN_OR_RETURN(Guard guard, Guard::make(address, options.token, options.allowed_hosts));
  options.token.clear();
  try {
    auto state = std::make_unique<State>(std::move(options), std::move(guard), backends);
    TRY(state->listen(address));
    state->accept();
    for (auto& worker : state->workers) worker->start();
    return std::unique_ptr<Server>(new Server(std::move(state)));
  } catch (const std::exception& exception) {
    return fail(ErrorCode::io, exception.what(), "server");
  }
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() { stop(std::chrono::seconds(0)); }
std::uint16_t Server::port() const { return state_->port; }
std::string Server::url() const { return state_->url; }
void Server::stop(Duration drain) { state_->stop(drain); }

}  // namespace perennial::http
