#include "stats/chi_square.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include "stats/special.hpp"

namespace perennial::stats {
namespace {

constexpr double least_expected = 5;

}  // namespace

ChiSquare chi_square(std::span<const std::uint64_t> counts_a, std::span<const std::uint64_t> counts_b) {
  ChiSquare result;
  const std::size_t length = std::min(counts_a.size(), counts_b.size());
  double a = 0;
  double b = 0;
  std::size_t categories = 0;
  for (std::size_t i = 0; i < length; ++i) {
    a += static_cast<double>(counts_a[i]);
    b += static_cast<double>(counts_b[i]);
    if (counts_a[i] + counts_b[i] > 0) ++categories;
  }
  if (a == 0 || b == 0 || categories < 2) return result;
  for (std::size_t i = 0; i < length; ++i) {
    const double both = static_cast<double>(counts_a[i] + counts_b[i]);
    if (both == 0) continue;
    const double expected_a = both * a / (a + b);
    const double expected_b = both * b / (a + b);
    const double difference = static_cast<double>(counts_a[i]) - expected_a;
    result.statistic += difference * difference * (1 / expected_a + 1 / expected_b);
  }
  result.degrees_of_freedom = static_cast<double>(categories - 1);
  result.p_value = chi_squared_sf(result.statistic, result.degrees_of_freedom);
  return result;
}

ChiSquare chi_square(const CategoryReference& reference, const CategoryReference::Aligned& current) {
  if (reference.rows() == 0 || current.rows == 0) return {};
  const double smaller = static_cast<double>(std::min(reference.rows(), current.rows));
  const double total = static_cast<double>(reference.rows() + current.rows);
  const auto expected = [&](std::uint64_t both) { return static_cast<double>(both) / total * smaller; };

  std::vector<std::uint64_t> a;
  std::vector<std::uint64_t> b;
  std::uint64_t pool_a = 0;
  std::uint64_t pool_b = current.unseen;
  const auto place = [&](std::uint64_t in_a, std::uint64_t in_b) {
    if (expected(in_a + in_b) < least_expected) {
      pool_a += in_a;
      pool_b += in_b;
    } else {
      a.push_back(in_a);
      b.push_back(in_b);
    }
  };
  for (std::size_t i = 0; i < reference.counts().size(); ++i) place(reference.counts()[i], current.counts[i]);
  place(reference.missing(), current.missing);
  if (expected(pool_a + pool_b) >= least_expected || a.empty()) {
    a.push_back(pool_a);
    b.push_back(pool_b);
  } else {
    std::size_t smallest = 0;
    for (std::size_t i = 1; i < a.size(); ++i)
      if (a[i] + b[i] < a[smallest] + b[smallest]) smallest = i;
    a[smallest] += pool_a;
    b[smallest] += pool_b;
  }
  return chi_square(a, b);
}

}  // namespace perennial::stats
