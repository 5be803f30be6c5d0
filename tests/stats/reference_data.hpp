#pragma once
// The data behind the literals of these tests: a linear congruential generator, the same in a line of NumPy. The
// literals were computed once with SciPy 1.17.1 and scikit-learn 1.9.1.

#include <cstdint>
#include <vector>

#include "core/signature.hpp"
#include "stats/metrics.hpp"

namespace perennial::stats {

/// x <- 6364136223846793005 x + 1442695040888963407 mod 2^64; values (x >> 11) / 2^53.
inline std::vector<double> lcg(std::uint64_t seed, std::size_t n) {
  std::vector<double> values(n);
  for (double& value : values) {
    seed = 6364136223846793005ULL * seed + 1442695040888963407ULL;
    value = static_cast<double>(seed >> 11) * 0x1.0p-53;
  }
  return values;
}

/// Owns what a Scored looks at.
struct Case {
  Target target;
  std::vector<float> outputs;
  std::vector<double> truth;
  Scored scored() const { return {outputs, target.width(), 0, &target, truth}; }
};

inline Target regression_target() { return {"y", Task::regression, {}}; }
inline Target binary_target() { return {"y", Task::binary, {"no", "yes"}}; }

/// 400 rows, 173 of class 1.
inline Case binary_case() {
  const auto u = lcg(3, 400);
  const auto s = lcg(4, 400);
  Case c{binary_target(), {}, {}};
  for (std::size_t i = 0; i < 400; ++i) {
    const auto score = static_cast<float>(s[i]);
    c.truth.push_back(u[i] < 0.2 + 0.5 * static_cast<double>(score) ? 1 : 0);
    c.outputs.push_back(1.0f - score);
    c.outputs.push_back(score);
  }
  return c;
}

inline Case multiclass_case() {
  const auto k = lcg(6, 1200);
  const auto t = lcg(7, 400);
  Case c{{"y", Task::multiclass, {"a", "b", "c"}}, {}, {}};
  for (const double value : k) c.outputs.push_back(static_cast<float>(value));
  for (std::size_t i = 0; i < 400; ++i) {
    const auto truth = static_cast<std::size_t>(t[i] * 3);
    c.truth.push_back(static_cast<double>(truth));
    c.outputs[3 * i + truth] += 0.3f;
  }
  return c;
}

inline Case regression_case() {
  const auto y = lcg(8, 400);
  const auto noise = lcg(9, 400);
  Case c{regression_target(), {}, {}};
  for (std::size_t i = 0; i < 400; ++i) {
    c.truth.push_back(10 * y[i]);
    c.outputs.push_back(static_cast<float>(10 * y[i] + noise[i] * 3 - 1));
  }
  return c;
}

}  // namespace perennial::stats
