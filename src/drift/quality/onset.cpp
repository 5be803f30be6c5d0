#include "drift/quality/onset.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace perennial::drift::quality {

std::size_t onset(std::span<const double> evidence) {
  std::size_t best = evidence.empty() ? 0 : evidence.size() - 1;
  double sum = 0;
  double largest = -std::numeric_limits<double>::infinity();
  for (std::size_t row = evidence.size(); row-- > 0;) {
    if (!std::isnan(evidence[row])) sum += evidence[row];
    if (sum >= largest) {
      largest = sum;
      best = row;
    }
  }
  return best;
}

std::size_t onset_of_flags(std::span<const std::uint8_t> flags, double usual, double now) {
  usual = std::clamp(usual, 1e-6, 1 - 1e-6);
  now = std::clamp(now, std::min(usual * 1.01 + 1e-6, 1 - 1e-7), 1 - 1e-7);
  const double flagged = std::log(now / usual);
  const double plain = std::log((1 - now) / (1 - usual));
  std::vector<double> evidence;
  evidence.reserve(flags.size());
  for (const std::uint8_t flag : flags) evidence.push_back(flag != 0 ? flagged : plain);
  // A tie among good rows must not move the onset before the first bad one.
  std::size_t row = onset(evidence);
  while (row < flags.size() && flags[row] == 0) ++row;
  return std::min(row, flags.empty() ? 0 : flags.size() - 1);
}

}  // namespace perennial::drift::quality
