// The same quantity in another unit: the newest values look like the training rows after a known conversion, and not
// at all without it.
//
// A conversion is believed where it is abrupt: the rows just before the change look like the converted ones and not
// like those that came, by more than neighbouring stretches of the training rows ever differ. (Seasons and slow waves
// bring other values, but not from one row to the next.) Where nothing is left of the rows before, the whole shape must
// agree. The digits must agree as well: whole numbers divided by ten are not whole.
//
// A factor of five or more is told by its size. A smaller one (miles, pounds, degrees) might be a real change, so there
// the window must be able to tell the conversion from its neighbours, and location and spread must agree with it.

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>

#include "drift/quality/checks.hpp"
#include "drift/quality/onset.hpp"
#include "stats/ks.hpp"

namespace perennial::drift::quality {
namespace {

/// now = factor * before + offset.
struct Conversion {
  const char* words;
  double factor;
  double offset;

  double undo(double value) const { return (value - offset) / factor; }
};

constexpr std::array conversions = {
    Conversion{"times 10", 10, 0},
    Conversion{"times 100", 100, 0},
    Conversion{"times 1000", 1000, 0},
    Conversion{"times 1,000,000", 1e6, 0},
    Conversion{"divided by 10", 0.1, 0},
    Conversion{"divided by 100", 0.01, 0},
    Conversion{"divided by 1000", 0.001, 0},
    Conversion{"divided by 1,000,000", 1e-6, 0},
    Conversion{"times 60", 60, 0},
    Conversion{"divided by 60", 1.0 / 60, 0},
    Conversion{"times 3600", 3600, 0},
    Conversion{"divided by 3600", 1.0 / 3600, 0},
    Conversion{"with the other sign", -1, 0},
    Conversion{"in Fahrenheit instead of Celsius", 1.8, 32},
    Conversion{"in Celsius instead of Fahrenheit", 1 / 1.8, -32 / 1.8},
    Conversion{"in Kelvin instead of Celsius", 1, 273.15},
    Conversion{"in Celsius instead of Kelvin", 1, -273.15},
    Conversion{"in pounds instead of kilograms", 2.2046226, 0},
    Conversion{"in kilograms instead of pounds", 0.45359237, 0},
    Conversion{"in kilometres instead of miles", 1.609344, 0},
    Conversion{"in miles instead of kilometres", 1 / 1.609344, 0},
    Conversion{"in metres instead of feet", 0.3048, 0},
    Conversion{"in feet instead of metres", 1 / 0.3048, 0},
    Conversion{"in centimetres instead of inches", 2.54, 0},
    Conversion{"in inches instead of centimetres", 1 / 2.54, 0},
};

constexpr double large_factor = 5;
/// Of the distance without the conversion, what may be left with it.
constexpr double distance_left = 0.5;
/// A small conversion is believed where three standard errors of the location are at most this part of the move.
constexpr double precision = 0.06;
/// By so much the converted rows must be nearer to those before than the rows that came.
constexpr double clear_difference = 0.15;
/// Of steps to variance: below, rows follow each other.
constexpr double closeness = 0.5;
/// Rows, in blocks, whose shape may speak without any rows before them.
constexpr std::size_t shape_blocks = 4;
/// Standard errors of the logarithm of a quartile range ratio, times the root of n (normal values: 1.17).
constexpr double spread_error = 1.3;

bool is_large(const Conversion& conversion) {
  const double size = std::abs(conversion.factor);
  return size >= large_factor || size <= 1 / large_factor;
}

struct Quartiles {
  double low, median, high;
  double spread() const { return (high - low) / 2; }
};

Quartiles quartiles_of(const stats::SortedSample& sample) {
  return {sample.quantile(0.25), sample.quantile(0.5), sample.quantile(0.75)};
}

/// Whether location and spread agree with a small conversion, and the window can tell.
bool agrees(const Conversion& conversion, const ColumnProfile& profile, const Quartiles& now, double n) {
  const Quartiles undone{conversion.undo(now.low), conversion.undo(now.median), conversion.undo(now.high)};
  const double rows = 1 / n + 1 / static_cast<double>(profile.sample.size());
  // Of a median: 1.25 sigma / sqrt(n), sigma = spread / 0.6745 for normal values.
  const double error = 1.25 * profile.spread / 0.6745 * std::sqrt(rows);
  const double move = std::abs(conversion.factor * profile.median + conversion.offset - profile.median);
  if (!(3 * error * std::abs(conversion.factor) <= precision * move)) return false;
  if (!(std::abs(undone.median - profile.median) <= 3 * error)) return false;
  return std::abs(std::log(std::abs(undone.spread()) / profile.spread)) <= 3 * spread_error * std::sqrt(rows);
}

/// Log density up to a constant: Student's t with three degrees of freedom around the reference's middle. Heavy tails,
/// so that no single value decides.
double log_density(const ColumnProfile& profile, double value) {
  const double z = (value - profile.median) / (profile.spread * 1.2);
  return -2 * std::log1p(z * z / 3);
}

std::size_t began(const Conversion& conversion, const ColumnProfile& profile, const ColumnView& whole) {
  std::vector<double> evidence;
  evidence.reserve(whole.size());
  const double stretch = std::log(std::abs(conversion.factor));
  for (const double value : whole.numbers)
    evidence.push_back(std::isfinite(value)
                           ? log_density(profile, conversion.undo(value)) - stretch - log_density(profile, value)
                           : std::numeric_limits<double>::quiet_NaN());
  return onset(evidence);
}

/// Whole numbers times ten end in nothing but zeros, and whole numbers divided by ten seldom stay whole.
bool digits_agree(const ColumnProfile& profile, std::span<const double> undone) {
  if (!(profile.grid > 0)) return true;
  double on = 0;
  double coarser = 0;
  for (const double value : undone) {
    on += on_grid(value, profile.grid) ? 1 : 0;
    coarser += on_grid(value, 10 * profile.grid) ? 1 : 0;
  }
  const auto n = static_cast<double>(undone.size());
  // Conversions with many digits are rounded on their way, so only a grid that is kept too well speaks against them.
  const bool kept = on >= 0.9 * n;
  return !kept || coarser / n <= profile.on_coarser + (1 - profile.on_coarser) / 2;
}

/// Whether the rows follow each other closely: half of the mean square of their steps is well below their variance
/// (von Neumann 1941: a ratio of 1 for independent rows; 0.5 is a correlation of a half between neighbours).
bool wanders(std::span<const double> rows) {
  double sum = 0, squares = 0, steps = 0, n = 0, last = std::numeric_limits<double>::quiet_NaN();
  for (const double value : rows) {
    if (!std::isfinite(value)) continue;
    if (n > 0) steps += (value - last) * (value - last);
    last = value;
    sum += value;
    squares += value * value;
    ++n;
  }
  if (n < 3) return false;
  const double variance = squares / n - (sum / n) * (sum / n);
  return steps / (n - 1) / 2 < closeness * variance;
}

double longest_step(std::span<const double> rows) {
  double longest = 0, last = std::numeric_limits<double>::quiet_NaN();
  for (const double value : rows) {
    if (!std::isfinite(value)) continue;
    if (std::isfinite(last)) longest = std::max(longest, std::abs(value - last));
    last = value;
  }
  return longest;
}

/// A column that wanders comes to other values by itself, and a stretch of it says as little as a few rows would. Only
/// a step tells then, longer than any before it and than any since, where those are undone.
bool steps_out(std::span<const double> all, std::size_t row, std::span<const double> undone) {
  const auto before = all.first(row);
  if (!wanders(before)) return true;
  // The onset is found to a row or two.
  const std::size_t from = row >= 2 ? row - 2 : 0;
  const double step = longest_step(all.subspan(from, std::min<std::size_t>(4, all.size() - from)));
  return step > longest_step(all.first(from + 1)) && step > longest_step(undone);
}

/// Whether the change came from one row to the next.
bool abrupt(const Look& look, const Conversion& conversion, const ColumnProfile& profile, const ColumnView& whole,
            std::size_t row, double left) {
  const std::size_t rows = std::min(row, whole.size() - row);
  const stats::SortedSample before(whole.numbers.subspan(row - rows, rows));
  const auto after = whole.numbers.subspan(row, whole.size() - row);
  if (before.size() < look.profile.block() / 2)
    return look.held ||
           (after.size() >= shape_blocks * look.profile.block() && !wanders(after) &&
            left <= chance_distance(static_cast<double>(after.size()), static_cast<double>(profile.sample.size())));
  std::vector<double> undone;
  for (const double value : after) undone.push_back(conversion.undo(value));
  if (!steps_out(whole.numbers, row, undone)) return false;
  const auto as_it_came = stats::ks_statistic(before, after);
  const auto converted = stats::ks_statistic(before, undone);
  const double chance =
      chance_distance(static_cast<double>(converted.reference_n), static_cast<double>(converted.current_n));
  return as_it_came.statistic >= look.level + profile.habit_step &&
         converted.statistic <= chance + profile.habit_step &&
         converted.statistic <= as_it_came.statistic - clear_difference;
}

std::vector<Finding> run(const Look& look) {
  std::vector<Finding> findings;
  for_each_column(look, ColumnKind::numeric, [&](const auto& profile, const auto& newest, const auto& whole) {
    if (profile.sample.size() == 0 || !(profile.spread > 0)) return;
    const double unlike = std::min(0.95, look.level + profile.habit_distance);
    if (profile.bound.of(newest.numbers) < unlike) return;
    const double plain = stats::ks_statistic(profile.sample, newest.numbers).statistic;
    if (plain < unlike) return;
    std::vector<double> finite;
    for (const double value : newest.numbers)
      if (std::isfinite(value)) finite.push_back(value);
    if (finite.size() < newest.size() / 2) return;
    const auto n = static_cast<double>(finite.size());
    const Quartiles now = quartiles_of(stats::SortedSample(finite));
    const double chance = chance_distance(n, static_cast<double>(profile.sample.size()));
    const Conversion* best = nullptr;
    std::size_t best_row = 0;
    double nearest = plain * distance_left;
    std::vector<double> undone(finite.size());
    for (const Conversion& conversion : conversions) {
      const bool large = is_large(conversion);
      if (!large && !agrees(conversion, profile, now, n)) continue;
      // Cheap first: the middle must come back to where it was.
      if (std::abs(conversion.undo(now.median) - profile.median) > profile.high - profile.low) continue;
      for (std::size_t i = 0; i < finite.size(); ++i) undone[i] = conversion.undo(finite[i]);
      const double left = stats::ks_statistic(profile.sample, undone).statistic;
      if (left >= nearest || left > chance + (large ? profile.habit_distance : 0)) continue;
      if (!digits_agree(profile, undone)) continue;
      const std::size_t row = began(conversion, profile, whole);
      if (!abrupt(look, conversion, profile, whole, row, left)) continue;
      nearest = left;
      best = &conversion;
      best_row = row;
    }
    if (best == nullptr) return;
    Finding finding = finding_at(look, "unit", profile.name, best_row);
    finding.severity = Severity::fault;
    finding.measured = now.median;
    finding.expected = profile.median;
    finding.threshold = look.level;
    finding.detail = fmt::format("the values look like the training rows {}", best->words);
    findings.push_back(std::move(finding));
  });
  return findings;
}

}  // namespace

Check unit_check() {
  return {{"unit",
           "values that look like the training rows in another unit",
           {{"level", "0.3", "> 0", "distance", "Kolmogorov-Smirnov distance without the conversion"}}},
          0.3,
          true,
          run};
}

}  // namespace perennial::drift::quality
