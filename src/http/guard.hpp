#pragma once
// Who may talk to the server: names in Host (DNS rebinding), Origin (forged requests of browsers), and the token.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace perennial::http {

/// "host:port" apart.
struct ListenAddress {
  std::string host;  ///< without brackets; never empty
  std::uint16_t port = 0;
  bool loopback = false;  ///< 127.0.0.0/8, ::1 or localhost
};

/// Error: config. ":8080" is loopback; a name other than localhost is an error (write the address).
Result<ListenAddress> parse_listen(std::string_view text);

/// The host of a Host header or an origin's authority in lower case, without its port; brackets of IPv6 are kept.
/// Empty where it is not well-formed.
std::string host_of(std::string_view authority);

class Guard {
 public:
  /// Error: config: beyond loopback without a token, or a token that is too short or not visible ASCII.
  static Result<Guard> make(const ListenAddress& listen, std::string token, std::vector<std::string> allowed_hosts);

  /// Loopback: localhost, 127.0.0.1, [::1], the listen address and the allowed names. Beyond it: any name where no
  /// names were allowed (the token protects), else only these.
  bool host_allowed(std::string_view host_header) const;
  /// A request that writes and carries an Origin must come from a page of this server: same host and port as
  /// `host_header`.
  bool origin_allowed(std::string_view origin, std::string_view fetch_site, std::string_view host_header) const;
  bool asks_for_token() const { return !token_.empty(); }
  /// `authorization` is the header's value. Takes the same time for any two tokens of one length.
  bool token_matches(std::string_view authorization) const;

 private:
  Guard() = default;
  std::string token_;
  std::vector<std::string> hosts_;  ///< lower case; empty: any
};

}  // namespace perennial::http
