#include "http/router.hpp"

namespace perennial::http {
namespace {

constexpr std::string_view any_segment = "{}";

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  for (std::size_t at = 1; at < path.size();) {
    const auto slash = std::min(path.find('/', at), path.size());
    const std::string_view segment = path.substr(at, slash - at);
    segments.emplace_back(segment.starts_with('{') ? any_segment : segment);
    at = slash + 1;
  }
  return segments;
}

}  // namespace

const std::string* Request::query_value(std::string_view name) const {
  for (const auto& [known, value] : query)
    if (known == name) return &value;
  return nullptr;
}

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
  for (const auto& route : routes_) patterns_.push_back({split(route.path)});
}

Match Router::match(std::string_view method, const std::vector<std::string>& segments) const {
  const auto fits = [&](const Pattern& pattern) {
    if (pattern.segments.size() != segments.size()) return -1;
    int literals = 0;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (pattern.segments[i] == any_segment) continue;
      if (pattern.segments[i] != segments[i]) return -1;
      ++literals;
    }
    return literals;
  };
  int best = -1;
  for (const auto& pattern : patterns_) best = std::max(best, fits(pattern));
  Match match;
  if (best < 0) return match;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (fits(patterns_[i]) != best) continue;
    match.allowed.push_back(routes_[i].method);
    if (routes_[i].method == "GET") match.allowed.emplace_back("HEAD");
    if (routes_[i].method != method && !(method == "HEAD" && routes_[i].method == "GET")) continue;
    match.route = &routes_[i];
    match.index = i;
    for (std::size_t s = 0; s < segments.size(); ++s)
      if (patterns_[i].segments[s] == any_segment) match.path_values.push_back(segments[s]);
  }
  match.allowed.emplace_back("OPTIONS");
  return match;
}

}  // namespace perennial::http
