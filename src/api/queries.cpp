#include "api/queries.hpp"

namespace perennial::api {

Json to_json(const Event& event) {
  return {{"seq", event.seq},   {"at", format_time(event.at)}, {"model", event.model},
          {"type", event.type}, {"body", event.body},          {"hash", event.hash}};
}

}  // namespace perennial::api
