#pragma once
// From a path to its route.

#include <string>
#include <string_view>
#include <vector>

#include "http/route.hpp"

namespace perennial::http {

struct Match {
  const Route* route = nullptr;  ///< null: no route of that path takes that method
  std::size_t index = 0;         ///< of the route in the table
  std::vector<std::string> path_values;
  std::vector<std::string> allowed;  ///< methods that the path has; empty: the path is unknown
};

/// Immutable; thread-safe. HEAD finds the GET route. A literal segment wins over a {name}.
class Router {
 public:
  explicit Router(std::vector<Route> routes);
  Match match(std::string_view method, const std::vector<std::string>& segments) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Pattern {
    std::vector<std::string> segments;  ///< "{}" stands for any one segment
  };
  std::vector<Route> routes_;
  std::vector<Pattern> patterns_;
};

}  // namespace perennial::http
