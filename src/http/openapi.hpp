#pragma once
// The OpenAPI 3.1 document, made of the route table.

#include <vector>

#include "core/json.hpp"
#include "http/route.hpp"

namespace perennial::http {

Json openapi_document(const std::vector<Route>& routes);

}  // namespace perennial::http
