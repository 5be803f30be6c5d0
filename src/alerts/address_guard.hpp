#pragma once
// Which addresses an alert may be sent to. A webhook's host is resolved by DNS, which others may control; so the
// address that is really connected to is looked at, not the name.

struct sockaddr;

namespace perennial::alerts {

/// True for link-local addresses, where clouds keep their metadata and credentials: 169.254.0.0/16, also mapped or
/// translated into IPv6, fe80::/10, and fd00:ec2::254; and for everything that is neither IPv4 nor IPv6. Private and
/// loopback addresses are allowed: a company's own receiver usually stands there.
bool is_refused(const sockaddr& address);

}  // namespace perennial::alerts
