#include "drift/importance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <span>

#include "core/rng.hpp"

namespace perennial::drift {
namespace {

using Pairs = std::vector<const Reliance::Pair*>;
/// Sums of changes over pairs, targets × columns: its scale does not matter.
using Sums = std::vector<double>;

Sums sums_of(std::span<const Reliance::Pair* const> pairs, std::size_t width) {
  Sums sums(width, 0);
  for (const auto* pair : pairs)
    for (std::size_t i = 0; i < width; ++i) sums[i] += pair->changes[i];
  return sums;
}

/// stats::importance_shift() without the names.
double shift_between(std::span<const double> a, std::span<const double> b) {
  const double all_a = std::accumulate(a.begin(), a.end(), 0.0);
  const double all_b = std::accumulate(b.begin(), b.end(), 0.0);
  if (all_a <= 0 || all_b <= 0) return (all_a <= 0) == (all_b <= 0) ? 0 : 1;
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] / all_a - b[i] / all_b);
  return sum / 2;
}

struct Largest {
  double shift = 0;
  std::size_t target = 0;
};

Largest largest_shift(const Sums& a, const Sums& b, std::size_t targets, std::size_t columns) {
  Largest largest;
  for (std::size_t target = 0; target < targets; ++target) {
    const double shift =
        shift_between(std::span(a).subspan(target * columns, columns), std::span(b).subspan(target * columns, columns));
    if (shift > largest.shift) largest = {shift, target};
  }
  return largest;
}

double noise_of_order(Pairs pooled, std::size_t first, std::size_t targets, std::size_t columns, std::uint64_t seed) {
  Rng rng = Rng(seed).fork("importance orders");
  std::vector<double> shifts;
  for (std::size_t order = 0; order < importance_orders; ++order) {
    for (std::size_t i = 0; i < first; ++i) std::swap(pooled[i], pooled[i + rng.below(pooled.size() - i)]);
    const std::span<const Reliance::Pair* const> all(pooled);
    shifts.push_back(largest_shift(sums_of(all.first(first), targets * columns),
                                   sums_of(all.subspan(first), targets * columns), targets, columns)
                         .shift);
  }
  std::ranges::nth_element(shifts, shifts.begin() + 1, std::greater<>());
  return shifts[1];
}

double noise_of_stretches(const Pairs& reference, std::size_t targets, std::size_t columns) {
  std::size_t stretches = 0;
  for (const auto* pair : reference) stretches = std::max(stretches, pair->stretch + 1);
  double largest = 0;
  for (std::size_t stretch = 0; stretches > 1 && stretch < stretches; ++stretch) {
    Pairs pairs = reference;
    const auto others = std::ranges::partition(pairs, [&](const auto* pair) { return pair->stretch == stretch; });
    const std::size_t inside = pairs.size() - others.size();
    if (inside == 0 || others.empty()) continue;
    const std::span<const Reliance::Pair* const> all(pairs);
    largest = std::max(largest, largest_shift(sums_of(all.first(inside), targets * columns),
                                              sums_of(all.subspan(inside), targets * columns), targets, columns)
                                    .shift);
  }
  return largest;
}

double change(const Target& target, const float* before, const float* after) {
  double sum = 0;
  for (std::size_t k = 0; k < target.width(); ++k)
    sum += std::abs(static_cast<double>(after[k]) - static_cast<double>(before[k]));
  return is_classification(target.task) ? sum / 2 : sum;
}

}  // namespace

RowPairs pair_rows(std::size_t rows, std::size_t stretches, std::size_t length, std::uint64_t seed) {
  RowPairs pairs;
  stretches = std::clamp<std::size_t>(rows / importance_rows_least, 1, std::max<std::size_t>(stretches, 1));
  const std::size_t window = std::max<std::size_t>(length, 2);
  length = std::min(std::max(length, importance_rows_least), rows / stretches);
  const std::size_t wanted = std::min(length, importance_rows / stretches);
  if (wanted < 2) return pairs;
  Rng rng = Rng(seed).fork("importance pairs");
  for (std::size_t stretch = 0; stretch < stretches; ++stretch) {
    const std::size_t first = stretches == 1 ? rows - length : stretch * (rows - length) / (stretches - 1);
    std::vector<std::size_t> picked;
    for (std::size_t i = 0; i < wanted; ++i) picked.push_back(first + i * length / wanted);
    // A stretch may be longer than a window: then rows are shuffled among those of one window only.
    const auto cell = std::max<std::size_t>(2, std::min(wanted, wanted * window / length) / 2 * 2);
    for (std::size_t begin = 0; begin < picked.size(); begin += cell)
      for (std::size_t left = std::min(cell, picked.size() - begin); left > 1; --left)
        std::swap(picked[begin + left - 1], picked[begin + rng.below(left)]);
    for (std::size_t i = 0; i + 1 < picked.size(); i += 2) {
      pairs.rows.push_back(picked[i]);
      pairs.rows.push_back(picked[i + 1]);
      pairs.stretch.push_back(stretch);
    }
  }
  return pairs;
}

Reliance::Reliance(std::vector<Target> targets, std::vector<std::string> columns, const RowPairs& pairs)
    : targets_(std::move(targets)), columns_(std::move(columns)), broken_(pairs.stretch.size(), false) {
  for (const std::size_t stretch : pairs.stretch)
    pairs_.push_back({stretch, std::vector<double>(targets_.size() * columns_.size(), 0)});
}

void Reliance::add(std::size_t column, const Outputs& as_they_are, const Outputs& exchanged) {
  for (std::size_t pair = 0; pair < pairs_.size(); ++pair)
    for (const std::size_t row : {2 * pair, 2 * pair + 1}) {
      std::size_t offset = row * as_they_are.width;
      for (std::size_t target = 0; target < targets_.size(); ++target) {
        const double one =
            change(targets_[target], as_they_are.values.data() + offset, exchanged.values.data() + offset);
        pairs_[pair].changes[target * columns_.size() + column] += one / 2;
        if (!std::isfinite(one)) broken_[pair] = true;
        offset += targets_[target].width();
      }
    }
}

std::vector<const Reliance::Pair*> Reliance::good() const {
  std::vector<const Pair*> pairs;
  for (std::size_t pair = 0; pair < pairs_.size(); ++pair)
    if (!broken_[pair]) pairs.push_back(&pairs_[pair]);
  return pairs;
}

ImportanceReport judge_importance(const Reliance& reference, const Reliance& current, double threshold,
                                  std::uint64_t seed) {
  ImportanceReport report;
  report.threshold = threshold;
  const Pairs before = reference.good();
  const Pairs now = current.good();
  if (2 * std::min(before.size(), now.size()) < importance_rows_least) {
    report.why_not =
        fmt::format("{} reference rows and {} rows of the window are too few", 2 * before.size(), 2 * now.size());
    return report;
  }
  const std::size_t targets = reference.targets().size();
  const std::size_t columns = reference.columns().size();
  if (current.targets().size() != targets || current.columns() != reference.columns()) {
    report.why_not = "the reference rows have other columns";
    return report;
  }
  report.reference_rows = 2 * before.size();
  report.current_rows = 2 * now.size();
  const Sums of_reference = sums_of(before, targets * columns);
  const Sums of_window = sums_of(now, targets * columns);
  const Largest largest = largest_shift(of_reference, of_window, targets, columns);
  Pairs pooled = before;
  pooled.insert(pooled.end(), now.begin(), now.end());
  report.shift = largest.shift;
  report.noise = std::max(noise_of_order(std::move(pooled), before.size(), targets, columns, seed),
                          noise_of_stretches(before, targets, columns));
  report.verdict = report.shift >= threshold && report.shift > report.noise ? Verdict::fail : Verdict::pass;
  if (targets == 0) return report;
  report.target = reference.targets()[largest.target].name;
  const auto share = [&](const Sums& sums, std::size_t column) {
    const auto of_target = std::span(sums).subspan(largest.target * columns, columns);
    const double all = std::accumulate(of_target.begin(), of_target.end(), 0.0);
    return all > 0 ? of_target[column] / all : 0;
  };
  for (std::size_t column = 0; column < columns; ++column)
    if (const ColumnImportance one{reference.columns()[column], share(of_reference, column), share(of_window, column)};
        one.reference > 0 || one.current > 0)
      report.columns.push_back(one);
  std::ranges::stable_sort(report.columns, std::greater<>(),
                           [](const auto& one) { return std::abs(one.current - one.reference); });
  return report;
}

}  // namespace perennial::drift
