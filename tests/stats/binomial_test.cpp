#include "stats/binomial.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace perennial::stats {
namespace {

struct Row {
  std::uint64_t k, n;
  double p, tail;
};

// Values of scipy.stats.binom.sf(k - 1, n, p), version 1.11.
TEST(Binomial, upper_tail) {
  const std::vector<Row> rows = {
      {0, 10, 0.3, 1},
      {1, 10, 0.3, 0.9717524751},
      {5, 10, 0.5, 0.623046875},
      {10, 10, 0.5, 0.0009765625},
      {11, 10, 0.5, 0},
      {1, 1, 0.25, 0.25},
      {3, 10, 0, 0},
      {3, 10, 1, 1},
  };
  for (const auto& row : rows)
    EXPECT_NEAR(binomial_sf(row.k, row.n, row.p), row.tail, 1e-10 * row.tail + 1e-15) << row.k << " of " << row.n;
}

TEST(Binomial, agrees_with_the_sum_of_its_terms) {
  for (const std::uint64_t n : {1U, 7U, 50U, 300U})
    for (const double p : {0.001, 0.02, 0.3, 0.5, 0.97})
      for (std::uint64_t k = 1; k <= n; k += 1 + n / 7) {
        long double sum = 0;
        for (std::uint64_t i = k; i <= n; ++i)
          sum += std::exp(std::lgamma(static_cast<long double>(n + 1)) - std::lgamma(static_cast<long double>(i + 1)) -
                          std::lgamma(static_cast<long double>(n - i + 1)) +
                          static_cast<long double>(i) * std::log(static_cast<long double>(p)) +
                          static_cast<long double>(n - i) * std::log1p(-static_cast<long double>(p)));
        EXPECT_NEAR(binomial_sf(k, n, p), static_cast<double>(sum), 1e-9 * static_cast<double>(sum) + 1e-14)
            << k << " of " << n << " at " << p;
      }
}

}  // namespace
}  // namespace perennial::stats
