// GET /api/v1/openapi.json

#include "http/openapi.hpp"

#include "http/routes/table.hpp"
#include "http/schema.hpp"

namespace perennial::http {

std::vector<Route> openapi_routes() {
  namespace s = schema;
  Route route;
  route.method = "GET";
  route.path = "/api/v1/openapi.json";
  route.permission = Permission::read;
  route.lane = Lane::direct;
  route.operation = "openapi";
  route.tag = "documentation";
  route.summary = "This document.";
  route.response_schema = s::object({{"openapi", s::text()}, {"info", s::any_object()}, {"paths", s::any_object()}});
  route.handler = [](const Request&) {
    static const std::string text = to_text(openapi_document(route_table()));
    Response response;
    response.body = text;
    return response;
  };
  return {std::move(route)};
}

}  // namespace perennial::http
