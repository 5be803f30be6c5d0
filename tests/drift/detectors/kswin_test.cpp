// KSWIN's short windows against its windows of any size, which tests/peers/river_test.cpp holds to River. Where chance
// is tested, the seeds are fixed: the error rates are those with which another seed would fail.
#include "drift/detectors/kswin.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/rng.hpp"
#include "drift/detectors/kswin_draws.hpp"
#include "drift/detectors/kswin_window.hpp"

namespace perennial::drift {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

std::vector<KswinPath> short_paths() {
  std::vector<KswinPath> paths{KswinPath::short_plain};
  if (kswin_allows(KswinPath::short_avx512, {})) paths.push_back(KswinPath::short_avx512);
  return paths;
}

std::vector<bool> widths() { return KswinWindow::has_avx512() ? std::vector{false, true} : std::vector{false}; }

/// Values in pieces of random lengths, and single ones.
std::vector<Zone> zones_of(StreamDetector& detector, const std::vector<double>& values, Rng& rng) {
  std::vector<Zone> zones(values.size());
  for (std::size_t i = 0; i < values.size();) {
    const std::size_t count = std::min<std::size_t>(values.size() - i, 1 + rng.below(rng.below(2) == 0 ? 3 : 300));
    if (count == 1) zones[i] = detector.update(values[i]);
    else detector.update(std::span(values).subspan(i, count), std::span(zones).subspan(i, count));
    i += count;
  }
  return zones;
}

/// One of twelve kinds of streams, in which the level moves now and then.
std::vector<double> stream(std::size_t kind, std::size_t rows, Rng& rng) {
  std::vector<double> values(rows);
  double level = 0;
  for (double& value : values) {
    if (rng.below(150) == 0) level = 2 * rng.normal();
    const double normal = level + rng.normal();
    switch (kind) {
      case 0: value = normal; break;
      case 1: value = std::floor(2 * normal); break;                   // few values
      case 2: value = rng.uniform() < (level > 0 ? 0.9 : 0.2); break;  // errors
      case 3: value = level; break;                                    // constant for a long time
      case 4: value = 1 + 1e-12 * normal; break;                       // alike as floats
      case 5: value = 1 + 1e-12 * std::floor(4 * normal); break;       // and some the same
      case 6: value = 1e300 * normal; break;                           // too large for a float
      case 7: value = 1e-300 * normal; break;                          // too small
      case 8: value = rng.below(5) == 0 ? inf : rng.below(4) == 0 ? -inf : normal; break;
      case 9: value = rng.below(2) == 0 ? 0.0 : -0.0; break;
      case 10: value = rng.below(3) == 0 ? nan : std::floor(4 * normal) / 4; break;
      default: value = rng.below(4) == 0 ? -std::numeric_limits<double>::max() : -inf; break;
    }
  }
  return values;
}

TEST(Kswin, short_windows_give_the_zones_of_any_size_for_the_same_draws) {
  struct Sizes {
    std::uint32_t window;
    std::uint32_t stat;
  };
  std::size_t drifts = 0;
  std::size_t warnings = 0;
  for (const auto sizes : std::vector<Sizes>{{2, 1},
                                             {3, 1},
                                             {7, 3},
                                             {16, 8},
                                             {17, 4},
                                             {31, 15},
                                             {33, 16},
                                             {63, 20},
                                             {64, 32},
                                             {65, 30},
                                             {96, 40},
                                             {100, 30},
                                             {100, 50},
                                             {112, 30},
                                             {113, 9},
                                             {127, 63},
                                             {127, 20},
                                             {128, 64},
                                             {128, 1}})
    for (std::size_t kind = 0; kind < 12; ++kind) {
      Rng rng(kind + 100 * sizes.window + 100000 * sizes.stat);
      KswinSettings settings;
      settings.window_size = sizes.window;
      settings.stat_size = sizes.stat;
      settings.alpha = std::pow(10, -0.3 - 2.7 * rng.uniform());
      settings.warning_alpha = std::min(1.0, settings.alpha * (1 + 3 * rng.uniform()));
      const auto values = stream(kind, 1500, rng);
      const auto made = [&](KswinPath path) {
        return make_kswin(settings, std::make_unique<SeededIndices>(kind), path);
      };
      const auto expected = zones_of(*made(KswinPath::any_size), values, rng);
      drifts += static_cast<std::size_t>(std::ranges::count(expected, Zone::drift));
      warnings += static_cast<std::size_t>(std::ranges::count(expected, Zone::warning));
      for (const auto path : short_paths())
        ASSERT_EQ(zones_of(*made(path), values, rng), expected)
            << "window " << sizes.window << ", stat " << sizes.stat << ", kind " << kind << ", path "
            << static_cast<int>(path);
    }
  fmt::print("{} drifts, {} warnings\n", drifts, warnings);
  EXPECT_GT(drifts, 1500u);
  EXPECT_GT(warnings, 2000u);
}

TEST(Kswin, gives_the_same_with_and_without_avx512) {
  if (!kswin_allows(KswinPath::short_avx512, {})) GTEST_SKIP() << "this machine has no AVX-512 VBMI";
  for (const auto& [window, stat] : {std::pair{100u, 30u}, {128u, 64u}, {128u, 1u}, {2u, 1u}, {50u, 10u}}) {
    KswinSettings settings;
    settings.window_size = window;
    settings.stat_size = stat;
    settings.alpha = 0.05;
    settings.warning_alpha = 0.1;
    for (std::size_t kind = 0; kind < 12; ++kind) {
      Rng rng(kind);
      settings.seed = kind;
      const auto values = stream(kind, 5000, rng);
      EXPECT_EQ(zones_of(*make_kswin(settings, nullptr, KswinPath::short_avx512), values, rng),
                zones_of(*make_kswin(settings, nullptr, KswinPath::short_plain), values, rng))
          << window << ' ' << stat << ' ' << kind;
    }
  }
}

TEST(Kswin, does_not_see_in_which_order_its_thresholds_are) {
  KswinSettings settings;
  settings.alpha = 0.1;
  settings.warning_alpha = 0.01;  // of no use: a drift comes first
  Rng rng(1);
  const auto values = stream(0, 3000, rng);
  const auto made = [&](KswinPath path) { return make_kswin(settings, std::make_unique<SeededIndices>(1), path); };
  for (const auto path : short_paths())
    EXPECT_EQ(zones_of(*made(path), values, rng), zones_of(*made(KswinPath::any_size), values, rng));
}

TEST(Kswin, starts_anew_and_is_copied_with_its_draws) {
  for (const auto path : {KswinPath::best, KswinPath::any_size, KswinPath::short_plain})
    for (const bool given : {false, true}) {
      KswinSettings settings;
      settings.alpha = 0.05;
      settings.warning_alpha = 0.1;
      const auto detector = make_kswin(settings, given ? std::make_unique<SeededIndices>(7) : nullptr, path);
      Rng rng(3);
      const auto values = stream(0, 2000, rng);
      const auto later = stream(0, 2000, rng);
      const auto before = zones_of(*detector, values, rng);
      const auto copy = detector->clone();
      const auto after = zones_of(*detector, later, rng);
      EXPECT_EQ(zones_of(*copy, later, rng), after);
      detector->reset();
      EXPECT_EQ(zones_of(*detector, values, rng), before);
      EXPECT_EQ(
          zones_of(*make_kswin(settings, given ? std::make_unique<SeededIndices>(7) : nullptr, path), values, rng),
          before);
      settings.seed = 2;
      if (!given) {
        EXPECT_NE(zones_of(*make_kswin(settings, nullptr, path), values, rng), before);
      }
    }
}

std::vector<AgeSet> subsets(std::size_t population, std::size_t chosen, std::size_t count, bool wide) {
  KswinDraws draws(5, population, chosen, wide);
  std::vector<AgeSet> all;
  while (all.size() < count) {
    const auto ahead = draws.ahead();
    const std::size_t used = std::min(ahead.size(), 1 + all.size() % 50);
    all.insert(all.end(), ahead.begin(), ahead.begin() + static_cast<std::ptrdiff_t>(used));
    draws.use(used);
  }
  all.resize(count);
  return all;
}

TEST(KswinDraws, are_subsets_of_their_size_and_the_same_on_every_machine) {
  for (const auto& [population, chosen] : std::vector<std::pair<std::size_t, std::size_t>>{
           {1, 1}, {2, 1}, {15, 7}, {16, 16}, {17, 1}, {64, 32}, {64, 64}, {65, 33}, {70, 30}, {127, 1}, {127, 127}}) {
    const auto plain = subsets(population, chosen, 1000, false);
    for (const auto& set : plain) {
      std::size_t members = 0;
      for (std::size_t age = 0; age < 128; ++age) {
        members += set.contains(age) ? 1 : 0;
        EXPECT_TRUE(age < population || !set.contains(age));
      }
      ASSERT_EQ(members, chosen) << population;
    }
    for (const bool wide : widths()) EXPECT_EQ(subsets(population, chosen, 1000, wide), plain) << population;
  }
  // The seed's first subset, as a promise: bit n is the n-th oldest value.
  const auto first = subsets(70, 30, 1, false)[0];
  EXPECT_EQ(fmt::format("{:02x}{:016x}", first.high, first.low), "29098272723d3a10dc");
}

/// The standard normal deviate that a chi-squared value is like (Wilson & Hilferty 1931).
double deviate(double chi_squared, double degrees) {
  const double v = 2 / (9 * degrees);
  return (std::cbrt(chi_squared / degrees) - (1 - v)) / std::sqrt(v);
}

// Every subset of a few as often as every other; every position and every pair of positions of the defaults; every
// overlap of a draw with the next one. An error rate of 1 in 100 000 in all.
TEST(KswinDraws, are_uniform_and_independent) {
  constexpr std::size_t count = 400000;
  const auto few = subsets(6, 3, count, widths().back());
  std::vector<double> times(64);
  for (const auto& set : few) ++times[set.low];
  double chi_squared = 0;
  std::size_t kinds = 0;
  for (std::uint64_t set = 0; set < 64; ++set) {
    if (std::popcount(set) != 3) continue;
    ++kinds;
    chi_squared += std::pow(times[set] - count / 20.0, 2) / (count / 20.0);
  }
  ASSERT_EQ(kinds, 20u);
  EXPECT_LT(std::abs(deviate(chi_squared, 19)), 4.9);

  constexpr std::size_t population = 70;
  constexpr std::size_t chosen = 30;
  const auto all = subsets(population, chosen, count, widths().back());
  std::vector<std::vector<double>> together(population, std::vector<double>(population));
  std::vector<double> overlaps(chosen + 1);
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<std::size_t> members;
    for (std::size_t age = 0; age < population; ++age)
      if (all[i].contains(age)) members.push_back(age);
    for (std::size_t a = 0; a < chosen; ++a)
      for (std::size_t b = 0; b <= a; ++b) ++together[members[a]][members[b]];
    const auto& next = all[(i + 1) % count];
    const int both = std::popcount(all[i].low & next.low) + std::popcount(all[i].high & next.high);
    ++overlaps[static_cast<std::size_t>(both)];
  }
  const double share = 1.0 * chosen / population;
  chi_squared = 0;
  double largest = 0;
  for (std::size_t a = 0; a < population; ++a) {
    chi_squared += std::pow(together[a][a] - count * share, 2) / (count * share * (1 - share));
    for (std::size_t b = 0; b < a; ++b) {
      const double both = share * (chosen - 1) / (population - 1);
      largest = std::max(largest, std::abs(together[a][b] - count * both) / std::sqrt(count * both * (1 - both)));
    }
  }
  // Places exclude each other, which makes the sum too large by population / (population - 1).
  EXPECT_LT(std::abs(deviate(chi_squared * (population - 1) / population, population - 1)), 4.9);
  EXPECT_LT(largest, 6);  // of 2415
  chi_squared = 0;
  double rest = count;
  double rest_expected = count;
  std::size_t cells = 0;
  double expected = count;  // hypergeometric, from 0 on
  for (std::size_t k = 0; k < chosen; ++k)
    expected *= static_cast<double>(population - chosen - k) / static_cast<double>(population - k);
  for (std::size_t k = 0; k <= chosen; ++k) {
    if (expected > 50) {
      chi_squared += std::pow(overlaps[k] - expected, 2) / expected;
      rest -= overlaps[k];
      rest_expected -= expected;
      ++cells;
    }
    expected *= std::pow(static_cast<double>(chosen - k), 2) /
                (static_cast<double>(k + 1) * static_cast<double>(population - 2 * chosen + k + 1));
  }
  chi_squared += std::pow(rest - rest_expected, 2) / std::max(rest_expected, 1.0);
  EXPECT_GT(cells, 10u);
  EXPECT_LT(deviate(chi_squared, static_cast<double>(cells)), 4.9);
}

struct Mean {
  double sum = 0;
  double squares = 0;
  double count = 0;
  void add(double value) {
    sum += value;
    squares += value * value;
    ++count;
  }
  double value() const { return sum / count; }
  double variance() const { return (squares / count - value() * value()) / count; }
};

// The draws of the short windows against the head of a shuffle: false alarms on stable streams, and how many rows a
// shift of the mean by 1.5 deviations takes to be seen. Means over streams; an error rate of 1 in 100 000.
TEST(Kswin, alarms_as_often_and_as_early_as_with_shuffled_draws) {
  Mean alarms[2];
  Mean delays[2];
  for (std::uint64_t stream = 0; stream < 300; ++stream)
    for (const bool shuffled : {false, true}) {
      KswinSettings settings;
      settings.seed = stream;
      const auto detector = make_kswin(settings, shuffled ? std::make_unique<SeededIndices>(stream) : nullptr);
      Rng rng(2 * stream + (shuffled ? 1 : 0));
      std::vector<double> values(3000);
      std::vector<Zone> zones(values.size());
      for (double& value : values) value = rng.normal();
      detector->update(values, zones);
      alarms[shuffled].add(static_cast<double>(std::ranges::count(zones, Zone::drift)));
      for (int turn = 0; turn < 5; ++turn) {
        detector->reset();
        for (int i = 0; i < 200; ++i) detector->update(rng.normal());
        int row = 1;
        while (row < 200 && detector->update(1.5 + rng.normal()) != Zone::drift) ++row;
        delays[shuffled].add(row);
      }
    }
  for (const auto* means : {alarms, delays}) {
    const double z = (means[0].value() - means[1].value()) / std::sqrt(means[0].variance() + means[1].variance());
    fmt::print("{:.3f} against {:.3f}, shuffled: {:.2f} standard errors apart\n", means[0].value(), means[1].value(),
               z);
    EXPECT_LT(std::abs(z), 4.6);
  }
}

}  // namespace
}  // namespace perennial::drift
