#pragma once
// Request bodies, strictly: UTF-8, no duplicate keys, no numbers that a double can't hold, bounded depth.

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "api/predictions.hpp"
#include "core/json.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace perennial::http {

/// For bodies off the hot path. `body` may be given room at its end. Error: invalid.
Result<Json> parse_body(std::string& body);

/// A predict body; `model` and `version` of the answer are left empty. See docs in routes/predictions.cpp for its
/// forms. `single` is set where the body is one instance and not "instances". Errors: invalid (names the field and what
/// was expected), too_large (limits::instances_per_request, limits::columns).
Result<api::PredictRequest> parse_predict(std::string& body, bool& single);

/// An object's fields by name and type. Errors name the field: invalid, "'priority' is a text, expected a whole number
/// 1 to 5".
class Fields {
 public:
  /// Error: `value` is not an object, or has keys that are not in `known` (they are listed).
  static Result<Fields> of(const Json& value, std::string where, std::initializer_list<std::string_view> known);

  bool has(std::string_view name) const;         ///< there, and not null
  const Json& raw(std::string_view name) const;  ///< null where absent
  Result<std::optional<std::string>> text(std::string_view name, std::size_t bytes_most) const;
  /// Ids and entity keys: text or a whole number, 1..limits::id_bytes bytes, no control characters.
  Result<std::optional<std::string>> key(std::string_view name) const;
  Result<std::optional<TimePoint>> time(std::string_view name) const;
  Result<std::optional<double>> number(std::string_view name, double least, double most) const;
  Result<std::optional<std::int64_t>> integer(std::string_view name, std::int64_t least, std::int64_t most) const;
  Result<std::optional<bool>> boolean(std::string_view name) const;
  Result<std::optional<Json>> object(std::string_view name) const;
  std::unexpected<Error> wrong(std::string_view name, std::string_view expected) const;
  const std::string& where() const { return where_; }

 private:
  Fields(const Json& value, std::string where) : value_(&value), where_(std::move(where)) {}
  const Json* value_;  ///< outlives this
  std::string where_;
};

/// "a text", "a number", "true or false", "a list", "an object", "null"
std::string_view kind_of(const Json& value);

}  // namespace perennial::http
