// GET /api/v1/models/{model}/history, /explain/rollout and /explain/prediction: what people ask about the past.

#include <algorithm>

#include "core/limits.hpp"
#include "http/problem.hpp"
#include "http/routes/table.hpp"
#include "http/schema.hpp"

namespace perennial::http {
namespace {

Response reply(const Result<Json>& result, const Request& request) {
  if (!result) return problem(result.error(), request.path);
  Response response;
  response.body = to_text(*result);
  return response;
}

Result<Json> ask_history(const Request& request) {
  std::optional<TimePoint> at;
  if (const auto* text = request.query_value("at")) {
    // A plus sign that was not escaped arrives as a blank; behind a T no time has one.
    std::string instant = *text;
    if (const auto blank = instant.find(' ', std::min(instant.find('T'), instant.size())); blank != std::string::npos)
      instant[blank] = '+';
    auto parsed = parse_time(instant);
    if (!parsed) {
      parsed.error().where = "query parameter 'at'";
      return std::unexpected(parsed.error());
    }
    at = *parsed;
  }
  return request.backends.queries->history(request.path_values[0], at);
}

/// Of an id that is no path segment: it may hold any character.
Result<std::string> id_of(const Request& request, const char* name, bool needed) {
  const auto* text = request.query_value(name);
  if (text == nullptr && !needed) return std::string{};
  if (text == nullptr || text->empty() || text->size() > limits::id_bytes)
    return fail(ErrorCode::invalid, std::string("'") + name + "' is missing, empty or too long", "query",
                "1 to " + std::to_string(limits::id_bytes) + " bytes, percent-encoded");
  return *text;
}

Result<Json> ask_rollout(const Request& request) {
  ASSIGN_OR_RETURN(const auto which, id_of(request, "rollout", false));
  return request.backends.queries->explain_rollout(request.path_values[0], which);
}

Result<Json> ask_prediction(const Request& request) {
  ASSIGN_OR_RETURN(const auto id, id_of(request, "id", true));
  return request.backends.queries->explain_prediction(request.path_values[0], id);
}

Route look_back(std::string path, std::string operation, std::string summary, Result<Json> (*ask)(const Request&)) {
  Route route;
  route.method = "GET";
  route.path = std::move(path);
  route.permission = Permission::read;
  route.lane = Lane::control;
  route.operation = std::move(operation);
  route.tag = "history";
  route.summary = std::move(summary);
  route.handler = [ask](const Request& request) { return reply(ask(request), request); };
  return route;
}

}  // namespace

std::vector<Route> explanation_routes() {
  namespace s = schema;
  const Json words = s::list_of(s::text());
  const Json stay = s::object({{"version", s::text()},
                               {"from", s::time()},
                               {"until", s::nullable(s::time())},
                               {"how", s::text("first, promoted, overridden or rolled_back")},
                               {"reason", s::text()},
                               {"evidence", s::text("in a sentence")},
                               {"asked_by", s::object({{"who", s::text("policy, operator or live_analysis")},
                                                       {"name", s::text("of the policy, or how the person asked")},
                                                       {"because", s::text()}})},
                               {"rollout", s::nullable(s::text())},
                               {"event", s::integer()},
                               {"ended", Json{{"type", {"object", "null"}}}},
                               {"in_words", s::text()}});
  Route history = look_back("/api/v1/models/{model}/history", "showHistory",
                            "Which version was in production, since when, until when, and why: at one instant, or all "
                            "of it, newest first.",
                            ask_history);
  history.query = {{"at", "an instant in ISO 8601, such as 2026-11-21T09:30:00Z", s::time()}};
  history.response_schema = s::one_of(
      {s::object(
           {{"model", s::text()}, {"history", s::list_of(stay)}, {"left_off", s::integer()}, {"in_words", s::text()}}),
       s::object({{"model", s::text()},
                  {"at", s::time()},
                  {"version", s::nullable(s::text())},
                  {"stay", s::nullable(stay)},
                  {"in_words", s::text()}})});

  Route rollout = look_back("/api/v1/models/{model}/explain/rollout", "explainRollout",
                            "One rollout: its plan, what each phase saw, each verdict with its reason and computed "
                            "again from the recorded evidence, and the outcome.",
                            ask_rollout);
  rollout.query = {{"rollout", "its id, or a version; without it the running or the newest one", s::text()}};
  rollout.response_schema = s::object({{"model", s::text()},
                                       {"id", s::text()},
                                       {"version", s::text()},
                                       {"champion", s::nullable(s::text())},
                                       {"began", s::time()},
                                       {"plan", Json{{"type", {"object", "null"}}}},
                                       {"plan_in_words", words},
                                       {"steps", s::list_of(s::any_object("of one phase, with `again`"))},
                                       {"outcome", s::text()},
                                       {"over", s::boolean()},
                                       {"now?", s::any_object("the present phase of one that runs")},
                                       {"in_words", words}});

  Route prediction = look_back("/api/v1/models/{model}/explain/prediction", "explainPrediction",
                               "One prediction: which version answered what to which features and when, its label, and "
                               "what today's champion would say.",
                               ask_prediction);
  prediction.query = {{"id", "the prediction's id", s::text()}};
  prediction.response_schema = s::object({{"model", s::text()},
                                          {"id", s::text()},
                                          {"at", s::nullable(s::time())},
                                          {"entity", s::nullable(s::text())},
                                          {"version", s::text()},
                                          {"arm", s::text("champion, challenger or nobody")},
                                          {"features", s::any_object()},
                                          {"derived", s::any_object()},
                                          {"also_scored", s::list_of(s::any_object())},
                                          {"labels", s::list_of(s::any_object())},
                                          {"today", s::any_object("version, outputs, same, why_not")},
                                          {"looked_at", s::any_object("rows, segments, whole_log, oldest")},
                                          {"in_words", words}});
  return {std::move(history), std::move(rollout), std::move(prediction)};
}

}  // namespace perennial::http
