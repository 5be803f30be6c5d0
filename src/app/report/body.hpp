#pragma once
// Reading the loosely typed bodies of events and reports: a missing or oddly typed field is "not there", never an
// error.

#include <cmath>
#include <optional>
#include <string>

#include "core/json.hpp"

namespace perennial::app {

/// Empty where the field is not a string.
inline std::string text_of(const Json& body, const char* key) {
  if (!body.is_object()) return {};
  const auto found = body.find(key);
  return found != body.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

/// None where the field is not a finite number.
inline std::optional<double> number_of(const Json& body, const char* key) {
  if (!body.is_object()) return std::nullopt;
  const auto found = body.find(key);
  if (found == body.end() || !found->is_number()) return std::nullopt;
  const double value = found->get<double>();
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

inline bool flag_of(const Json& body, const char* key, bool otherwise) {
  if (!body.is_object()) return otherwise;
  const auto found = body.find(key);
  return found != body.end() && found->is_boolean() ? found->get<bool>() : otherwise;
}

/// An empty object where the field is not an object.
inline const Json& object_of(const Json& body, const char* key) {
  static const Json nothing = Json::object();
  if (!body.is_object()) return nothing;
  const auto found = body.find(key);
  return found != body.end() && found->is_object() ? *found : nothing;
}

/// An empty list where the field is not a list.
inline const Json& list_of(const Json& body, const char* key) {
  static const Json nothing = Json::array();
  if (!body.is_object()) return nothing;
  const auto found = body.find(key);
  return found != body.end() && found->is_array() ? *found : nothing;
}

}  // namespace perennial::app
