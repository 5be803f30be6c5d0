#include "http/client.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "http/problem.hpp"
#include "http/target.hpp"

namespace perennial::http {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
using tcp = net::ip::tcp;
using boost::system::error_code;

struct Answer {
  int status = 0;
  std::string body;
};

}  // namespace

struct Client::State {
  std::string url;
  std::string host, port;
  std::string token;
  Duration timeout{};
  net::io_context context;
  std::optional<beast::tcp_stream> stream;
  beast::flat_buffer buffer;

  /// Runs one asynchronous operation to its end; the stream's own timer bounds it.
  template <class Begin>
  error_code wait_for(Begin&& begin) {
    error_code result;
    stream->expires_after(timeout);
    begin([&](error_code error, auto&&...) { result = error; });
    context.restart();
    context.run();
    return result;
  }

  Error explain(error_code error, std::string_view doing) const {
    if (error == net::error::connection_refused)
      return {ErrorCode::io, fmt::format("nothing listens at {}", url), "",
              "is `perennial serve` running? Give its address with --url"};
    if (error == beast::error::timeout || error == net::error::timed_out)
      return {ErrorCode::timeout, fmt::format("{} did not answer within {}", url, format_duration(timeout)), "", ""};
    return {ErrorCode::io, fmt::format("{} {}: {}", doing, url, error.message()), "", ""};
  }

  bool connection_is_alive() {
    if (!stream || !stream->socket().is_open()) return false;
    char byte = 0;
    const auto n = ::recv(stream->socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }

  Status connect() {
    if (connection_is_alive()) return {};
    buffer.clear();
    stream.emplace(context);
    tcp::resolver resolver(context);
    error_code error;
    const auto endpoints = resolver.resolve(host, port, error);
    if (error)
      return std::unexpected(
          Error{ErrorCode::io, fmt::format("the host of {} is not known: {}", url, error.message()), "", ""});
    error = wait_for([&](auto handler) { stream->async_connect(endpoints, handler); });
    if (error) {
      stream.reset();
      return std::unexpected(explain(error, "can't connect to"));
    }
    stream->socket().set_option(tcp::no_delay(true), error);
    return {};
  }

  Result<Answer> call(beast::http::verb method, const std::string& path, const std::string* body) {
    TRY(connect());
    beast::http::request<beast::http::string_body> request(method, path, 11);
    const bool six = host.find(':') != std::string::npos;
    request.set(beast::http::field::host, fmt::format("{}{}{}:{}", six ? "[" : "", host, six ? "]" : "", port));
    request.set(beast::http::field::accept, "application/json");
    if (!token.empty()) request.set(beast::http::field::authorization, "Bearer " + token);
    if (body != nullptr) {
      request.set(beast::http::field::content_type, "application/json");
      request.body() = *body;
      request.prepare_payload();
    }
    // An early refusal may arrive while a large body is still being written: then the answer tells more than the write.
    const error_code wrote = wait_for([&](auto handler) { beast::http::async_write(*stream, request, handler); });
    beast::http::response_parser<beast::http::string_body> parser;
    parser.body_limit(client_answer_bytes);
    const error_code read = wait_for([&](auto handler) { beast::http::async_read(*stream, buffer, parser, handler); });
    if (read) {
      stream.reset();
      if (read == beast::http::error::body_limit)
        return std::unexpected(Error{ErrorCode::too_large, "the answer is too large", path, "ask for less at once"});
      return std::unexpected(explain(wrote ? wrote : read, "no answer from"));
    }
    Answer answer{static_cast<int>(parser.get().result_int()), std::move(parser.get().body())};
    if (wrote || !parser.get().keep_alive()) stream.reset();
    return answer;
  }

  Result<std::string> text(beast::http::verb method, const std::string& path, const std::string* body) {
    try {
      ASSIGN_OR_RETURN(Answer answer, call(method, path, body));
      if (answer.status >= 200 && answer.status < 300) return std::move(answer.body);
      Error error = error_from_problem(answer.status, answer.body);
      if (answer.status == 401 && token.empty()) error.hint = "set PERENNIAL_TOKEN";
      return std::unexpected(std::move(error));
    } catch (const std::exception& exception) {
      stream.reset();
      return fail(ErrorCode::io, fmt::format("talking to {}: {}", url, exception.what()));
    }
  }
};

Result<Client> Client::make(const std::string& url, std::string token, Duration timeout) {
  std::string_view rest = url;
  const auto bad = [&](std::string_view why) {
    return fail(ErrorCode::usage, fmt::format("'{}' is not a server's URL: {}", url, why), "--url",
                "write http://127.0.0.1:8080");
  };
  if (rest.starts_with("https://")) return bad("https is not spoken yet, put a proxy on this machine");
  if (rest.starts_with("http://")) rest.remove_prefix(7);
  while (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.empty()) return bad("it is empty");
  if (rest.find_first_of("/?#@ ") != std::string_view::npos) return bad("only http://HOST:PORT is expected");
  for (const char c : token)
    if (c <= 0x20 || c >= 0x7F)
      return fail(ErrorCode::usage, "the token has a character that is not visible ASCII", "PERENNIAL_TOKEN");
  auto state = std::make_unique<State>();
  const auto bracket = rest.rfind(']');
  const auto colon = rest.rfind(':');
  const bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  std::string_view host = has_port ? rest.substr(0, colon) : rest;
  const std::string_view port = has_port ? rest.substr(colon + 1) : std::string_view("80");
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return bad("it has no host");
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos ||
      std::stoul(std::string(port)) > 65535)
    return bad("the port is not a number 1 to 65535");
  state->url = "http://" + std::string(rest);
  state->host = std::string(host);
  state->port = std::string(port);
  state->token = std::move(token);
  state->timeout = timeout;
  return Client(std::move(state));
}

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<std::string> Client::text(const std::string& path) {
  return state_->text(beast::http::verb::get, path, nullptr);
}

Result<Json> Client::get(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string body, text(path));
  return parse_json(body, state_->url);
}

Result<Json> Client::post(const std::string& path, const Json& body) {
  const std::string sent = to_text(body);
  ASSIGN_OR_RETURN(const std::string answer, state_->text(beast::http::verb::post, path, &sent));
  return parse_json(answer, state_->url);
}

std::string Client::model_path(std::string_view model, std::string_view suffix) {
  return "/api/v1/models/" + percent_encode(model) + std::string(suffix);
}

}  // namespace perennial::http
