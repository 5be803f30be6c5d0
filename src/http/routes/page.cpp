// GET /: the page. It holds no data of its own, so that it can ask for the token.

#include "http/page.hpp"

#include "http/routes/table.hpp"

namespace perennial::http {

std::vector<Route> page_routes() {
  Route route;
  route.method = "GET";
  route.path = "/";
  route.permission = Permission::open;
  route.lane = Lane::direct;
  route.operation = "page";
  route.tag = "page";
  route.summary = "Models, versions, the running rollout and the latest events, for people.";
  route.response_type = "text/html";
  route.handler = [](const Request&) {
    Response response;
    response.content_type = "text/html; charset=utf-8";
    response.body = std::string(page_html());
    response.headers = {{"Content-Security-Policy", std::string(page_policy())}};
    return response;
  };
  return {std::move(route)};
}

}  // namespace perennial::http
