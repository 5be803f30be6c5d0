#pragma once
// Errors as problem documents (RFC 9457).

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "http/route.hpp"

namespace perennial::http {

inline constexpr std::string_view problem_type = "application/problem+json";

/// As written beside ErrorCode.
int status_of(ErrorCode code);
/// "Not Found"
std::string_view phrase_of(int status);

/// {"type", "title", "status", "detail", "instance"?, "hint"?}. `kind` ends the type's URI:
/// "urn:perennial:problem:<kind>".
Response problem(int status, std::string_view kind, std::string_view detail, std::string_view hint = {},
                 std::string_view instance = {});

/// Faults of ours (status 5xx) get a general detail instead of `what`, and no text of a problem names a file of this
/// machine.
Response problem(const Error& error, std::string_view instance = {});

/// The other way round, for clients: an error out of a status and a problem document's text (or any other body).
Error error_from_problem(int status, std::string_view body);

}  // namespace perennial::http
