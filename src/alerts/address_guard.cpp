#include "alerts/address_guard.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace perennial::alerts {
namespace {

bool is_link_local(std::uint8_t first, std::uint8_t second) { return first == 169 && second == 254; }

}  // namespace

bool is_refused(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    const std::uint32_t host = ntohl(v4.sin_addr.s_addr);
    return is_link_local(static_cast<std::uint8_t>(host >> 24), static_cast<std::uint8_t>(host >> 16));
  }
  if (address.sa_family != AF_INET6) return true;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) return true;
  constexpr std::array<std::uint8_t, 16> metadata = {0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54};
  if (bytes == metadata) return true;
  const auto starts_with = [&](const std::array<std::uint8_t, 12>& prefix) {
    return std::equal(prefix.begin(), prefix.end(), bytes.begin());
  };
  const bool holds_v4 = starts_with({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}) ||  // mapped
                        starts_with({}) ||                                          // compatible
                        starts_with({0, 0x64, 0xff, 0x9b});                         // NAT64
  return holds_v4 && is_link_local(bytes[12], bytes[13]);
}

}  // namespace perennial::alerts
