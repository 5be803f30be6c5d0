// POST /api/v1/models/{model}/predict

#include "http/body.hpp"
#include "http/predict_answer.hpp"
#include "http/problem.hpp"
#include "http/routes/table.hpp"
#include "http/schema.hpp"

namespace perennial::http {
namespace {

Response predict(Request& request) {
  bool single = false;
  auto parsed = parse_predict(request.body, single);
  if (!parsed) return problem(parsed.error(), request.path);
  parsed->model = request.path_values[0];
  if (const auto* version = request.query_value("version")) parsed->version = *version;
  const auto answer = request.backends.predictions->predict(*parsed);
  if (!answer) return problem(answer.error(), request.path);
  auto text = write_predictions(*answer, single);
  if (!text) return problem(text.error(), request.path);
  Response response;
  response.body = std::move(*text);
  return response;
}

}  // namespace

std::vector<Route> prediction_routes() {
  namespace s = schema;
  const Json features = s::one_of({s::any_object("feature name to number, text or null"), s::list_of(Json::object())});
  const Json instance = s::object({{"id?", s::key("the client's name for this prediction; labels may refer to it")},
                                   {"entity?", s::key("what the prediction is about; decides the arm")},
                                   {"at?", s::time("when it holds; default: now")},
                                   {"features", features}});
  const Json prediction = s::object(
      {{"id", s::text()},
       {"outputs", s::any_object("target to number, or to {class, probabilities}")},
       {"version", s::text("the version that computed it")},
       {"arm",
        s::text("champion or challenger; shadow where the champion failed and the version before it answered")}});
  Route route;
  route.method = "POST";
  route.path = "/api/v1/models/{model}/predict";
  route.permission = Permission::write;
  route.lane = Lane::direct;
  route.operation = "predict";
  route.tag = "predictions";
  route.summary = "Predict for one instance, or for a list of instances.";
  route.query = {{"version", "score with this version instead of routing; such predictions are not logged", s::text()}};
  route.request_schema = s::one_of({instance, s::object({{"instances", s::list_of(s::one_of({instance, features}))}})});
  route.response_schema = s::one_of({prediction, s::object({{"predictions", s::list_of(prediction)}})});
  route.handler = predict;
  return {std::move(route)};
}

}  // namespace perennial::http
