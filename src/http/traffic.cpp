#include "http/traffic.hpp"

#include <fmt/format.h>

#include <iterator>

namespace perennial::http {

Traffic::Traffic(const std::vector<Route>& routes) {
  for (const auto& route : routes) operations_.push_back(route.operation);
  operations_.emplace_back("none");
  requests_ = std::make_unique<ByClass[]>(operations_.size());
}

void Traffic::count(std::size_t route, int status) noexcept {
  const auto digit = static_cast<std::size_t>(std::clamp(status / 100, 0, 5));
  requests_[std::min(route, operations_.size() - 1)][digit].fetch_add(1, std::memory_order_relaxed);
}

std::string Traffic::text() const {
  std::string out;
  const auto to = std::back_inserter(out);
  fmt::format_to(to,
                 "# HELP perennial_http_requests_total Answered HTTP requests by operation and class of status.\n"
                 "# TYPE perennial_http_requests_total counter\n");
  for (std::size_t i = 0; i < operations_.size(); ++i)
    for (std::size_t digit = 1; digit < 6; ++digit)
      if (const auto n = requests_[i][digit].load(std::memory_order_relaxed); n > 0)
        fmt::format_to(to, "perennial_http_requests_total{{operation=\"{}\",status=\"{}xx\"}} {}\n", operations_[i],
                       digit, n);
  const auto one = [&](std::string_view name, std::string_view kind, std::string_view help, std::uint64_t value) {
    fmt::format_to(to, "# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help, kind, value);
  };
  one("perennial_http_connections", "gauge", "Open connections.", connections.load());
  one("perennial_http_connections_refused_total", "counter", "Connections refused because too many were open.",
      connections_refused.load());
  one("perennial_http_connections_cut_total", "counter", "Connections closed because the client was too slow.",
      connections_cut.load());
  one("perennial_http_event_streams", "gauge", "Open event streams.", event_streams.load());
  return out;
}

}  // namespace perennial::http
