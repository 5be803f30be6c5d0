// Every stream detector, on the losses that break them, and what each is for.
#include "drift/stream.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/rng.hpp"

namespace perennial::drift {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

std::unique_ptr<StreamDetector> make(std::string_view name) {
  auto detector = make_stream_detector(name);
  EXPECT_TRUE(detector) << detector.error().message();
  return std::move(*detector);
}

/// A stream with a change, a gap and two infinities, in 0..1 but for those.
std::vector<double> eventful(std::uint64_t seed, std::size_t rows) {
  Rng rng(seed);
  std::vector<double> values(rows);
  for (std::size_t i = 0; i < rows; ++i) values[i] = rng.uniform() < (i < rows / 2 ? 0.1 : 0.6) ? 1 : 0;
  values[rows / 4] = inf;
  values[rows / 3] = -inf;
  for (std::size_t i = rows / 5; i < rows / 5 + 20; ++i) values[i] = nan;
  return values;
}

std::vector<Zone> zones_of(StreamDetector& detector, const std::vector<double>& values) {
  std::vector<Zone> zones;
  for (const double value : values) zones.push_back(detector.update(value));
  return zones;
}

TEST(StreamDetectors, stay_calm_on_constants_and_missing_values) {
  for (const auto& member : stream_detectors().members())
    for (const double value : {0.0, 1.0, 0.3, -7.1, 1e300, inf, -inf, nan}) {
      auto detector = make(member.entry.name);
      for (int i = 0; i < 5000; ++i)
        ASSERT_EQ(detector->update(value), Zone::stable) << member.entry.name << ' ' << value << ' ' << i;
    }
}

TEST(StreamDetectors, survive_infinite_values_and_reset_to_new) {
  for (const auto& member : stream_detectors().members()) {
    auto used = make(member.entry.name);
    for (const double value : {inf, -inf, nan, 1e308, -1e308, 0.0}) used->update(value);
    for (int i = 0; i < 300; ++i) used->update(i % 7 == 0 ? inf : 0.5);
    used->reset();
    auto fresh = make(member.entry.name);
    const auto values = eventful(1, 3000);
    ASSERT_EQ(zones_of(*used, values), zones_of(*fresh, values)) << member.entry.name;
  }
}

// A model that begins to answer with infinite losses is seen, and one such loss hides no later change.
TEST(StreamDetectors, an_infinite_loss_counts_but_does_not_blind) {
  for (const auto& member : stream_detectors().members()) {
    if (member.entry.name == "none") continue;
    Rng rng(5);
    auto all = make(member.entry.name);
    auto one = make(member.entry.name);
    for (int i = 0; i < 1000; ++i) {
      const double value = rng.uniform() < 0.1 ? 1 : 0;
      all->update(value);
      one->update(i == 500 ? inf : value);
    }
    int seen = 0;
    int recovered = 0;
    for (int i = 0; i < 2000; ++i) {
      seen += all->update(inf) == Zone::drift;
      recovered += one->update(rng.uniform() < 0.8 ? 1 : 0) == Zone::drift;
    }
    EXPECT_GE(seen, 1) << member.entry.name;
    EXPECT_GE(recovered, 1) << member.entry.name;
  }
}

TEST(StreamDetectors, a_missing_loss_changes_nothing) {
  for (const auto& member : stream_detectors().members()) {
    auto with = make(member.entry.name);
    auto without = make(member.entry.name);
    Rng rng(2);
    for (int i = 0; i < 2000; ++i) {
      const double value = rng.uniform() < 0.3 ? 1 : 0;
      with->update(nan);
      ASSERT_EQ(with->update(value), without->update(value)) << member.entry.name;
    }
  }
}

TEST(StreamDetectors, start_anew_after_a_drift) {
  for (const auto& member : stream_detectors().members()) {
    if (member.entry.name == "none") continue;
    auto used = make(member.entry.name);
    Rng rng(6);
    int rows = 0;
    while (rows < 5000 && used->update(rng.uniform() < (rows < 1000 ? 0.1 : 0.9) ? 1 : 0) != Zone::drift) ++rows;
    ASSERT_LT(rows, 5000) << member.entry.name;
    auto fresh = make(member.entry.name);
    const auto values = eventful(7, 3000);
    EXPECT_EQ(zones_of(*used, values), zones_of(*fresh, values)) << member.entry.name;
  }
}

TEST(StreamDetectors, take_many_values_at_once) {
  const auto values = eventful(3, 5000);
  for (const auto& member : stream_detectors().members()) {
    auto single = make(member.entry.name);
    auto many = make(member.entry.name);
    std::vector<Zone> zones(values.size());
    const std::span<const double> all(values);
    many->update(all.first(1234), zones);
    many->update(all.subspan(1234), std::span(zones).subspan(1234));
    EXPECT_EQ(zones, zones_of(*single, values)) << member.entry.name;
  }
}

TEST(StreamDetectors, a_copy_goes_its_own_way) {
  const auto before = eventful(8, 1700);
  const auto after = eventful(9, 3000);
  for (const auto& member : stream_detectors().members()) {
    auto original = make(member.entry.name);
    auto undisturbed = make(member.entry.name);
    zones_of(*original, before);
    zones_of(*undisturbed, before);
    const auto copy = original->clone();
    zones_of(*copy, eventful(10, 2000));
    const auto second = original->clone();
    const auto expected = zones_of(*undisturbed, after);
    EXPECT_EQ(zones_of(*original, after), expected) << member.entry.name;
    EXPECT_EQ(zones_of(*second, after), expected) << member.entry.name;
  }
}

TEST(StreamDetectors, hold_a_bounded_memory) {
  struct Row {
    std::string name;
    std::string largest;  ///< parameters with which it holds most
  };
  for (const auto& row : std::vector<Row>{{"adwin", "{max_buckets: 64}"},
                                          {"kswin", "{window_size: 10000, stat_size: 5000, alpha: 1e-12}"},
                                          {"cusum", "{warm_up: 1000000}"}}) {
    const auto node = ConfigNode::parse(row.largest, "test.yaml");
    auto detector = (*stream_detectors().find(row.name))->make(*node);
    ASSERT_TRUE(detector) << row.name;
    Rng rng(4);
    const std::size_t rows = row.name == "kswin" ? 10100 : 300000;
    for (std::size_t i = 0; i < rows; ++i) (*detector)->update(rng.uniform());
    EXPECT_LE((*detector)->bytes(), stream_detector_bytes) << row.name;
  }
  for (const auto& member : stream_detectors().members()) {
    auto detector = make(member.entry.name);
    Rng rng(4);
    const auto grown = [&](int rows) {
      for (int i = 0; i < rows; ++i) detector->update(rng.uniform());
      return detector->bytes();
    };
    // Ten times the rows are at most a few rows of buckets more.
    const std::size_t early = grown(20000);
    EXPECT_LE(grown(180000), early + 4096) << member.entry.name;
  }
}

/// What the catalog says of a parameter is what it does.
TEST(StreamDetectors, the_defaults_are_those_of_the_catalog) {
  const auto values = eventful(11, 4000);
  for (const auto& member : stream_detectors().members()) {
    std::string yaml = "{";
    for (const auto& parameter : member.entry.parameters) {
      EXPECT_FALSE(parameter.help.empty() || parameter.range.empty()) << member.entry.name << ' ' << parameter.name;
      if (!parameter.default_value.contains(" x ")) yaml += parameter.name + ": " + parameter.default_value + ", ";
    }
    const auto node = ConfigNode::parse(yaml + "}", "test.yaml");
    ASSERT_TRUE(node) << node.error().message();
    const auto spelled_out = member.make(*node);
    ASSERT_TRUE(spelled_out) << spelled_out.error().message();
    EXPECT_EQ(zones_of(**spelled_out, values), zones_of(*make(member.entry.name), values)) << member.entry.name;
  }
}

int rows_until_drift(StreamDetector& detector, Rng& rng, double error_rate, int rows) {
  for (int i = 0; i < rows; ++i)
    if (detector.update(rng.uniform() < error_rate ? 1 : 0) == Zone::drift) return i + 1;
  return -1;
}

// KSWIN compares no more than 30 rows with 30: it finds large changes of 0/1 losses alone.
TEST(StreamDetectors, find_an_error_rate_that_doubles) {
  for (const auto& member : stream_detectors().members()) {
    if (member.entry.name == "none") continue;
    int found = 0;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      Rng rng(seed);
      auto detector = make(member.entry.name);
      for (int i = 0; i < 1000; ++i) detector->update(rng.uniform() < 0.2 ? 1 : 0);
      const int rows = rows_until_drift(*detector, rng, member.entry.name == "kswin" ? 0.8 : 0.45, 1000);
      found += rows > 0 && rows < 600;
    }
    EXPECT_GE(found, 45) << member.entry.name;
  }
}

// Not always: a look every 32 rows may find a drift where it found nothing before.
TEST(StreamDetectors, warn_before_they_drift) {
  for (const auto* name : {"adwin", "cusum", "ddm", "hddm_a", "hddm_w", "page_hinkley", "self_starting_cusum"}) {
    int warned = 0;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      Rng rng(seed);
      auto detector = make(name);
      bool warning = false;
      for (int i = 0; i < 4000; ++i) {
        const Zone zone = detector->update(rng.uniform() < (i < 1000 ? 0.2 : 0.35) ? 1 : 0);
        if (zone == Zone::drift) break;
        warning = warning || zone == Zone::warning;
      }
      warned += warning;
    }
    EXPECT_GE(warned, 35) << name;
  }
}

// Unlike River's, where the first error after a warm-up without errors is a drift: a good model has many of those.
TEST(StreamDetectors, auto_does_not_take_the_first_error_of_a_good_model_for_a_drift) {
  const auto automatic = StreamChoice{}.make(Task::binary);
  ASSERT_TRUE(automatic);
  for (int i = 0; i < 300; ++i) ASSERT_EQ((*automatic)->update(i % 150 == 149 ? 1 : 0), Zone::stable) << i;
}

TEST(StreamDetectors, auto_does_not_depend_on_the_unit_of_the_loss) {
  auto metres = make("self_starting_cusum");
  auto millimetres = make("self_starting_cusum");
  Rng rng(3);
  for (int i = 0; i < 3000; ++i) {
    const double value = std::abs(rng.normal()) * (i < 2000 ? 1 : 2);
    ASSERT_EQ(metres->update(value), millimetres->update(value * 1024));
  }
}

TEST(StreamDetectors, auto_does_not_drift_on_one_outlier) {
  auto detector = make("self_starting_cusum");
  Rng rng(4);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(detector->update(i == 500 ? 1e12 : rng.uniform()), Zone::stable);
}

TEST(StreamDetectors, parameters_are_checked) {
  struct Row {
    std::string name;
    std::string yaml;
    bool good;
  };
  for (const auto& row : std::vector<Row>{{"ddm", "{warning_threshold: 1.5, drift_threshold: 2.5}", true},
                                          {"ddm", "{warning_threshold: 4}", false},
                                          {"ddm", "{warm_start: 0}", false},
                                          {"ddm", "{warm_start: 1.5}", false},
                                          {"ddm", "{sigma: 3}", false},
                                          {"ddm", "{drift_threshold: high}", false},
                                          {"eddm", "{alpha: 0.8}", false},
                                          {"eddm", "{alpha: 0.8, beta: 0.7}", true},
                                          {"adwin", "{delta: 0}", false},
                                          {"adwin", "{delta: 0.1, warning_delta: 0.05}", false},
                                          {"adwin", "{max_buckets: 1}", false},
                                          {"adwin", "{delta: 0.5}", true},
                                          {"hddm_a", "{warning_confidence: 0.0001}", false},
                                          {"hddm_a", "{two_sided_test: maybe}", false},
                                          {"hddm_w", "{lambda_val: 1.5}", false},
                                          {"kswin", "{stat_size: 60}", false},
                                          {"kswin", "{window_size: 200, stat_size: 60, seed: 7}", true},
                                          {"page_hinkley", "{mode: sideways}", false},
                                          {"page_hinkley", "{mode: up, threshold: 5}", true},
                                          {"cusum", "{h: 4, k: 0.5, mode: both}", true},
                                          {"cusum", "{warm_up: 1}", false},
                                          {"none", "{delta: 1}", false}}) {
    const auto node = ConfigNode::parse(row.yaml, "test.yaml");
    ASSERT_TRUE(node) << node.error().message();
    const auto member = stream_detectors().find(row.name);
    ASSERT_TRUE(member);
    EXPECT_EQ((*member)->make(*node).has_value(), row.good) << row.name << ' ' << row.yaml;
  }
  EXPECT_FALSE(make_stream_detector("adwinn"));
}

}  // namespace
}  // namespace perennial::drift
