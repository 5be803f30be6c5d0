#pragma once
// Short ways to write the JSON Schemas of the route table.

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "core/json.hpp"

namespace perennial::http::schema {

inline Json text(std::string summary = {}) {
  Json schema = {{"type", "string"}};
  if (!summary.empty()) schema["description"] = std::move(summary);
  return schema;
}
inline Json time(std::string summary = {}) {
  Json schema = text(std::move(summary));
  schema["format"] = "date-time";
  return schema;
}
inline Json key(std::string summary) { return {{"type", {"string", "integer"}}, {"description", std::move(summary)}}; }
inline Json number() { return {{"type", "number"}}; }
inline Json integer() { return {{"type", "integer"}}; }
inline Json boolean() { return {{"type", "boolean"}}; }
inline Json any_object(std::string summary = {}) {
  Json schema = {{"type", "object"}};
  if (!summary.empty()) schema["description"] = std::move(summary);
  return schema;
}
inline Json list_of(Json items) { return {{"type", "array"}, {"items", std::move(items)}}; }
inline Json one_of(std::initializer_list<Json> choices) { return {{"anyOf", Json(choices)}}; }
inline Json nullable(Json schema) { return one_of({std::move(schema), Json{{"type", "null"}}}); }

/// Names ending in '?' are optional.
inline Json object(std::initializer_list<std::pair<std::string, Json>> fields) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const auto& [name, schema] : fields) {
    const bool optional = name.ends_with('?');
    const std::string bare = optional ? name.substr(0, name.size() - 1) : name;
    properties[bare] = schema;
    if (!optional) required.push_back(bare);
  }
  Json schema = {{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

}  // namespace perennial::http::schema
