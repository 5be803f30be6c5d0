#include "http/openapi.hpp"

#include "http/problem.hpp"

namespace perennial::http {
namespace {

Json answer(std::string_view summary, std::string_view type, const Json& schema) {
  return {{"description", std::string(summary)}, {"content", {{std::string(type), {{"schema", schema}}}}}};
}

Json lower_method(const std::string& method) {
  std::string text = method;
  for (char& c : text) c = static_cast<char>(c - 'A' + 'a');
  return text;
}

}  // namespace

Json openapi_document(const std::vector<Route>& routes) {
  const Json problem_schema = {{"$ref", "#/components/schemas/Problem"}};
  Json paths = Json::object();
  for (const auto& route : routes) {
    Json operation = {{"operationId", route.operation}, {"summary", route.summary}, {"tags", {route.tag}}};
    Json parameters = Json::array();
    for (std::size_t at = route.path.find('{'); at != std::string::npos; at = route.path.find('{', at + 1)) {
      const std::string name = route.path.substr(at + 1, route.path.find('}', at) - at - 1);
      parameters.push_back({{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
    }
    for (const auto& parameter : route.query)
      parameters.push_back({{"name", parameter.name},
                            {"in", "query"},
                            {"required", false},
                            {"description", parameter.summary},
                            {"schema", parameter.schema}});
    if (!parameters.empty()) operation["parameters"] = std::move(parameters);
    if (!route.request_schema.is_null())
      operation["requestBody"] = {{"required", true},
                                  {"content", {{"application/json", {{"schema", route.request_schema}}}}}};
    Json responses = {
        {"200", answer("done", route.response_type,
                       route.response_schema.is_null() ? Json{{"type", "string"}} : route.response_schema)},
        {"default", answer("an error", problem_type, problem_schema)}};
    if (route.permission != Permission::open)
      responses["401"] = answer("no token, or a wrong one", problem_type, problem_schema);
    if (route.path.find('{') != std::string::npos)
      responses["404"] = answer("unknown model or version", problem_type, problem_schema);
    operation["responses"] = std::move(responses);
    operation["security"] =
        route.permission == Permission::open ? Json::array() : Json::array({{{"token", Json::array()}}});
    paths[route.path][lower_method(route.method).get<std::string>()] = std::move(operation);
  }
  return {{"openapi", "3.1.0"},
          {"info",
           {{"title", "Perennial"},
            {"version", "1"},
            {"description",
             "Predictions, labels and the loop that keeps models fresh. Errors are problem documents (RFC 9457)."},
            {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
          {"servers", Json::array({{{"url", "/"}}})},
          {"paths", std::move(paths)},
          {"components",
           {{"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}},
            {"schemas",
             {{"Problem",
               {{"type", "object"},
                {"required", {"type", "title", "status", "detail"}},
                {"properties",
                 {{"type", {{"type", "string"}, {"format", "uri"}}},
                  {"title", {{"type", "string"}}},
                  {"status", {{"type", "integer"}}},
                  {"detail", {{"type", "string"}}},
                  {"hint", {{"type", "string"}}},
                  {"instance", {{"type", "string"}}}}}}}}}}}};
}

}  // namespace perennial::http
