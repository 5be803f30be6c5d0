// POST /api/v1/models/{model}/promote, /rollback, /approve, /pin, /prune and /events (what asks for a retrain from
// outside).

#include <fmt/format.h>

#include "core/limits.hpp"
#include "http/body.hpp"
#include "http/problem.hpp"
#include "http/routes/table.hpp"
#include "http/schema.hpp"

namespace perennial::http {
namespace {

inline constexpr std::size_t reason_bytes = 1000;

Result<api::CommandContext> read_context(const Fields& fields, std::string actor) {
  api::CommandContext context;
  context.actor = std::move(actor);
  ASSIGN_OR_RETURN(context.id, fields.key("command_id"));
  ASSIGN_OR_RETURN(auto reason, fields.text("reason", reason_bytes));
  context.reason = reason.value_or("");
  return context;
}

Result<Json> body_or_nothing(Request& request) {
  if (request.body.empty()) return Json::object();
  return parse_body(request.body);
}

Result<Json> run_promote(Request& request) {
  ASSIGN_OR_RETURN(const Json parsed, parse_body(request.body));
  ASSIGN_OR_RETURN(const Fields fields, Fields::of(parsed, "body", {"version", "override", "reason", "command_id"}));
  ASSIGN_OR_RETURN(const auto version, fields.text("version", limits::name_bytes));
  if (!version) return fields.wrong("version", "a version such as \"1.0.2\"");
  ASSIGN_OR_RETURN(const auto override_evidence, fields.boolean("override"));
  ASSIGN_OR_RETURN(const auto context, read_context(fields, "api"));
  return request.backends.operations->promote(request.path_values[0], *version, override_evidence.value_or(false),
                                              context);
}

Result<Json> run_rollback(Request& request) {
  ASSIGN_OR_RETURN(const Json parsed, body_or_nothing(request));
  ASSIGN_OR_RETURN(const Fields fields, Fields::of(parsed, "body", {"to", "reason", "command_id"}));
  ASSIGN_OR_RETURN(const auto to, fields.text("to", limits::name_bytes));
  ASSIGN_OR_RETURN(const auto context, read_context(fields, "api"));
  return request.backends.operations->rollback(request.path_values[0], to, context);
}

Result<Json> run_pin(Request& request) {
  ASSIGN_OR_RETURN(const Json parsed, parse_body(request.body));
  ASSIGN_OR_RETURN(const Fields fields, Fields::of(parsed, "body", {"version", "release", "reason", "command_id"}));
  ASSIGN_OR_RETURN(const auto version, fields.text("version", limits::name_bytes));
  if (!version) return fields.wrong("version", "a version such as \"1.0.2\"");
  ASSIGN_OR_RETURN(const auto release, fields.boolean("release"));
  ASSIGN_OR_RETURN(const auto context, read_context(fields, "api"));
  return request.backends.operations->pin(request.path_values[0], *version, release.value_or(false), context);
}

Result<Json> run_approve(Request& request) {
  ASSIGN_OR_RETURN(const Json parsed, parse_body(request.body));
  ASSIGN_OR_RETURN(const Fields fields, Fields::of(parsed, "body", {"version", "digest", "reason", "command_id"}));
  ASSIGN_OR_RETURN(const auto version, fields.text("version", limits::name_bytes));
  if (!version) return fields.wrong("version", "a version such as \"1.0.2\"");
  ASSIGN_OR_RETURN(const auto digest, fields.text("digest", limits::name_bytes));
  ASSIGN_OR_RETURN(const auto context, read_context(fields, "api"));
  return request.backends.operations->approve(request.path_values[0], *version, digest.value_or(""), context);
}

Result<Json> run_prune(Request& request) {
  ASSIGN_OR_RETURN(const Json parsed, body_or_nothing(request));
  ASSIGN_OR_RETURN(const Fields fields, Fields::of(parsed, "body", {"dry_run", "reason"}));
  ASSIGN_OR_RETURN(const auto dry_run, fields.boolean("dry_run"));
  ASSIGN_OR_RETURN(const auto context, read_context(fields, "api"));
  return request.backends.operations->prune(request.path_values[0], dry_run.value_or(false), context);
}

Result<api::TriggerEvent> read_event(const Fields& fields, std::string_view time_field) {
  api::TriggerEvent event;
  ASSIGN_OR_RETURN(const auto trigger, fields.text("trigger", limits::name_bytes));
  event.trigger = trigger.value_or("");
  ASSIGN_OR_RETURN(event.timestamp, fields.time(time_field));
  ASSIGN_OR_RETURN(auto metadata, fields.object("metadata"));
  if (metadata) event.metadata = std::move(*metadata);
  ASSIGN_OR_RETURN(auto parameters, fields.object("parameters"));
  if (parameters) event.parameters = std::move(*parameters);
  ASSIGN_OR_RETURN(const auto priority, fields.integer("priority", 1, 5));
  event.priority = static_cast<int>(priority.value_or(3));
  return event;
}

/// CloudEvents 1.0, structured mode: `id` makes it idempotent, `data.trigger` or else `type` names the trigger.
Result<api::TriggerEvent> read_cloud_event(const Json& parsed, api::CommandContext& context) {
  const auto attribute = [&](const char* name) -> Result<std::string> {
    const auto found = parsed.find(name);
    if (found == parsed.end() || !found->is_string() || found->get_ref<const std::string&>().empty())
      return fail(ErrorCode::invalid, fmt::format("'{}' is missing or not a text", name), "CloudEvent");
    return found->get<std::string>();
  };
  ASSIGN_OR_RETURN(const auto version, attribute("specversion"));
  if (version != "1.0") return fail(ErrorCode::invalid, "'specversion' is not known", "CloudEvent", "known: 1.0");
  ASSIGN_OR_RETURN(const auto id, attribute("id"));
  ASSIGN_OR_RETURN(const auto type, attribute("type"));
  ASSIGN_OR_RETURN(const auto source, attribute("source"));
  Json data = parsed.value("data", Json::object());
  if (data.is_null()) data = Json::object();
  if (!data.is_object())
    return fail(ErrorCode::invalid, fmt::format("'data' is {}, expected an object", kind_of(data)), "CloudEvent");

  Json known = Json::object();
  for (const char* name : {"trigger", "metadata", "parameters", "priority"})
    if (const auto found = data.find(name); found != data.end()) {
      known[name] = *found;
      data.erase(found);
    }
  if (const auto time = parsed.find("time"); time != parsed.end()) known["time"] = *time;
  ASSIGN_OR_RETURN(const Fields fields,
                   Fields::of(known, "CloudEvent", {"trigger", "metadata", "parameters", "priority", "time"}));
  ASSIGN_OR_RETURN(auto event, read_event(fields, "time"));
  if (event.trigger.empty()) event.trigger = type;
  event.metadata["source"] = source;
  event.metadata["type"] = type;
  if (!data.empty()) event.metadata["data"] = std::move(data);

  // The standard makes source and id together unique.
  Json both = {{"command_id", source + "#" + id}};
  ASSIGN_OR_RETURN(const Fields ids, Fields::of(both, "CloudEvent", {"command_id"}));
  ASSIGN_OR_RETURN(context.id, ids.key("command_id"));
  context.actor = "webhook";
  return event;
}

Result<Json> run_trigger(Request& request) {
  ASSIGN_OR_RETURN(const Json parsed, parse_body(request.body));
  api::CommandContext context;
  api::TriggerEvent event;
  if (parsed.is_object() && parsed.contains("specversion")) {
    ASSIGN_OR_RETURN(event, read_cloud_event(parsed, context));
  } else {
    ASSIGN_OR_RETURN(const Fields fields, Fields::of(parsed, "body",
                                                     {"trigger", "timestamp", "metadata", "priority", "parameters",
                                                      "command_id", "reason"}));
    ASSIGN_OR_RETURN(context, read_context(fields, "api"));
    ASSIGN_OR_RETURN(event, read_event(fields, "timestamp"));
    if (event.trigger.empty()) return fields.wrong("trigger", "a text: \"manual\", or the name of an event policy");
  }
  ASSIGN_OR_RETURN(const auto answer, request.backends.operations->trigger(request.path_values[0], event, context));
  Json out = {{"decision", answer.retrain ? "retrain" : "skip"}, {"reason", answer.reason}};
  if (answer.job_id) out["job_id"] = *answer.job_id;
  return out;
}

Result<Json> run_manual(Request& request) {
  ASSIGN_OR_RETURN(const Json parsed, body_or_nothing(request));
  ASSIGN_OR_RETURN(const Fields fields,
                   Fields::of(parsed, "body", {"priority", "parameters", "metadata", "reason", "command_id"}));
  ASSIGN_OR_RETURN(const auto context, read_context(fields, "api"));
  ASSIGN_OR_RETURN(auto event, read_event(fields, "timestamp"));
  event.trigger = "manual";
  ASSIGN_OR_RETURN(const auto answer, request.backends.operations->trigger(request.path_values[0], event, context));
  Json out = {{"decision", answer.retrain ? "retrain" : "skip"}, {"reason", answer.reason}};
  if (answer.job_id) out["job_id"] = *answer.job_id;
  return out;
}

Route command(std::string path, std::string operation, std::string summary, Result<Json> (*run)(Request&)) {
  Route route;
  route.method = "POST";
  route.path = std::move(path);
  route.permission = Permission::write;
  route.lane = Lane::control;
  route.operation = std::move(operation);
  route.tag = "operations";
  route.summary = std::move(summary);
  route.handler = [run](Request& request) {
    const auto result = run(request);
    if (!result) return problem(result.error(), request.path);
    Response response;
    response.body = to_text(*result);
    return response;
  };
  return route;
}

}  // namespace

std::vector<Route> operation_routes() {
  namespace s = schema;
  const Json id = s::key("the same id sent again gives the first answer again and changes nothing");
  const Json decision = s::object({{"decision", {{"type", "string"}, {"enum", {"retrain", "skip"}}}},
                                   {"reason", s::text()},
                                   {"job_id?", s::text()}});
  Route promote =
      command("/api/v1/models/{model}/promote", "promote",
              "The next step of a rollout; with override straight to full traffic, which is audited.", run_promote);
  promote.request_schema =
      s::object({{"version", s::text()}, {"override?", s::boolean()}, {"reason?", s::text()}, {"command_id?", id}});
  promote.response_schema = s::object({{"version", s::text()}, {"at", s::time()}});

  Route rollback = command(
      "/api/v1/models/{model}/rollback", "rollback",
      "Back to a version, or to the newest earlier champion; without `to` a shadow or canary is taken back and the "
      "champion stays. The body may be empty.",
      run_rollback);
  rollback.request_schema = s::object({{"to?", s::text()}, {"reason?", s::text()}, {"command_id?", id}});
  rollback.response_schema =
      s::object({{"from", s::text()}, {"to", s::text()}, {"confirmed", s::boolean()}, {"at", s::time()}});

  Route pin = command("/api/v1/models/{model}/pin", "pin",
                      "A version stays: automation neither replaces it, takes it back nor goes back past it, and its "
                      "artifact is kept. With release it no longer has to.",
                      run_pin);
  pin.request_schema =
      s::object({{"version", s::text()}, {"release?", s::boolean()}, {"reason?", s::text()}, {"command_id?", id}});
  pin.response_schema = s::object({{"version", s::text()}, {"pinned", s::boolean()}, {"at", s::time()}});

  Route approve = command("/api/v1/models/{model}/approve", "approve",
                          "A person's approval of the promotion that a rollout works towards; it happens once the "
                          "evidence suffices. digest: what was looked at, 8 digits or more.",
                          run_approve);
  approve.request_schema =
      s::object({{"version", s::text()}, {"digest?", s::text()}, {"reason?", s::text()}, {"command_id?", id}});
  approve.response_schema = s::object({{"version", s::text()}, {"digest", s::text()}, {"at", s::time()}});

  Route prune =
      command("/api/v1/models/{model}/prune", "prune",
              "Removes artifacts beyond rollout.keep; with dry_run only names them. The body may be empty.", run_prune);
  prune.request_schema = s::object({{"dry_run?", s::boolean()}, {"reason?", s::text()}});
  prune.response_schema = s::object(
      {{"model", s::text()},
       {"dry_run", s::boolean()},
       {"keep", s::integer()},
       {"versions", s::list_of(s::text())},
       {"blobs", s::list_of(s::object(
                     {{"version", s::text()}, {"what", s::text()}, {"digest", s::text()}, {"bytes", s::integer()}}))},
       {"bytes", s::integer()},
       {"labels", s::object({{"segments", s::integer()}, {"bytes", s::integer()}})}});

  Route trigger =
      command("/api/v1/models/{model}/events", "trigger",
              "An event that may ask for a retrain: this system's own form, or a CloudEvent 1.0 in JSON.", run_trigger);
  trigger.request_schema = s::one_of(
      {s::object({{"trigger", s::text("manual, or the name of an event policy")},
                  {"timestamp?", s::time()},
                  {"metadata?", s::any_object()},
                  {"priority?", {{"type", "integer"}, {"minimum", 1}, {"maximum", 5}, {"default", 3}}},
                  {"parameters?", s::any_object()},
                  {"reason?", s::text()},
                  {"command_id?", id}}),
       s::object({{"specversion", s::text("1.0")},
                  {"id", s::text("with source: the command's id")},
                  {"type", s::text("the trigger, unless data.trigger names it")},
                  {"source", s::text()},
                  {"time?", s::time()},
                  {"data?", s::any_object("trigger, metadata, priority, parameters; other keys become metadata")}})});
  trigger.response_schema = decision;

  Route manual = command("/api/v1/models/{model}/jobs", "createJob",
                         "A manual retrain: passes cooldown and priority. The body may be empty.", run_manual);
  manual.tag = "jobs";
  manual.request_schema = s::object({{"priority?", s::integer()},
                                     {"parameters?", s::any_object()},
                                     {"metadata?", s::any_object()},
                                     {"reason?", s::text()},
                                     {"command_id?", id}});
  manual.response_schema = decision;
  return {std::move(promote), std::move(rollback), std::move(approve), std::move(pin),
          std::move(prune),   std::move(trigger),  std::move(manual)};
}

}  // namespace perennial::http
