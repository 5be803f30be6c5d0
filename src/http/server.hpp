#pragma once
// The HTTP/1.1 server: listener, connections, and what happens to a request before its route sees it.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/limits.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "http/route.hpp"

namespace perennial::http {

inline constexpr std::size_t token_bytes_least = 16;     ///< a shorter token is refused at start
inline constexpr std::size_t bodies_bytes = 256u << 20;  ///< all bodies being read at one time; then 503
inline constexpr std::size_t waiting_calls = 256;        ///< calls waiting for a worker, per lane; then 503
inline constexpr std::size_t uri_bytes = 8u << 10;       ///< longest request target; then 414

struct ServerOptions {
  std::string listen = "127.0.0.1:8080";  ///< "host:port", "[::1]:port" or ":port" (loopback); port 0 = any free one
  int threads = 2;                        ///< that read, score and write; 1..64
  std::size_t body_bytes = limits::http_body_bytes;    ///< one request's body; then 413
  std::size_t connections = limits::http_connections;  ///< open ones; then 503 and closed
  std::string token = {};                              ///< empty: none is asked for, and only loopback may be bound
  std::vector<std::string> allowed_hosts = {};         ///< further names that a Host header may carry (a proxy's name)
  Duration idle = std::chrono::seconds(limits::http_idle_seconds);  ///< a connection without a request
  Duration header = std::chrono::seconds(10);     ///< from a request's first byte to the end of its header
  Duration body = std::chrono::seconds(60);       ///< from there to the end of its body
  Duration write = std::chrono::seconds(30);      ///< until the client has taken an answer
  Duration heartbeat = std::chrono::seconds(15);  ///< comment lines in a quiet event stream
};

/// All methods are thread-safe.
class Server {
 public:
  /// Binds, listens and serves in threads of its own. `backends` outlive the server.
  /// Errors: config (address not understood, beyond loopback without a token, short token), io (port taken, …).
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Backends backends);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;
  /// "http://127.0.0.1:8080"
  std::string url() const;
  /// Readiness is false from here on, nothing new is accepted, requests that are under way get their answers, event
  /// streams end; what is still open after `drain` is cut. Returns when all threads have ended. Idempotent.
  void stop(Duration drain = std::chrono::seconds(10));

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace perennial::http
