#pragma once
// The one list of routes. A resource is a file in this folder and a line in table.cpp.

#include <vector>

#include "http/route.hpp"

namespace perennial::http {

std::vector<Route> page_routes();
std::vector<Route> health_routes();
std::vector<Route> prediction_routes();
std::vector<Route> label_routes();
std::vector<Route> version_routes();
std::vector<Route> operation_routes();
std::vector<Route> job_routes();
std::vector<Route> status_routes();
std::vector<Route> explanation_routes();
std::vector<Route> event_routes();
std::vector<Route> openapi_routes();

/// All of them, in the order of the OpenAPI document.
const std::vector<Route>& route_table();

}  // namespace perennial::http
