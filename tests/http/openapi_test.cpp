#include "http/openapi.hpp"
#include <gtest/gtest.h>

#include <set>

#include "http/running_server.hpp"

namespace perennial::http {
namespace {

/// As much of JSON Schema as the route table uses.
std::string unfit(const Json& schema, const Json& value, const std::string& where) {
  if (schema.contains("anyOf")) {
    std::string reasons;
    for (const auto& choice : schema["anyOf"]) {
      const std::string reason = unfit(choice, value, where);
      if (reason.empty()) return {};
      reasons += reason + "; ";
    }
    return reasons;
  }
  if (schema.contains("type")) {
    const Json types = schema["type"].is_array() ? schema["type"] : Json::array({schema["type"]});
    bool fits = false;
    for (const auto& type : types)
      fits = fits || (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
             (type == "string" && value.is_string()) || (type == "number" && value.is_number()) ||
             (type == "integer" && value.is_number_integer()) || (type == "boolean" && value.is_boolean()) ||
             (type == "null" && value.is_null());
    if (!fits) return where + " is not " + schema["type"].dump();
  }
  for (const auto& name : schema.value("required", Json::array()))
    if (!value.contains(name.get<std::string>())) return where + " lacks " + name.get<std::string>();
  const Json properties = schema.value("properties", Json::object());
  for (const auto& [name, inner] : properties.items())
    if (value.is_object() && value.contains(name))
      if (auto reason = unfit(inner, value[name], where + "." + name); !reason.empty()) return reason;
  if (schema.contains("items") && value.is_array())
    for (const auto& item : value)
      if (auto reason = unfit(schema["items"], item, where + "[]"); !reason.empty()) return reason;
  return {};
}

TEST(OpenApi, lists_exactly_the_routes_and_describes_their_answers) {
  Running running;
  const Json document = running.call("GET", "/api/v1/openapi.json").json();
  EXPECT_EQ(document.value("openapi", ""), "3.1.0");
  std::size_t described = 0;
  for (const auto& [path, methods] : document["paths"].items()) described += methods.size();
  EXPECT_EQ(described, route_table().size());
  std::set<std::string> operations;
  for (const auto& route : route_table()) {
    SCOPED_TRACE(route.method + " " + route.path);
    EXPECT_TRUE(operations.insert(route.operation).second);
    std::string method = route.method == "GET" ? "get" : "post";
    ASSERT_TRUE(document["paths"].contains(route.path));
    ASSERT_TRUE(document["paths"][route.path].contains(method));
    const Json& operation = document["paths"][route.path][method];
    EXPECT_EQ(operation["security"].empty(), route.permission == Permission::open);
    EXPECT_TRUE(operation["responses"]["default"]["content"].contains("application/problem+json"));
    EXPECT_EQ(operation.contains("requestBody"), route.method == "POST");
    if (!operation["responses"]["200"]["content"].contains("application/json")) continue;
    const auto answer =
        running.call(route.method, concrete(route.path), route.method == "POST" ? good_body(route.operation) : "");
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(unfit(operation["responses"]["200"]["content"]["application/json"]["schema"], answer.json(), "answer"),
              "");
    if (route.method == "POST") {
      EXPECT_EQ(unfit(route.request_schema, Json::parse(good_body(route.operation)), "request"), "");
    }
  }
}

}  // namespace
}  // namespace perennial::http
