#pragma once
// What a route is: one method on one path pattern, who may call it, what goes in and out, and the function that
// answers.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/labels.hpp"
#include "api/operations.hpp"
#include "api/predictions.hpp"
#include "api/queries.hpp"
#include "core/json.hpp"

namespace perennial::http {

/// What the routes call. All four must be there.
struct Backends {
  api::Predictions* predictions = nullptr;
  api::Labels* labels = nullptr;
  api::Operations* operations = nullptr;
  api::Queries* queries = nullptr;
};

enum class Permission { open, read, write };

/// Which threads run the handler. A flood on one lane does not hold up another.
enum class Lane {
  direct,   ///< the connection's own thread: never waits for disk or the control plane
  labels,   ///< waits for the disk
  control,  ///< operators' commands and queries
};

struct Request {
  std::string_view method;
  std::string path;                                        ///< decoded, without the query
  std::vector<std::string> path_values;                    ///< of the pattern's {names}, in their order
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded; only declared names, none twice
  std::string body;
  std::string last_event_id;  ///< of an event stream that is taken up again
  bool privileged = false;    ///< carries the token, or none is asked for
  bool draining = false;      ///< the server is about to stop
  Backends backends;
  const std::function<std::string()>* server_metrics = nullptr;  ///< the server's own, in Prometheus' text format

  const std::string* query_value(std::string_view name) const;
};

/// Where an event stream begins and what it shows.
struct EventCursor {
  std::uint64_t after = 0;  ///< events with a higher number
  std::string model;        ///< empty: all
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< further ones; values without CR, LF
  std::optional<EventCursor> stream;  ///< the connection becomes an event stream; `body` is unused
};

struct Parameter {
  std::string name;
  std::string summary;
  Json schema = {{"type", "string"}};
};

struct Route {
  std::string method;  ///< GET or POST
  std::string path;    ///< "/api/v1/models/{model}/predict"
  Permission permission = Permission::write;
  Lane lane = Lane::control;
  std::string operation;  ///< OpenAPI's operationId, also the label in /metrics
  std::string tag;        ///< groups operations in the document
  std::string summary;
  std::vector<Parameter> query;  ///< known query parameters; others are refused
  Json request_schema;           ///< null: no body
  Json response_schema;          ///< of status 200; null where the answer is not JSON
  std::string response_type = "application/json";
  std::function<Response(Request&)> handler;  ///< may use the request up
};

}  // namespace perennial::http
