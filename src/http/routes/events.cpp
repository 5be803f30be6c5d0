// GET /api/v1/events: the journal as server-sent events (the connection's part is in event_stream.cpp).

#include <charconv>

#include "http/problem.hpp"
#include "http/routes/table.hpp"
#include "http/schema.hpp"

namespace perennial::http {
namespace {

Result<std::uint64_t> read_number(const std::string& text, std::string_view name) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return fail(ErrorCode::invalid, "'" + std::string(name) + "' is not an event's number", "query",
                "a whole number such as 42, or 0 for all");
  return value;
}

/// Numbers are without gaps, so the newest is found by halving.
std::uint64_t newest_event(const api::Queries& queries) {
  const auto exists = [&](std::uint64_t seq) { return !queries.events(seq - 1, 1, {}).empty(); };
  if (!exists(1)) return 0;
  std::uint64_t known = 1;
  std::uint64_t beyond = 2;
  while (beyond < (std::uint64_t{1} << 62) && exists(beyond)) {
    known = beyond;
    beyond *= 2;
  }
  while (beyond - known > 1) {
    const std::uint64_t middle = known + (beyond - known) / 2;
    (exists(middle) ? known : beyond) = middle;
  }
  return known;
}

Response stream(const Request& request) {
  Response response;
  EventCursor cursor;
  if (const auto* model = request.query_value("model")) cursor.model = *model;
  const auto* after = request.query_value("after");
  const auto* last = request.query_value("last");
  if (!request.last_event_id.empty()) {  // a client that takes up its stream knows better than the URL it started with
    const auto seq = read_number(request.last_event_id, "Last-Event-ID");
    if (!seq) return problem(seq.error(), request.path);
    cursor.after = *seq;
  } else if (after != nullptr) {
    const auto seq = read_number(*after, "after");
    if (!seq) return problem(seq.error(), request.path);
    cursor.after = *seq;
  } else {
    std::uint64_t count = 0;
    if (last != nullptr) {
      const auto read = read_number(*last, "last");
      if (!read) return problem(read.error(), request.path);
      count = *read;
    }
    const std::uint64_t newest = newest_event(*request.backends.queries);
    cursor.after = newest - std::min(newest, count);
  }
  response.content_type = "text/event-stream";
  response.stream = std::move(cursor);
  return response;
}

}  // namespace

std::vector<Route> event_routes() {
  namespace s = schema;
  const Json seq = {{"type", "integer"}, {"minimum", 0}};
  Route route;
  route.method = "GET";
  route.path = "/api/v1/events";
  route.permission = Permission::read;
  route.lane = Lane::control;
  route.operation = "streamEvents";
  route.tag = "events";
  route.summary =
      "The journal as server-sent events. Each `data` is {seq, at, model, type, body, hash}, each `id` the seq: "
      "Last-Event-ID takes a broken stream up without a gap. Without a parameter only new events are sent.";
  route.query = {{"after", "send events with a higher number first; 0 for all", seq},
                 {"last", "send this many of the newest events first", seq},
                 {"model", "only this model's events", s::text()}};
  route.response_type = "text/event-stream";
  route.handler = stream;
  return {std::move(route)};
}

}  // namespace perennial::http
