#include "core/catalog.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace perennial {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::vector<std::string> nearest_names(std::string_view name, std::span<const std::string> known, std::size_t most) {
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const auto& candidate : known) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance <= std::max<std::size_t>(2, candidate.size() / 2)) ranked.emplace_back(distance, candidate);
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> nearest;
  for (std::size_t i = 0; i < ranked.size() && i < most; ++i) nearest.push_back(ranked[i].second);
  return nearest;
}

std::unexpected<Error> unknown_name(std::string_view kind, std::string_view name, std::span<const std::string> known,
                                    std::string where, ErrorCode code) {
  std::string hint;
  if (const auto nearest = nearest_names(name, known); !nearest.empty())
    hint = fmt::format("did you mean '{}'? ", nearest[0]);
  hint += fmt::format("known: {}", fmt::join(known, ", "));
  return fail(code, fmt::format("unknown {} '{}'", kind, name), std::move(where), hint);
}

}  // namespace perennial
