#pragma once
// The head of an answer as it goes over the wire.

#include <string>

#include "http/route.hpp"

namespace perennial::http {

/// Status line and fields, the empty line included. `keep_alive` false adds "Connection: close"; an HTTP/1.0 client
/// that keeps the connection is told so. Every answer carries nosniff and no-store.
std::string answer_head(const Response& response, bool keep_alive, int minor_version);

/// The head of an event stream, which ends with its connection.
std::string stream_head();

}  // namespace perennial::http
