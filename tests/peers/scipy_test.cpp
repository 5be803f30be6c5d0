// Our statistics beside SciPy's and NumPy's, on 1000 random cases each.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/rng.hpp"
#include "peer.hpp"
#include "stats/chi_square.hpp"
#include "stats/divergences.hpp"
#include "stats/kolmogorov.hpp"
#include "stats/ks.hpp"
#include "stats/ks_p_value.hpp"
#include "stats/mann_whitney.hpp"
#include "stats/psi.hpp"
#include "stats/wasserstein.hpp"

namespace perennial::peers {
namespace {

constexpr int cases = 1000;

struct Samples {
  std::vector<double> a;
  std::vector<double> b;
};

/// 1 to `most` values; small samples as often as large ones.
std::size_t size(Rng& rng, double most) {
  return static_cast<std::size_t>(std::exp(rng.uniform() * std::log(most + 0.999)));
}

double drawn(Rng& rng, int shape) {
  switch (shape) {
    case 0: return rng.normal();
    case 1: return std::exp(2 * rng.normal());             // skewed
    case 2: return rng.normal() / std::abs(rng.normal());  // heavy tails
    case 3: return static_cast<double>(rng.below(6));      // many ties
    case 4: return std::round(10 * rng.normal()) / 10;     // some ties
    default: return 1000 + rng.uniform() / 1000;           // far from zero
  }
}

Samples samples(Rng& rng, double most) {
  Samples result;
  const int shape = static_cast<int>(rng.below(6));
  result.a.resize(size(rng, most));
  result.b.resize(rng.below(5) == 0 ? result.a.size() : size(rng, most));
  for (double& value : result.a) value = drawn(rng, shape);
  for (double& value : result.b) value = drawn(rng, shape);
  // A shift that matters in some cases and not in others.
  const double spread = shape == 5 ? 0.001 : 1;
  const double shift = rng.below(3) == 0 ? 0 : spread * rng.normal() * 0.3;
  for (double& value : result.b) value += shift;
  return result;
}

/// Two samples of which hardly any p-value is 1 or nothing: what the comparison of p-values needs.
std::vector<Samples> many_samples(std::uint64_t seed, double most) {
  Rng rng(seed);
  std::vector<Samples> result;
  for (int i = 0; i < cases; ++i) result.push_back(samples(rng, most));
  return result;
}

Json asked(const std::vector<Samples>& all) {
  Json list = Json::array();
  for (const auto& [a, b] : all) list.push_back({{"a", a}, {"b", b}});
  return list;
}

void expect_relative(double ours, double theirs, double tolerance, const std::string& what) {
  EXPECT_LE(std::abs(ours - theirs), tolerance * std::abs(theirs)) << fmt::format("{}: {} and {}", what, ours, theirs);
}

void expect_p_value(double ours, double theirs, const std::string& what) {
  if (theirs > 1e-12) expect_relative(ours, theirs, 1e-6, what);
  else EXPECT_LE(ours, 1.000001e-12) << what;
}

TEST(SciPy, kolmogorov_smirnov) {
  const auto all = many_samples(1, 3000);
  const Json theirs = ask("scipy_peer.py", {{"ks", asked(all)}})["ks"];
  ASSERT_EQ(theirs.size(), all.size());
  int exact = 0;
  int asymptotic = 0;
  const auto telling = [](const Json& p) { return p.is_number() && p > 1e-12 && p < 0.999; };
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& [a, b] = all[i];
    const auto what = fmt::format("case {}, {} and {} values", i, a.size(), b.size());
    const auto ours = stats::ks_two_sample(a, b);
    EXPECT_NEAR(ours.statistic, theirs[i][0].get<double>(), 1e-12) << what;
    exact += telling(theirs[i][1]);
    asymptotic += telling(theirs[i][2]);
    if (!theirs[i][1].is_null()) {
      expect_p_value(stats::ks_exact_p_value(ours.difference, a.size(), b.size()), theirs[i][1], what + ", exact");
      expect_p_value(ours.p_value, theirs[i][1], what + ", automatic");
    }
    if (!theirs[i][2].is_null())
      expect_p_value(stats::ks_asymptotic_p_value(ours.statistic, a.size(), b.size()), theirs[i][2],
                     what + ", asymptotic");
  }
  EXPECT_GT(exact, 600);
  EXPECT_GT(asymptotic, 600);
}

// Sample sizes from 1 to a million at all heights of the distribution (beyond that SciPy approximates, to 3e-5).
TEST(SciPy, kolmogorov_distributions) {
  Rng rng(2);
  Json two_sided = Json::array();
  Json one_sided = Json::array();
  for (int i = 0; i < cases; ++i) {
    const auto n = static_cast<double>(size(rng, i % 50 == 0 ? 1e6 - 1 : 3000));
    const double z = 0.2 + 3.5 * rng.uniform();
    two_sided.push_back({{"n", n}, {"x", std::min(1.0, z / std::sqrt(n))}});
    const auto fewer = static_cast<double>(size(rng, 3000));
    one_sided.push_back({{"n", fewer}, {"x", std::min(1.0, z / std::sqrt(fewer))}});
  }
  const Json theirs = ask("scipy_peer.py", {{"asymptotic_ks", two_sided}, {"smirnov", one_sided}});
  ASSERT_EQ(theirs["asymptotic_ks"].size(), two_sided.size());
  for (std::size_t i = 0; i < two_sided.size(); ++i) {
    const auto what = [&](const Json& list) { return list[i].dump(); };
    expect_p_value(stats::kolmogorov_n_sf(two_sided[i]["n"], two_sided[i]["x"]), theirs["asymptotic_ks"][i],
                   what(two_sided));
    expect_p_value(stats::smirnov_sf(one_sided[i]["n"], one_sided[i]["x"]), theirs["smirnov"][i], what(one_sided));
  }
}

TEST(SciPy, chi_square) {
  Rng rng(3);
  std::vector<std::vector<std::uint64_t>> a(cases);
  std::vector<std::vector<std::uint64_t>> b(cases);
  Json list = Json::array();
  for (std::size_t i = 0; i < cases; ++i) {
    const std::size_t categories = 2 + rng.below(30);
    const std::uint64_t rows = 1 + size(rng, 3000);
    a[i].resize(categories);
    b[i].resize(categories);
    for (std::size_t k = 0; k < categories; ++k) {
      const double weight = rng.uniform() / static_cast<double>(categories);
      a[i][k] = 1 + rng.below(1 + static_cast<std::uint64_t>(2 * weight * static_cast<double>(rows)));
      b[i][k] = a[i][k] + rng.below(2 + a[i][k] / 3);
    }
    list.push_back({{"a", a[i]}, {"b", b[i]}});
  }
  const Json theirs = ask("scipy_peer.py", {{"chi_square", list}})["chi_square"];
  ASSERT_EQ(theirs.size(), list.size());
  for (std::size_t i = 0; i < cases; ++i) {
    const auto ours = stats::chi_square(a[i], b[i]);
    EXPECT_NEAR(ours.statistic, theirs[i][0].get<double>(), 1e-12 * std::max(1.0, ours.statistic)) << i;
    expect_p_value(ours.p_value, theirs[i][1], fmt::format("case {}", i));
  }
}

TEST(SciPy, wasserstein) {
  const auto all = many_samples(4, 3000);
  const Json theirs = ask("scipy_peer.py", {{"wasserstein", asked(all)}})["wasserstein"];
  ASSERT_EQ(theirs.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& [a, b] = all[i];
    expect_relative(stats::wasserstein(a, b), theirs[i], 1e-12,
                    fmt::format("case {}, {} and {} values", i, a.size(), b.size()));
  }
}

TEST(SciPy, divergences_of_given_counts) {
  Rng rng(5);
  std::vector<std::vector<double>> p(cases);
  std::vector<std::vector<double>> q(cases);
  Json list = Json::array();
  for (std::size_t i = 0; i < cases; ++i) {
    p[i].resize(1 + rng.below(60));
    q[i].resize(p[i].size());
    for (std::size_t k = 0; k < p[i].size(); ++k) {
      p[i][k] = static_cast<double>(rng.below(50) * rng.below(50));
      q[i][k] = i % 3 == 0 ? static_cast<double>(rng.below(300)) : 1 + std::floor(p[i][k] * rng.uniform());
    }
    p[i][0] += 1;  // a side without rows has no shares
    q[i][0] += 1;
    list.push_back({{"p", p[i]}, {"q", q[i]}});
  }
  const Json theirs = ask("scipy_peer.py", {{"divergences", list}})["divergences"];
  ASSERT_EQ(theirs.size(), list.size());
  int infinite = 0;
  for (std::size_t i = 0; i < cases; ++i) {
    const double kl = stats::kullback_leibler(p[i], q[i]);
    infinite += std::isinf(kl);
    if (theirs[i][0].is_null()) EXPECT_EQ(kl, std::numeric_limits<double>::infinity()) << i;
    else EXPECT_NEAR(kl, theirs[i][0].get<double>(), 1e-12) << i;
    EXPECT_NEAR(stats::jensen_shannon(p[i], q[i]), theirs[i][1].get<double>(), 1e-12) << i;
    EXPECT_NEAR(stats::hellinger(p[i], q[i]), theirs[i][2].get<double>(), 1e-12) << i;
  }
  EXPECT_GT(infinite, 10);
  EXPECT_LT(infinite, cases / 2);
}

TEST(NumPy, population_stability_index) {
  const auto all = many_samples(6, 3000);
  const Json theirs = ask("scipy_peer.py", {{"psi", asked(all)}})["psi"];
  ASSERT_EQ(theirs.size(), all.size());
  int beyond_ten_values = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const stats::QuantileBins bins(all[i].a);
    // With at most ten distinct values each is a bin of ours: NumPy's formula knows no such rule, but its deciles end
    // at the same values only where all occur among them.
    if (stats::SortedSample(all[i].a).distinct().size() <= stats::numeric_bins) continue;
    ++beyond_ten_values;
    EXPECT_NEAR(stats::psi_of_counts(bins.count(all[i].b)).value, theirs[i].get<double>(), 1e-12) << i;
  }
  EXPECT_GT(beyond_ten_values, 500);
}

TEST(SciPy, mann_whitney) {
  auto all = many_samples(7, 1000);
  for (auto& [a, b] : all)
    if (std::ranges::all_of(a, [&](double v) { return v == b[0]; }) &&
        std::ranges::all_of(b, [&](double v) { return v == b[0]; }))
      b[0] += 1;  // SciPy divides by 0 where all values are equal
  const Json theirs = ask("scipy_peer.py", {{"mann_whitney", asked(all)}})["mann_whitney"];
  ASSERT_EQ(theirs.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto ours = stats::mann_whitney(all[i].a, all[i].b);
    EXPECT_NEAR(ours.auc, theirs[i][0].get<double>(), 1e-12) << i;
    expect_p_value(ours.p_value, theirs[i][1], fmt::format("case {}", i));
  }
}

}  // namespace
}  // namespace perennial::peers
