#include "http/routes/table.hpp"

namespace perennial::http {

const std::vector<Route>& route_table() {
  static const std::vector<Route> table = [] {
    std::vector<Route> all;
    for (auto* resource : {prediction_routes, label_routes, version_routes, operation_routes, job_routes, status_routes,
                           explanation_routes, event_routes, health_routes, openapi_routes, page_routes})
      for (auto& route : resource()) all.push_back(std::move(route));
    return all;
  }();
  return table;
}

}  // namespace perennial::http
