// GET /api/v1/models/{model}/versions and /versions/{version}

#include "http/problem.hpp"
#include "http/routes/table.hpp"
#include "http/schema.hpp"

namespace perennial::http {
namespace {

Response answer(const Result<Json>& result, const Request& request) {
  if (!result) return problem(result.error(), request.path);
  Response response;
  response.body = to_text(*result);
  return response;
}

}  // namespace

std::vector<Route> version_routes() {
  namespace s = schema;
  Json version =
      s::object({{"model", s::text()},
                 {"version", s::text("MAJOR.MINOR.PATCH")},
                 {"status", s::text("registered, shadow, canary, production, archived, quarantined or rejected")},
                 {"run_id?", s::text()},
                 {"data_version?", s::text()},
                 {"config_hash?", s::text()},
                 {"artifact_digest?", s::text()},
                 {"artifact_collected?", s::boolean()},
                 {"pinned?", s::nullable(s::object({{"at", s::time()}, {"actor", s::text()}, {"reason", s::text()}}))},
                 {"metrics?", s::any_object("target.metric to value, on the gate's holdout")},
                 {"champion_metrics?", s::any_object("the champion's, on the same holdout")},
                 {"parent?", s::nullable(s::text())},
                 {"changelog?", s::text()},
                 {"training_date?", s::time()},
                 {"deployed_at?", s::nullable(s::time())}});
  Route list;
  list.method = "GET";
  list.path = "/api/v1/models/{model}/versions";
  list.permission = Permission::read;
  list.operation = "listVersions";
  list.tag = "versions";
  list.summary = "All versions of a model, newest first.";
  list.response_schema = s::one_of({s::list_of(version), s::object({{"versions", s::list_of(version)}})});
  list.handler = [](const Request& request) {
    return answer(request.backends.queries->versions(request.path_values[0]), request);
  };
  Route show;
  show.method = "GET";
  show.path = "/api/v1/models/{model}/versions/{version}";
  show.permission = Permission::read;
  show.operation = "showVersion";
  show.tag = "versions";
  show.summary = "Every field of a version.";
  show.response_schema = version;
  show.handler = [](const Request& request) {
    return answer(request.backends.queries->show(request.path_values[0], request.path_values[1]), request);
  };
  return {std::move(list), std::move(show)};
}

}  // namespace perennial::http
