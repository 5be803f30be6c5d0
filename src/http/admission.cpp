#include "http/admission.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "http/problem.hpp"
#include "http/target.hpp"

namespace perennial::http {
namespace {

constexpr std::array<std::string_view, 6> token_names = {"token",  "access_token", "api_key",
                                                         "apikey", "auth",         "authorization"};

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
         });
}

std::string allow_text(const std::vector<std::string>& methods) { return fmt::format("{}", fmt::join(methods, ", ")); }

}  // namespace

std::variant<Admitted, Refused> admit(const Head& head, const Site& site) {
  Refused refused;
  refused.head_only = head.method == "HEAD";
  const auto refuse = [&](int status, std::string_view kind, std::string_view detail, std::string_view hint = {}) {
    refused.response = problem(status, kind, detail, hint);
    return refused;
  };
  const auto refuse_and_close = [&](int status, std::string_view kind, std::string_view detail) {
    refused.close = true;
    return refuse(status, kind, detail);
  };

  if (head.transfer_encoding && (head.minor_version == 0 || !same_word(*head.transfer_encoding, "chunked")))
    return refuse_and_close(400, "invalid", "a transfer encoding other than chunked");
  if (head.target.size() > uri_bytes)
    return refuse_and_close(414, "too_large", fmt::format("the request target is longer than {} bytes", uri_bytes));
  if (head.hosts.size() > 1 || (head.hosts.empty() && head.minor_version > 0))
    return refuse_and_close(400, "invalid", "a request carries exactly one Host header");
  if (!head.hosts.empty() && !site.guard.host_allowed(head.hosts[0]))
    return refuse(421, "misdirected", "this server does not answer for the host that the request names",
                  "use the address it listens on, or add the name to server.hosts");
  if (!head.content_encoding.empty() && !same_word(head.content_encoding, "identity"))
    return refuse(415, "unsupported_encoding", "compressed bodies are not taken");
  if (!head.expect.empty() && !same_word(head.expect, "100-continue"))
    return refuse(417, "invalid", "an expectation other than 100-continue");

  auto target = parse_target(head.target);
  if (!target) {
    refused.response = problem(target.error());
    return refused;
  }
  for (const auto& [name, value] : target->query)
    if (std::any_of(token_names.begin(), token_names.end(),
                    [&, &key = name](std::string_view known) { return same_word(key, known); }))
      return refuse(400, "invalid", "a token in the URL is refused, it ends in logs and histories",
                    "send it as Authorization: Bearer …");

  if (head.authorizations.size() > 1) return refuse(400, "invalid", "more than one Authorization header");
  Admitted admitted;
  const bool privileged = !site.guard.asks_for_token() ||
                          (!head.authorizations.empty() && site.guard.token_matches(head.authorizations[0]));
  auto match = site.router.match(head.method, target->segments);
  if (match.route != nullptr) refused.route_index = match.index;
  const bool open = match.route != nullptr && match.route->permission == Permission::open;
  if (!open && !privileged)
    return refuse(401, "unauthorized",
                  head.authorizations.empty() ? "this needs a token" : "the token is not the right one",
                  "send it as Authorization: Bearer …");

  if (match.allowed.empty())
    return refuse(404, "not_found", "there is nothing at this path", "GET /api/v1/openapi.json lists what there is");
  if (match.route == nullptr) {
    if (head.method == "OPTIONS") {
      refused.response.status = 204;
      refused.response.content_type.clear();
    } else {
      refused.response = problem(405, "method_not_allowed", "this path has no such method", allow_text(match.allowed));
    }
    refused.response.headers.emplace_back("Allow", allow_text(match.allowed));
    return refused;
  }
  if (match.route->method != "GET" &&
      !site.guard.origin_allowed(head.origin, head.fetch_site, head.hosts.empty() ? std::string_view() : head.hosts[0]))
    return refuse(403, "foreign_origin", "a page of another origin may not write here");

  for (const auto& [name, value] : target->query) {
    const auto& known = match.route->query;
    if (std::any_of(known.begin(), known.end(),
                    [&, &key = name](const Parameter& parameter) { return parameter.name == key; }))
      continue;
    std::vector<std::string> names;
    for (const auto& parameter : known) names.push_back(parameter.name);
    return refuse(400, "invalid", fmt::format("unknown query parameter '{}'", name.substr(0, 80)),
                  names.empty() ? "this path has none" : fmt::format("known: {}", fmt::join(names, ", ")));
  }

  admitted.route = match.route;
  admitted.route_index = match.index;
  admitted.head_only = refused.head_only;
  admitted.wants_continue = !head.expect.empty();
  admitted.request.method = admitted.route->method;
  admitted.request.path = std::move(target->path);
  admitted.request.path_values = std::move(match.path_values);
  admitted.request.query = std::move(target->query);
  admitted.request.last_event_id = std::string(head.last_event_id);
  admitted.request.privileged = privileged;
  admitted.request.draining = site.draining.load(std::memory_order_relaxed);
  admitted.request.backends = site.backends;
  admitted.request.server_metrics = &site.metrics;
  return admitted;
}

}  // namespace perennial::http
