// GET /api/v1/jobs, /api/v1/jobs/stats and /api/v1/models/{model}/jobs (its POST is in operations.cpp)

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

std::vector<Route> job_routes() {
  namespace s = schema;
  const Json job = s::object({{"id", s::text()},
                              {"strategy", s::text()},
                              {"model", s::text()},
                              {"trigger", s::text()},
                              {"reason", s::text()},
                              {"priority", s::integer()},
                              {"created_at", s::time()},
                              {"status", s::text("queued, running, completed, rejected, failed or cancelled")},
                              {"result?", Json::object()}});
  const Json jobs = s::one_of({s::list_of(job), s::object({{"jobs", s::list_of(job)}})});
  Route all;
  all.method = "GET";
  all.path = "/api/v1/jobs";
  all.permission = Permission::read;
  all.operation = "listJobs";
  all.tag = "jobs";
  all.summary = "Training jobs: queued and running ones first, then those that ended, newest first.";
  all.query = {{"model", "only this model's", s::text()}};
  all.response_schema = jobs;
  all.handler = [](const Request& request) {
    const auto* model = request.query_value("model");
    return answer(request.backends.queries->jobs(model != nullptr ? std::optional(*model) : std::nullopt), request);
  };
  Route stats;
  stats.method = "GET";
  stats.path = "/api/v1/jobs/stats";
  stats.permission = Permission::read;
  stats.operation = "jobStats";
  stats.tag = "jobs";
  stats.summary = "Counts by status, strategy and outcome.";
  stats.response_schema = s::any_object();
  stats.handler = [](const Request& request) { return answer(request.backends.queries->job_stats(), request); };
  Route of_model;
  of_model.method = "GET";
  of_model.path = "/api/v1/models/{model}/jobs";
  of_model.permission = Permission::read;
  of_model.operation = "listModelJobs";
  of_model.tag = "jobs";
  of_model.summary = "Training jobs of a model.";
  of_model.response_schema = jobs;
  of_model.handler = [](const Request& request) {
    return answer(request.backends.queries->jobs(request.path_values[0]), request);
  };
  return {std::move(all), std::move(stats), std::move(of_model)};
}

}  // namespace perennial::http
