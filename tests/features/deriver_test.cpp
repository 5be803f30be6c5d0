#include "features/deriver.hpp"
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <map>

#include "features/tables.hpp"

namespace perennial::features {
namespace {

const std::vector<Stat> all_stats = {Stat::mean,  Stat::std,   Stat::min,   Stat::max,   Stat::range, Stat::sum,
                                     Stat::count, Stat::slope, Stat::delta, Stat::first, Stat::last,  Stat::ewm};

FeaturesConfig everything() {
  FeaturesConfig config;
  config.derive = {Normalise{{"s*"}, {{"s2", 1e4}}}, Rolling{{"s*", "s1_norm"}, {3, 30}, all_stats},
                   Expanding{{"s1"}, {Stat::mean, Stat::std, Stat::min, Stat::max}}, Baseline{{"s1"}, 10, 3}, Age{}};
  return config;
}

bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

/// What the documentation of Stat says, computed from the window anew.
double naive(Stat stat, const std::vector<double>& window, const std::vector<double>& history, std::size_t size) {
  std::vector<double> x, y;
  for (std::size_t i = 0; i < window.size(); ++i) {
    if (std::isnan(window[i])) continue;
    x.push_back(static_cast<double>(i));
    y.push_back(window[i]);
  }
  const auto n = static_cast<double>(y.size());
  if (stat == Stat::count) return n;
  if (stat == Stat::ewm) {
    double ewm = missing;
    for (const double value : history)
      if (!std::isnan(value))
        ewm = std::isnan(ewm) ? value : ewm + 2.0 / (static_cast<double>(size) + 1) * (value - ewm);
    return ewm;
  }
  if (y.empty()) return missing;
  double mean_x = 0, mean_y = 0, sxx = 0, sxy = 0, syy = 0, low = y[0], high = y[0];
  for (std::size_t i = 0; i < y.size(); ++i) {
    mean_x += x[i] / n;
    mean_y += y[i] / n;
    low = std::min(low, y[i]);
    high = std::max(high, y[i]);
  }
  for (std::size_t i = 0; i < y.size(); ++i) {
    sxx += (x[i] - mean_x) * (x[i] - mean_x);
    sxy += (x[i] - mean_x) * (y[i] - mean_y);
    syy += (y[i] - mean_y) * (y[i] - mean_y);
  }
  switch (stat) {
    case Stat::mean: return mean_y;
    case Stat::sum: return mean_y * n;
    case Stat::std: return n < 2 ? 0 : std::sqrt(syy / (n - 1));
    case Stat::slope: return n < 2 ? 0 : sxy / sxx;
    case Stat::min: return low;
    case Stat::max: return high;
    case Stat::range: return high - low;
    case Stat::first: return y.front();
    case Stat::last: return y.back();
    default: return y.back() - y.front();
  }
}

TEST(Deriver, equals_a_naive_recomputation) {
  const Table rows = fleet(4000, 3);
  for (const std::size_t size : {2u, 30u, 500u}) {
    FeaturesConfig config;
    config.derive = {Rolling{{"s1", "s2"}, {size}, all_stats}};
    auto deriver = Deriver::make(config, columns_of(rows));
    ASSERT_OK(deriver);
    const auto inputs = deriver->derive(rows);
    ASSERT_OK(inputs);
    for (const std::string name : {"s1", "s2"}) {
      const Column& source = *rows.find(name);
      std::map<std::string, std::vector<double>> histories;
      for (std::size_t r = 0; r < rows.rows; ++r) {
        auto& history = histories[rows.entities[r]];
        history.push_back(source.numbers[r]);
        const std::vector<double> window(history.end() - static_cast<std::ptrdiff_t>(std::min(size, history.size())),
                                         history.end());
        for (const Stat stat : all_stats) {
          const double expected = naive(stat, window, history, size);
          const double got = inputs->find(fmt::format("{}_{}_{}", name, to_string(stat), size))->numbers[r];
          if (std::isnan(expected)) {
            ASSERT_TRUE(std::isnan(got)) << to_string(stat);
          } else {
            ASSERT_NEAR(got, expected, 1e-9 * std::max(1.0, std::fabs(expected))) << to_string(stat) << " row " << r;
          }
        }
      }
    }
  }
}

TEST(Deriver, one_row_at_a_time_gives_the_same_bits_as_one_batch) {
  const Table rows = fleet(3000, 4);
  auto whole = Deriver::make(everything(), columns_of(rows));
  ASSERT_OK(whole);
  ASSERT_OK(whole->fit(rows.slice(0, 500)));
  auto single = *whole;
  auto pieces = *whole;
  const auto expected = whole->derive(rows);
  ASSERT_OK(expected);
  Table by_row = expected->empty_like();
  for (std::size_t r = 0; r < rows.rows; ++r) {
    const auto part = single.derive(rows.slice(r, 1));
    ASSERT_OK(part);
    ASSERT_TRUE(by_row.append(*part));
  }
  Table by_piece = expected->empty_like();
  for (std::size_t r = 0; r < rows.rows; r += 77) {
    const auto part = pieces.derive(rows.slice(r, std::min<std::size_t>(77, rows.rows - r)));
    ASSERT_OK(part);
    ASSERT_TRUE(by_piece.append(*part));
  }
  for (std::size_t c = 0; c < expected->columns.size(); ++c)
    for (std::size_t r = 0; r < rows.rows && expected->columns[c].kind == ColumnKind::numeric; ++r) {
      ASSERT_TRUE(same_bits(expected->columns[c].numbers[r], by_row.columns[c].numbers[r]))
          << expected->columns[c].name << " " << r;
      ASSERT_TRUE(same_bits(expected->columns[c].numbers[r], by_piece.columns[c].numbers[r]))
          << expected->columns[c].name << " " << r;
    }
  EXPECT_EQ(by_row.entities, rows.entities);
  EXPECT_EQ(by_row.times, rows.times);
}

TEST(Deriver, inputs_are_request_columns_then_derived_ones) {
  const Table rows = fleet(10, 1);
  FeaturesConfig config;
  config.derive = {Rolling{{"s1"}, {5, 9}, {Stat::mean, Stat::std}}, Age{"cycles"}};
  auto deriver = Deriver::make(config, columns_of(rows));
  ASSERT_OK(deriver);
  std::vector<std::string> names;
  for (const auto& input : deriver->inputs()) names.push_back(input.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"s1", "s2", "mode", "s1_mean_5", "s1_std_5", "s1_mean_9", "s1_std_9", "cycles"}));
  const auto inputs = deriver->derive(rows);
  ASSERT_OK(inputs);
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(inputs->columns[i].name, names[i]);
  EXPECT_EQ(inputs->find("cycles")->numbers, (std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  EXPECT_EQ(inputs->find("mode")->text(0), "even");
}

TEST(Deriver, baseline_is_the_distance_from_the_first_rows) {
  Table rows = table_of({numbers("x", {1, 3, 10, missing, 6, 8})});
  FeaturesConfig config;
  config.derive = {Baseline{{"x"}, 2, 1}};
  auto deriver = Deriver::make(config, columns_of(rows));
  ASSERT_OK(deriver);
  const auto inputs = deriver->derive(rows);
  ASSERT_OK(inputs);
  const auto& got = inputs->find("x_baseline")->numbers;
  EXPECT_EQ(got[0], 0);
  EXPECT_EQ(got[1], 1);
  EXPECT_EQ(got[2], 8);
  EXPECT_TRUE(std::isnan(got[3]));
  EXPECT_EQ(got[5], 6);
}

TEST(Deriver, sums_recover_from_huge_values_and_level_shifts) {
  std::vector<double> values;
  for (int i = 0; i < 400; ++i) values.push_back(i == 100 ? 1e200 : i < 200 ? 0.5 : 1e9 + (i % 2 == 0 ? 0.25 : 0));
  Table rows = table_of({numbers("x", values)});
  FeaturesConfig config;
  config.derive = {Rolling{{"x"}, {8}, {Stat::std, Stat::mean, Stat::slope}}};
  auto deriver = Deriver::make(config, columns_of(rows));
  ASSERT_OK(deriver);
  const auto inputs = deriver->derive(rows);
  ASSERT_OK(inputs);
  const auto& deviation = inputs->find("x_std_8")->numbers;
  EXPECT_EQ(deviation[50], 0) << "a constant has no deviation at all";
  EXPECT_EQ(deviation[150], 0) << "the huge value has left the window";
  EXPECT_NEAR(deviation[208], 0.1336306, 1e-6) << "just after the old level has left";
  EXPECT_NEAR(deviation[399], 0.1336306, 1e-6);
  EXPECT_EQ(inputs->find("x_slope_8")->numbers[150], 0);
}

TEST(Deriver, normalise_is_per_regime_frozen_and_safe_without_variance) {
  Table training = table_of({numbers("x", {1, 3, 101, 103, 5, 5}), numbers("c", {7, 7, 7, 7, 7, 7}),
                             numbers("set", {0.1, -0.1, 10, 10.2, 20, 20})});
  FeaturesConfig config;
  config.derive = {Normalise{{"x", "c"}, {{"set", 1}}}};
  auto deriver = Deriver::make(config, columns_of(training));
  ASSERT_OK(deriver);
  EXPECT_FALSE(deriver->is_fitted());
  EXPECT_EQ(deriver->derive(training).error().code, ErrorCode::conflict);
  ASSERT_OK(deriver->fit(training));
  ASSERT_OK(deriver->fit(training.slice(0, 1)));  // later fits change nothing
  const Table rows = table_of(
      {numbers("x", {3, 103, 9, 1e6, missing}), numbers("c", {7, 8, 7, 7, 7}), numbers("set", {0, 10, 20, 500, 0})});
  const auto inputs = deriver->derive(rows);
  ASSERT_OK(inputs);
  const auto& x = inputs->find("x_norm")->numbers;
  EXPECT_DOUBLE_EQ(x[0], 1);
  EXPECT_DOUBLE_EQ(x[1], 1);
  EXPECT_EQ(x[2], 0) << "no variance in this regime";
  EXPECT_GT(x[3], 1000) << "an unseen regime is measured against all rows";
  EXPECT_TRUE(std::isnan(x[4]));
  EXPECT_EQ(inputs->find("c_norm")->numbers, (std::vector<double>{0, 0, 0, 0, 0}));

  auto copy = Deriver::make(config, columns_of(training));
  ASSERT_OK(copy);
  const auto stored = parse_json(to_text(deriver->frozen()));
  ASSERT_OK(stored);
  ASSERT_OK(copy->set_frozen(*stored));
  EXPECT_TRUE(copy->is_fitted());
  const auto again = copy->derive(rows);
  ASSERT_OK(again);
  for (std::size_t r = 0; r < rows.rows; ++r) EXPECT_TRUE(same_bits(again->find("x_norm")->numbers[r], x[r]));

  config.derive = {Normalise{{"x"}, {{"set", 1}}}};
  auto other = Deriver::make(config, columns_of(training));
  ASSERT_OK(other);
  EXPECT_EQ(other->set_frozen(*stored).error().code, ErrorCode::corrupt);
  EXPECT_EQ(other->set_frozen(Json::array()).error().code, ErrorCode::corrupt);
  EXPECT_FALSE(other->is_fitted());
}

TEST(Deriver, keeps_the_most_frequent_regimes_only) {
  std::vector<double> x, set;
  for (int regime = 0; regime < 100; ++regime)
    for (int i = 0; i < (regime < 64 ? 3 : 2); ++i) {
      set.push_back(regime);
      x.push_back(regime * 10 + i);
    }
  const Table rows = table_of({numbers("x", x), numbers("set", set)});
  FeaturesConfig config;
  config.derive = {Normalise{{"x"}, {{"set", 1}}}};
  auto deriver = Deriver::make(config, columns_of(rows));
  ASSERT_OK(deriver);
  ASSERT_OK(deriver->fit(rows));
  const auto frozen = deriver->frozen();
  ASSERT_EQ(frozen["normalise"][0]["regimes"].size(), 64u);
  EXPECT_EQ(frozen["normalise"][0]["regimes"][63]["key"][0], 63);
}

TEST(Deriver, trap_44_memory_is_bounded_and_reordered_rows_are_counted) {
  Table rows = table_of({numbers("x", {1, 2, 3, 4, 5})});
  rows.entities = {"a", "b", "c", "a", "c"};
  rows.times = {TimePoint(Duration(10)), TimePoint(Duration(20)), TimePoint(Duration(30)), TimePoint(Duration(40)),
                TimePoint(Duration(25))};
  FeaturesConfig config;
  config.derive = {Rolling{{"x"}, {5}, {Stat::sum}}, Age{}};
  auto deriver = Deriver::make(config, columns_of(rows), 2);
  ASSERT_OK(deriver);
  const auto inputs = deriver->derive(rows);
  ASSERT_OK(inputs);
  EXPECT_EQ(deriver->entities(), 2u);
  EXPECT_EQ(deriver->evictions(), 2u) << "c evicts a, a evicts b";
  EXPECT_EQ(inputs->find("x_sum_5")->numbers, (std::vector<double>{1, 2, 3, 4, 8}));
  EXPECT_EQ(inputs->find("age")->numbers, (std::vector<double>{1, 1, 1, 1, 2}));
  EXPECT_EQ(deriver->out_of_order(), 1u);
  deriver->reset();
  EXPECT_EQ(deriver->entities(), 0u);
}

TEST(Deriver, an_entity_never_seen_before_gets_features_too) {
  FeaturesConfig config;
  config.derive = {Rolling{{"s1"}, {30}, {Stat::mean, Stat::std, Stat::slope}}, Baseline{{"s1"}, 10, 3}, Age{}};
  Table rows = table_of({numbers("s1", {42})});
  rows.entities = {"new"};
  auto deriver = Deriver::make(config, columns_of(rows));
  ASSERT_OK(deriver);
  const auto inputs = deriver->derive(rows);
  ASSERT_OK(inputs);
  EXPECT_EQ(inputs->find("s1_mean_30")->numbers[0], 42);
  EXPECT_EQ(inputs->find("s1_std_30")->numbers[0], 0);
  EXPECT_EQ(inputs->find("s1_slope_30")->numbers[0], 0);
  EXPECT_EQ(inputs->find("s1_baseline")->numbers[0], 0);
}

TEST(Deriver, mistakes_are_errors) {
  const std::vector<InputColumn> request = {{"s1", ColumnKind::numeric}, {"mode", ColumnKind::categorical}};
  const auto make = [&](Derivation derivation) {
    FeaturesConfig config;
    config.derive = {std::move(derivation)};
    return Deriver::make(config, request);
  };
  EXPECT_EQ(make(Rolling{{"t*"}, {5}, {Stat::mean}}).error().code, ErrorCode::config);
  EXPECT_NE(make(Rolling{{"mode"}, {5}, {Stat::mean}}).error().message().find("text column"), std::string::npos);
  EXPECT_EQ(make(Age{"s1"}).error().code, ErrorCode::config);
  EXPECT_EQ(make(Normalise{{"s1"}, {{"mode", 1}}}).error().code, ErrorCode::config);
  EXPECT_TRUE(make(Rolling{{"*"}, {5}, {Stat::mean}}).has_value()) << "a glob passes over text columns";
  auto deriver = make(Age{});
  ASSERT_OK(deriver);
  const auto incomplete = deriver->derive(table_of({numbers("s1", {1})}));
  ASSERT_FALSE(incomplete);
  EXPECT_EQ(incomplete.error().code, ErrorCode::invalid);
  EXPECT_NE(incomplete.error().message().find("'mode'"), std::string::npos);
  const auto wrong = deriver->derive(table_of({texts("s1", {"a"}), texts("mode", {"b"})}));
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message().find("'s1'"), std::string::npos);
}

}  // namespace
}  // namespace perennial::features
