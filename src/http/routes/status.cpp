// GET /api/v1/models, /models/{model}/drift, /performance, /rollout and /catalog

#include "http/problem.hpp"
#include "http/routes/table.hpp"
#include "http/schema.hpp"

namespace perennial::http {
namespace {

Route query(std::string path, std::string operation, std::string summary, Json schema_of_answer,
            Result<Json> (*ask)(const Request&)) {
  Route route;
  route.method = "GET";
  route.path = std::move(path);
  route.permission = Permission::read;
  route.operation = std::move(operation);
  route.tag = "status";
  route.summary = std::move(summary);
  route.response_schema = std::move(schema_of_answer);
  route.handler = [ask](const Request& request) {
    const auto result = ask(request);
    if (!result) return problem(result.error(), request.path);
    Response response;
    response.body = to_text(*result);
    return response;
  };
  return route;
}

}  // namespace

std::vector<Route> status_routes() {
  namespace s = schema;
  const Json model = s::object({{"model", s::text()},
                                {"champion?", Json::object()},
                                {"challenger?", Json::object()},
                                {"rollout?", Json::object()},
                                {"jobs?", Json::object()},
                                {"last_event?", Json::object()}});
  return {
      query("/api/v1/models", "listModels",
            "Where every model stands: champion, challenger, rollout, jobs, last event.",
            s::object({{"models", s::list_of(model)}}),
            [](const Request& r) -> Result<Json> { return r.backends.queries->status(); }),
      query("/api/v1/models/{model}/drift", "showDrift", "The newest drift report.", s::any_object(),
            [](const Request& r) { return r.backends.queries->drift(r.path_values[0]); }),
      query(
          "/api/v1/models/{model}/performance", "showPerformance",
          "Metrics per version over 1 h, 24 h, 7 d and its life, with standard errors, where the labels have come; how "
          "long labels take; and which values late labels have changed.",
          s::object({{"model", s::text()},
                     {"at", s::time()},
                     {"primary", s::text("target.metric")},
                     {"champion", s::nullable(s::text())},
                     {"labels", Json{{"type", {"object", "null"}}}},
                     {"versions", s::list_of(s::object({{"version", s::text()},
                                                        {"windows", s::any_object("window to rows and metrics")}}))},
                     {"restated", s::list_of(s::any_object("a day: the value when it ended, and now"))}}),
          [](const Request& r) { return r.backends.queries->performance(r.path_values[0]); }),
      query("/api/v1/models/{model}/rollout", "showRollout",
            "The running rollout: phase, time in it, what it waits for; per arm requests, errors, latency and what it "
            "answers; per target the labelled rows, losses and verdict; null where none runs.",
            Json{{"type", {"object", "null"}}},
            [](const Request& r) { return r.backends.queries->rollout(r.path_values[0]); }),
      query("/api/v1/catalog", "showCatalog",
            "Detectors, policies, gates, strategies and the other families, with their parameters.", Json::object(),
            [](const Request& r) -> Result<Json> { return r.backends.queries->catalog(); }),
  };
}

}  // namespace perennial::http
