#include "stats/kolmogorov.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

namespace perennial::stats {
namespace {

constexpr double pi2 = std::numbers::pi * std::numbers::pi;
constexpr double all_terms_until = 4096;
constexpr double terms_beyond = 2048;

/// log(k!), k >= 0 and whole; Stirling's series from 20 on.
double log_factorial(double k) {
  if (k < 20) {
    double product = 1;
    for (int i = 2; i <= static_cast<int>(k); ++i) product *= i;
    return std::log(product);
  }
  const double inverse = 1 / k;
  const double square = inverse * inverse;
  const double series = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680)));
  return (k + 0.5) * std::log(k) - k + 0.5 * std::log(2 * std::numbers::pi) + series;
}

using Matrix = std::vector<double>;

Matrix product(const Matrix& a, const Matrix& b, std::size_t size) {
  Matrix c(size * size);
  for (std::size_t i = 0; i < size; ++i)
    for (std::size_t k = 0; k < size; ++k) {
      const double factor = a[i * size + k];
      if (factor == 0) continue;
      for (std::size_t j = 0; j < size; ++j) c[i * size + j] += factor * b[k * size + j];
    }
  return c;
}

/// A matrix and the power of two that it is still to be multiplied by.
struct Scaled {
  Matrix values;
  int exponent = 0;

  void rescale() {
    const double largest = *std::ranges::max_element(values);
    int shift = 0;
    std::frexp(largest, &shift);
    if (std::abs(shift) < 128) return;
    for (double& value : values) value = std::ldexp(value, -shift);
    exponent += shift;
  }
};

/// P(D < x) by Durbin's matrix: with n x = k - h, 0 <= h < 1, the middle entry of n! / n^n H^n.
double cdf_by_matrix(double n, double x) {
  const double k = std::ceil(n * x);
  const double h = k - n * x;
  const auto size = static_cast<std::size_t>(2 * k - 1);
  const auto middle = static_cast<std::size_t>(k) - 1;
  Scaled power{Matrix(size * size), 0};
  for (std::size_t i = 0; i < size; ++i)
    for (std::size_t j = 0; j < std::min(i + 2, size); ++j)
      power.values[i * size + j] = std::exp(-log_factorial(static_cast<double>(i + 1 - j)));
  const auto corner = [&](double exponent) { return std::pow(h, exponent); };
  for (std::size_t i = 0; i < size; ++i) {
    const double rows = static_cast<double>(i + 1);
    power.values[i * size] *= 1 - corner(rows);
    if (i + 1 < size) power.values[(size - 1) * size + (size - 1 - i)] *= 1 - corner(rows);
  }
  const double length = static_cast<double>(size);
  const double last = 1 - 2 * corner(length) + std::pow(std::max(0.0, 2 * h - 1), length);
  power.values[(size - 1) * size] = last * std::exp(-log_factorial(length));

  Scaled result{Matrix(size * size), 0};
  for (std::size_t i = 0; i < size; ++i) result.values[i * size + i] = 1;
  for (auto rest = static_cast<std::uint64_t>(n); rest > 0; rest /= 2) {
    if (rest % 2 == 1) {
      result.values = product(result.values, power.values, size);
      result.exponent += power.exponent;
      result.rescale();
    }
    if (rest == 1) break;
    power.values = product(power.values, power.values, size);
    power.exponent *= 2;
    power.rescale();
  }
  const double entry = result.values[middle * size + middle];
  if (!(entry > 0)) return 0;
  return std::exp(std::log(entry) + result.exponent * std::numbers::ln2 + log_factorial(n) - n * std::log(n));
}

/// P(D < x): four terms in powers of n^-1/2, each a series that converges fast for small z = x sqrt(n).
double cdf_by_expansion(double n, double x) {
  const double root = std::sqrt(n);
  const double z = x * root;
  const double z2 = z * z;
  const double z4 = z2 * z2;
  const double z6 = z4 * z2;
  double k0 = 0;
  double k1 = 0;
  double k2 = 0;
  double k3 = 0;
  const int terms = static_cast<int>(std::ceil(16 * z / std::numbers::pi)) + 1;
  for (int k = terms; k >= 1; --k) {
    const double m2 = static_cast<double>((2 * k - 1) * (2 * k - 1)) * pi2 / 4;
    const double m4 = m2 * m2;
    const double q = std::exp(-m2 / (2 * z2));
    k0 += q;
    k1 += (m2 - z2) * q;
    k2 += (6 * z6 + 2 * z4 + (2 * z4 - 5 * z2) * m2 + (1 - 2 * z2) * m4) * q;
    k3 +=
        (-30 * z6 - 90 * z6 * z2 + (135 * z4 - 96 * z6) * m2 + (212 * z4 - 60 * z2) * m4 + (5 - 30 * z2) * m4 * m2) * q;
  }
  double even2 = 0;
  double even3 = 0;
  for (int k = terms; k >= 1; --k) {
    const double m2 = static_cast<double>(k * k);
    const double q = std::exp(-pi2 * m2 / (2 * z2));
    even2 += m2 * q;
    even3 += (3 * z2 - pi2 * m2) * m2 * q;
  }
  const double factor = std::sqrt(2 * std::numbers::pi);
  return factor * (k0 / z + k1 / (6 * z4 * root) + (k2 / (72 * z6 * z) - pi2 * even2 / (36 * z2 * z)) / n +
                   (k3 / (6480 * z6 * z4) + pi2 * even3 / (216 * z6)) / (n * root));
}

}  // namespace

double smirnov_sf(double n, double x) {
  if (std::isnan(n) || std::isnan(x)) return std::nan("");
  if (x <= 0) return 1;
  if (x >= 1) return 0;
  const double last = std::floor(n * (1 - x));
  const double stride = n <= all_terms_until ? 1 : std::floor(n / terms_beyond);
  const double whole = log_factorial(n);
  double sum = 0;
  for (std::uint64_t step = 0; static_cast<double>(step) * stride <= last; ++step) {
    const double j = static_cast<double>(step) * stride;
    const double below = (n - n * x - j) / n;
    const double above = (n * x + j) / n;
    const double rest = n - j;
    if (below <= 0 && rest > 0) continue;
    const double term = whole - log_factorial(j) - log_factorial(rest) + (j - 1) * std::log(above) +
                        (rest > 0 ? rest * std::log(below) : 0);
    sum += std::exp(term);
  }
  return std::min(1.0, x * sum * stride);
}

double kolmogorov_n_sf(double n, double x) {
  if (std::isnan(n) || std::isnan(x) || n < 1) return std::nan("");
  if (x >= 1) return 0;
  if (n * x <= 0.5) return 1;
  constexpr double small = 140;
  const double z2 = n * x * x;
  if (x >= 0.5 || n * x >= n - 1 || z2 >= (n <= small ? 4 : 2.2)) return std::min(1.0, 2 * smirnov_sf(n, x));
  const bool by_matrix = n <= small || (n <= 100000 && n * std::pow(x, 1.5) <= 1.4);
  return std::clamp(1 - (by_matrix ? cdf_by_matrix(n, x) : cdf_by_expansion(n, x)), 0.0, 1.0);
}

}  // namespace perennial::stats
