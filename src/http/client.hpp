#pragma once
// What the command line uses to talk to a running server. One connection, kept open between calls.

#include <memory>
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace perennial::http {

inline constexpr std::size_t client_answer_bytes = 256u << 20;

/// Not thread-safe.
class Client {
 public:
  /// `url`: "http://host:port" (http:// may be left out). `token` may be empty. Error: usage.
  static Result<Client> make(const std::string& url, std::string token, Duration timeout = std::chrono::seconds(30));
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  /// `path` starts with '/', its values are escaped (see path()). Errors: io (nothing listens: the hint says so),
  /// timeout, and what the server's problem document says, with its code.
  Result<Json> get(const std::string& path);
  Result<Json> post(const std::string& path, const Json& body);
  /// An answer that is not JSON, such as /metrics.
  Result<std::string> text(const std::string& path);

  /// "/api/v1/models/" + escaped model + suffix
  static std::string model_path(std::string_view model, std::string_view suffix);

 private:
  struct State;
  explicit Client(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace perennial::http
