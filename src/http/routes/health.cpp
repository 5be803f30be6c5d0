// GET /healthz, /readyz and /metrics

#include "http/problem.hpp"
#include "http/routes/table.hpp"
#include "http/schema.hpp"

namespace perennial::http {
namespace {

Response health(const Request& request) {
  if (!request.backends.queries->alive()) return problem(503, "not_alive", "the control loop does not turn");
  Response response;
  response.body = R"({"alive":true})";
  return response;
}

Response readiness(const Request& request) {
  std::string why_not;
  bool ready = request.backends.queries->ready(why_not);
  if (request.draining) {
    ready = false;
    why_not = "the server is about to stop";
  }
  // Anyone may ask; which model is missing is for those who have the token.
  if (!ready)
    return problem(503, "not_ready", request.privileged && !why_not.empty() ? why_not : "the server is not ready");
  Response response;
  response.body = R"({"ready":true})";
  return response;
}

Response metrics(const Request& request) {
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = request.backends.queries->metrics();
  if (!response.body.empty() && response.body.back() != '\n') response.body += '\n';
  if (request.server_metrics != nullptr) response.body += (*request.server_metrics)();
  return response;
}

}  // namespace

std::vector<Route> health_routes() {
  namespace s = schema;
  Route alive;
  alive.method = "GET";
  alive.path = "/healthz";
  alive.permission = Permission::open;
  alive.lane = Lane::direct;
  alive.operation = "health";
  alive.tag = "health";
  alive.summary = "The process lives and its loop turns.";
  alive.response_schema = s::object({{"alive", s::boolean()}});
  alive.handler = health;
  Route ready;
  ready.method = "GET";
  ready.path = "/readyz";
  ready.permission = Permission::open;
  ready.lane = Lane::direct;
  ready.operation = "readiness";
  ready.tag = "health";
  ready.summary = "Every model can answer.";
  ready.response_schema = s::object({{"ready", s::boolean()}});
  ready.handler = readiness;
  Route numbers;
  numbers.method = "GET";
  numbers.path = "/metrics";
  numbers.permission = Permission::read;
  numbers.operation = "metrics";
  numbers.tag = "health";
  numbers.summary = "Prometheus text exposition format 0.0.4.";
  numbers.response_type = "text/plain";
  numbers.handler = metrics;
  return {std::move(alive), std::move(ready), std::move(numbers)};
}

}  // namespace perennial::http
