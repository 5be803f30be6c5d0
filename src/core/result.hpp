#pragma once
// Errors are values. Every fallible function returns Result<T>; exceptions of libraries are turned into
// Results at the module that calls the library.

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace perennial {

/// What kind of failure it is; decides exit codes (usage, config -> 2, all others -> 1) and HTTP statuses.
enum class ErrorCode {
  usage,         ///< the command line is wrong                                   (exit 2, HTTP 400)
  config,        ///< the config file is wrong                                    (exit 2, HTTP 400)
  invalid,       ///< an input value, row, request or file content is not usable  (HTTP 400)
  not_found,     ///< a model, version, file or route is unknown                  (HTTP 404)
  conflict,      ///< not allowed in the present state                            (HTTP 409)
  too_large,     ///< a limit of core/limits.hpp was passed                       (HTTP 413)
  overloaded,    ///< a bounded queue is full, try later                          (HTTP 503)
  corrupt,       ///< stored bytes do not have the digest or checksum they should (HTTP 500)
  disk_full,     ///< ENOSPC, EDQUOT                                              (HTTP 507)
  io,            ///< any other failure of disk, network or process               (HTTP 500)
  timeout,       ///< a time limit passed                                         (HTTP 504)
  cancelled,     ///< the user or a shutdown ended the work                       (HTTP 499)
  unauthorized,  ///< no or wrong token                                           (HTTP 401)
  internal,      ///< a bug of ours: an invariant does not hold                   (HTTP 500)
};

/// "not_found" and so on, as written in JSON.
std::string_view to_string(ErrorCode code);

/// One failure, ready to be shown: what went wrong, where, and what the reader can do about it.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string what;   ///< "the column 'y' is not in the file"
  std::string where;  ///< file, line, model or route; may be empty
  std::string hint;   ///< "known columns: a, b, c"; may be empty

  /// One sentence: "where: what; hint".
  std::string message() const;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

/// Builds the error side of a Result: `return fail(ErrorCode::not_found, "…", "where", "hint");`
inline std::unexpected<Error> fail(ErrorCode code, std::string what, std::string where = {}, std::string hint = {}) {
  return std::unexpected<Error>(Error{code, std::move(what), std::move(where), std::move(hint)});
}

}  // namespace perennial

/// Returns the error of `expression` from the enclosing function, if it has one.
#define PERENNIAL_TRY(expression)                                \
  do {                                                           \
    if (auto perennial_try_ = (expression); !perennial_try_)     \
      return std::unexpected(std::move(perennial_try_).error()); \
  } while (false)

#define PERENNIAL_CONCAT_INNER(a, b) a##b
#define PERENNIAL_CONCAT(a, b) PERENNIAL_CONCAT_INNER(a, b)

/// `ASSIGN_OR_RETURN(auto x, f());` declares x with the value of f(), or returns f()'s error.
#define ASSIGN_OR_RETURN(declaration, expression)                                             \
  auto PERENNIAL_CONCAT(perennial_result_, __LINE__) = (expression);                          \
  if (!PERENNIAL_CONCAT(perennial_result_, __LINE__))                                         \
    return std::unexpected(std::move(PERENNIAL_CONCAT(perennial_result_, __LINE__)).error()); \
  declaration = std::move(*PERENNIAL_CONCAT(perennial_result_, __LINE__))

#define TRY(expression) PERENNIAL_TRY(expression)
