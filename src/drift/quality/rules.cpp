// What each rule of a suite means.

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "drift/quality/expectations.hpp"

namespace perennial::drift::quality {
namespace {

using Flags = std::vector<std::uint8_t>;

Flags flags_where(const ColumnView& column, const auto& number_is_bad, const auto& text_is_bad) {
  Flags flags;
  flags.reserve(column.size());
  for (const double value : column.numbers) flags.push_back(!std::isnan(value) && number_is_bad(value) ? 1 : 0);
  for (const std::int32_t code : column.codes)
    flags.push_back(code >= 0 && text_is_bad(column.dictionary->value(code)) ? 1 : 0);
  return flags;
}

bool outside(const Expectation& expected, double value) {
  if (expected.least && (expected.above ? value <= *expected.least : value < *expected.least)) return true;
  return expected.most && (expected.below ? value >= *expected.most : value > *expected.most);
}

Flags missing(const ColumnView& column, bool bad) {
  Flags flags;
  for (const double value : column.numbers) flags.push_back(std::isnan(value) == bad ? 1 : 0);
  for (const std::int32_t code : column.codes) flags.push_back((code < 0) == bad ? 1 : 0);
  return flags;
}
Flags not_null(const Expectation&, const ColumnView& column) { return missing(column, true); }
Flags null(const Expectation&, const ColumnView& column) { return missing(column, false); }

/// A text is beyond every bound on numbers.
Flags between(const Expectation& expected, const ColumnView& column) {
  return flags_where(
      column, [&](double value) { return outside(expected, value); }, [](const std::string&) { return true; });
}

Flags in_set(const Expectation& expected, const ColumnView& column) {
  return flags_where(
      column, [&](double value) { return !expected.numbers.contains(value); },
      [&](const std::string& value) { return !expected.texts.contains(value); });
}
Flags not_in_set(const Expectation& expected, const ColumnView& column) {
  return flags_where(
      column, [&](double value) { return expected.numbers.contains(value); },
      [&](const std::string& value) { return expected.texts.contains(value); });
}

Flags unique(const Expectation&, const ColumnView& column) {
  std::unordered_set<double> numbers;
  std::unordered_set<std::string> texts;
  return flags_where(
      column, [&](double value) { return !numbers.insert(value).second; },
      [&](const std::string& value) { return !texts.insert(value).second; });
}

/// Of texts, in bytes; a number has no length and breaks the rule.
Flags length_between(const Expectation& expected, const ColumnView& column) {
  return flags_where(
      column, [](double) { return true; },
      [&](const std::string& value) { return outside(expected, static_cast<double>(value.size())); });
}

struct Moments {
  double n = 0, mean = 0, deviation = 0;
};
Moments moments_of(const ColumnView& column) {
  Moments moments;
  double squares = 0;
  for (const double value : column.numbers) {
    if (std::isnan(value)) continue;
    moments.n += 1;
    const double step = value - moments.mean;
    moments.mean += step / moments.n;
    squares += step * (value - moments.mean);
  }
  moments.deviation = moments.n > 1 ? std::sqrt(squares / (moments.n - 1)) : 0;
  return moments;
}

constexpr std::pair<double, double> nothing{std::numeric_limits<double>::quiet_NaN(), 0};

std::pair<double, double> mean(const ColumnView& column) {
  const Moments moments = moments_of(column);
  return moments.n < 2 ? nothing : std::pair(moments.mean, moments.deviation / std::sqrt(moments.n));
}
std::pair<double, double> median(const ColumnView& column) {
  const Moments moments = moments_of(column);
  if (moments.n < 2) return nothing;
  return {stats::SortedSample(column.numbers).quantile(0.5), 1.2533 * moments.deviation / std::sqrt(moments.n)};
}
std::pair<double, double> stdev(const ColumnView& column) {
  const Moments moments = moments_of(column);
  return moments.n < 2 ? nothing : std::pair(moments.deviation, moments.deviation / std::sqrt(2 * moments.n));
}

std::vector<Parameter> bounds() {
  return {{"between", "", "[least, most]", "", "either may be null"},
          {"mostly", "100%", "0..1", "share", "of the rows"}};
}

}  // namespace

const Catalog<Rule>& rules() {
  static const Catalog<Rule> catalog(
      "expectation",
      {
          {{"exists", "the column is there", {}},
           {"expect_column_to_exist", "expect_table_columns_to_match_set"},
           nullptr,
           nullptr,
           false},
          {{"type", "numeric or categorical", {}}, {"expect_column_values_to_be_of_type"}, nullptr, nullptr, false},
          {{"not_null", "no value is missing", {}}, {"expect_column_values_to_not_be_null"}, not_null, nullptr, true},
          {{"null", "every value is missing", {}}, {"expect_column_values_to_be_null"}, null, nullptr, true},
          {{"between", "every value lies between two bounds", bounds()},
           {"expect_column_values_to_be_between"},
           between,
           nullptr,
           false},
          {{"in_set", "every value is one of a list", {}},
           {"expect_column_values_to_be_in_set", "expect_column_distinct_values_to_be_in_set"},
           in_set,
           nullptr,
           false},
          {{"not_in_set", "no value is one of a list", {}},
           {"expect_column_values_to_not_be_in_set"},
           not_in_set,
           nullptr,
           false},
          {{"unique", "no value comes twice among the newest rows", {}},
           {"expect_column_values_to_be_unique"},
           unique,
           nullptr,
           false},
          {{"length_between", "the length of texts, in bytes", bounds()},
           {"expect_column_value_lengths_to_be_between"},
           length_between,
           nullptr,
           false},
          {{"mean_between", "the mean of the newest rows", bounds()},
           {"expect_column_mean_to_be_between"},
           nullptr,
           mean,
           false},
          {{"median_between", "the median of the newest rows", bounds()},
           {"expect_column_median_to_be_between"},
           nullptr,
           median,
           false},
          {{"stdev_between", "the standard deviation of the newest rows", bounds()},
           {"expect_column_stdev_to_be_between"},
           nullptr,
           stdev,
           false},
      });
  return catalog;
}

}  // namespace perennial::drift::quality
