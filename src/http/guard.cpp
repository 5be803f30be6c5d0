#include "http/guard.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>

#include "http/server.hpp"

namespace perennial::http {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Splits at the colon before the port; brackets stay with the host.
std::pair<std::string_view, std::string_view> host_and_port(std::string_view authority) {
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket)) return {authority, {}};
  return {authority.substr(0, colon), authority.substr(colon)};
}

}  // namespace

Result<ListenAddress> parse_listen(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return fail(ErrorCode::config, fmt::format("'{}' is not an address to listen on: {}", text.substr(0, 80), why),
                "server.listen", "write ADDRESS:PORT, such as 127.0.0.1:8080 or [::1]:8080");
  };
  auto [host, port] = host_and_port(text);
  if (port.empty()) return bad("it has no port");
  port.remove_prefix(1);
  unsigned number = 0;
  if (!is_number(port) || std::from_chars(port.data(), port.data() + port.size(), number).ec != std::errc{} ||
      number > 65535)
    return bad("the port is not a number 0 to 65535");
  ListenAddress address;
  address.port = static_cast<std::uint16_t>(number);
  if (host.empty() || host == "localhost") {
    address.host = "127.0.0.1";
    address.loopback = true;
    return address;
  }
  if (host == "*") host = "0.0.0.0";
  const bool brackets = host.front() == '[';
  if (brackets) {
    if (host.back() != ']') return bad("a bracket is not closed");
    host = host.substr(1, host.size() - 2);
  }
  address.host = std::string(host);
  in_addr four{};
  in6_addr six{};
  if (!brackets && inet_pton(AF_INET, address.host.c_str(), &four) == 1) {
    address.loopback = (ntohl(four.s_addr) >> 24) == 127;
  } else if (brackets && inet_pton(AF_INET6, address.host.c_str(), &six) == 1) {
    address.loopback = IN6_IS_ADDR_LOOPBACK(&six);
  } else {
    return bad("the host is not an IP address");
  }
  return address;
}

std::string host_of(std::string_view authority) {
  const auto [host, port] = host_and_port(authority);
  if (host.empty() || (!port.empty() && port != ":" && !is_number(port.substr(1)))) return {};
  if (host.front() == '[') {
    if (host.size() < 4 || host.back() != ']') return {};
    if (host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos)
      return {};
  } else {
    for (const char c : host)
      if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '.' && c != '_') return {};
  }
  return lower(host);
}

Result<Guard> Guard::make(const ListenAddress& listen, std::string token, std::vector<std::string> allowed_hosts) {
  if (token.empty() && !listen.loopback)
    return fail(ErrorCode::config,
                fmt::format("{} can be reached from other machines, and there is no token", listen.host),
                "server.listen", "set server.auth.token: \"${PERENNIAL_TOKEN}\", or listen on 127.0.0.1");
  if (!token.empty() && token.size() < token_bytes_least)
    return fail(ErrorCode::config, "the token is too short", "server.auth.token",
                fmt::format("use at least {} characters", token_bytes_least));
  for (const char c : token)
    if (c <= 0x20 || c >= 0x7F)
      return fail(ErrorCode::config, "the token has a character that is not visible ASCII", "server.auth.token");
  Guard guard;
  guard.token_ = std::move(token);
  if (listen.loopback) guard.hosts_ = {"localhost", "127.0.0.1", "[::1]"};
  if (listen.loopback || !allowed_hosts.empty()) {
    guard.hosts_.push_back(lower(listen.host.find(':') == std::string::npos ? listen.host : "[" + listen.host + "]"));
    for (const auto& host : allowed_hosts) {
      const std::string name = host_of(host);
      if (name.empty())
        return fail(ErrorCode::config, fmt::format("'{}' is not a host name", host.substr(0, 80)), "server.hosts");
      guard.hosts_.push_back(name);
    }
  }
  return guard;
}

bool Guard::host_allowed(std::string_view host_header) const {
  const std::string host = host_of(host_header);
  if (host.empty()) return false;
  return hosts_.empty() || std::find(hosts_.begin(), hosts_.end(), host) != hosts_.end();
}

bool Guard::origin_allowed(std::string_view origin, std::string_view fetch_site, std::string_view host_header) const {
  if (!fetch_site.empty() && fetch_site != "same-origin" && fetch_site != "none") return false;
  if (origin.empty()) return true;
  for (const std::string_view scheme : {"http://", "https://"})
    if (origin.starts_with(scheme)) return lower(origin.substr(scheme.size())) == lower(host_header);
  return false;
}

bool Guard::token_matches(std::string_view authorization) const {
  if (authorization.size() < 7 || lower(authorization.substr(0, 7)) != "bearer ") return false;
  const std::string_view given = authorization.substr(7);
  // Walks over the given text only, so that time tells nothing about the token but at most its length.
  unsigned difference = given.size() == token_.size() ? 0u : 1u;
  for (std::size_t i = 0; i < given.size(); ++i)
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(token_[i % token_.size()]);
  return difference == 0;
}

}  // namespace perennial::http
