// POST /api/v1/models/{model}/labels

#include <fmt/format.h>

#include "core/limits.hpp"
#include "http/body.hpp"
#include "http/problem.hpp"
#include "http/routes/table.hpp"
#include "http/schema.hpp"

namespace perennial::http {
namespace {

Result<api::Label> read_label(const Json& value, const std::string& where) {
  ASSIGN_OR_RETURN(const Fields fields, Fields::of(value, where, {"id", "entity", "at", "labels", "confidence"}));
  api::Label label;
  ASSIGN_OR_RETURN(label.id, fields.key("id"));
  ASSIGN_OR_RETURN(label.entity, fields.key("entity"));
  ASSIGN_OR_RETURN(label.at, fields.time("at"));
  ASSIGN_OR_RETURN(label.confidence, fields.number("confidence", 0, 1));
  const bool by_entity = label.entity && label.at;
  if (label.id ? label.entity || label.at : !by_entity)
    return fail(ErrorCode::invalid, "a label names its prediction by 'id', or by 'entity' and 'at'", where);
  const Json& labels = fields.raw("labels");
  if (!labels.is_object() || labels.empty()) return fields.wrong("labels", "an object of target to value");
  for (const auto& [target, truth] : labels.items()) {
    if (truth.is_number()) label.labels.emplace(target, truth.get<double>());
    else if (truth.is_string()) label.labels.emplace(target, truth.get<std::string>());
    else
      return fail(ErrorCode::invalid,
                  fmt::format("'{}' is {}, expected a number or a class name", target.substr(0, 80), kind_of(truth)),
                  where + ".labels");
  }
  return label;
}

Response label(Request& request) {
  const auto parsed = parse_body(request.body);
  if (!parsed) return problem(parsed.error(), request.path);
  std::vector<api::Label> labels;
  const std::size_t count = parsed->is_array() ? parsed->size() : 1;
  if (count > limits::labels_per_request)
    return problem(Error{ErrorCode::too_large,
                         fmt::format("more than {} labels in one call", limits::labels_per_request), "body", ""},
                   request.path);
  if (count == 0) return problem(Error{ErrorCode::invalid, "an empty list of labels", "body", ""}, request.path);
  labels.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto one = parsed->is_array() ? read_label((*parsed)[i], fmt::format("[{}]", i)) : read_label(*parsed, "body");
    if (!one) return problem(one.error(), request.path);
    labels.push_back(std::move(*one));
  }
  const auto answer = request.backends.labels->label(request.path_values[0], labels);
  if (!answer) return problem(answer.error(), request.path);
  Response response;
  response.body =
      to_text({{"accepted", answer->accepted}, {"duplicates", answer->duplicates}, {"unmatched", answer->unmatched}});
  return response;
}

}  // namespace

std::vector<Route> label_routes() {
  namespace s = schema;
  const Json one = s::object({{"id?", s::key("of the prediction; or entity and at")},
                              {"entity?", s::key("with at, instead of id")},
                              {"at?", s::time("the prediction's time")},
                              {"labels", s::any_object("target to value or class name")},
                              {"confidence?", s::number()}});
  Route route;
  route.method = "POST";
  route.path = "/api/v1/models/{model}/labels";
  route.permission = Permission::write;
  route.lane = Lane::labels;
  route.operation = "label";
  route.tag = "labels";
  route.summary =
      "What really happened. On disk before the answer; all labels of a call are stored or none is; sending one again "
      "changes nothing.";
  route.request_schema = s::one_of({one, s::list_of(one)});
  route.response_schema =
      s::object({{"accepted", s::integer()}, {"duplicates", s::integer()}, {"unmatched", s::integer()}});
  route.handler = label;
  return {std::move(route)};
}

}  // namespace perennial::http
