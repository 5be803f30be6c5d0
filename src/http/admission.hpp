#pragma once
// Judges a request by its head alone, before any of its body is read.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/route.hpp"
#include "http/site.hpp"

namespace perennial::http {

/// The parts of a request's head that matter. Views are valid during the call.
struct Head {
  std::string_view method;
  std::string_view target;
  int minor_version = 1;                ///< of HTTP/1
  std::vector<std::string_view> hosts;  ///< one per Host header
  std::vector<std::string_view> authorizations;
  std::string_view origin;
  std::string_view fetch_site;  ///< Sec-Fetch-Site
  std::string_view expect;
  std::string_view content_encoding;
  std::optional<std::string_view> transfer_encoding;
  std::string_view last_event_id;
};

struct Admitted {
  const Route* route = nullptr;
  std::size_t route_index = 0;
  Request request;  ///< all but the body
  bool head_only = false;
  bool wants_continue = false;
};

struct Refused {
  std::size_t route_index = SIZE_MAX;  ///< SIZE_MAX: none
  Response response;
  bool head_only = false;
  bool close = false;  ///< where the message's length can't be trusted
};

/// Order: framing, names, target, token (unknown paths too), route and method, origin, query parameters.
std::variant<Admitted, Refused> admit(const Head& head, const Site& site);

}  // namespace perennial::http
