#include "app/report/histogram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "app/report/escape.hpp"
#include "app/report/words.hpp"

namespace perennial::app {
namespace {

constexpr double tail_share = 0.005;  // of each window, at each end

std::vector<double> present(const Column& column) {
  std::vector<double> values;
  for (const double value : column.numbers)
    if (std::isfinite(value)) values.push_back(value);
  std::sort(values.begin(), values.end());
  return values;
}

double quantile(const std::vector<double>& sorted, double share) {
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

std::string missing_words(const Column& reference, const Column& current, std::size_t reference_there,
                          std::size_t current_there) {
  const auto share = [](std::size_t there, std::size_t all) {
    return all == 0 ? 0.0 : 1 - static_cast<double>(there) / static_cast<double>(all);
  };
  const double before = share(reference_there, reference.size());
  const double now = share(current_there, current.size());
  return before == 0 && now == 0 ? "" : fmt::format("; missing {:.1f} %, now {:.1f} %", 100 * before, 100 * now);
}

std::vector<double> binned(const std::vector<double>& sorted, double low, double high) {
  std::vector<double> shares(histogram_bins, 0);
  for (const double value : sorted) {
    const double place = (value - low) / (high - low) * static_cast<double>(histogram_bins);
    const auto bin = static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(histogram_bins) - 1));
    shares[bin] += 1 / static_cast<double>(sorted.size());
  }
  return shares;
}

struct Counts {
  std::map<std::string, std::pair<double, double>> shares;  ///< name → reference, current
  std::vector<std::string> order;                           ///< of the names, where they have one
};

SideBySide of_counts(const Counts& counts) {
  SideBySide result;
  result.categories = true;
  std::vector<std::string> names = counts.order;
  if (names.empty()) {
    for (const auto& [name, shares] : counts.shares) names.push_back(name);
    const auto weight = [&](const std::string& name) {
      const auto& [a, b] = counts.shares.at(name);
      return std::max(a, b);
    };
    std::stable_sort(names.begin(), names.end(), [&](const auto& a, const auto& b) { return weight(a) > weight(b); });
  }
  double rest_reference = 0, rest_current = 0, largest = -1;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& [before, now] = counts.shares.at(names[i]);
    if (std::abs(now - before) > largest) {
      largest = std::abs(now - before);
      result.change = fmt::format("'{}' {:.0f} %, now {:.0f} %", shortened(names[i], 40), 100 * before, 100 * now);
    }
    const bool fits = i < histogram_categories - 1 || names.size() == histogram_categories;
    if (!fits) {
      rest_reference += before;
      rest_current += now;
      continue;
    }
    result.names.push_back(names[i]);
    result.reference.push_back(before);
    result.current.push_back(now);
  }
  if (result.names.size() < names.size()) {
    result.names.push_back(
        fmt::format("all {} others", number_in_words(static_cast<double>(names.size() - result.names.size()))));
    result.reference.push_back(rest_reference);
    result.current.push_back(rest_current);
  }
  return result;
}

SideBySide numbers(const Column& reference, const Column& current) {
  const auto before = present(reference);
  const auto now = present(current);
  if (before.empty() || now.empty()) return {};
  std::vector<double> distinct;
  for (const auto* values : {&before, &now})
    for (std::size_t i = 0; i < values->size() && distinct.size() <= 2 * histogram_categories; ++i)
      if (i == 0 || (*values)[i] != (*values)[i - 1]) distinct.push_back((*values)[i]);
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());

  SideBySide result;
  if (distinct.size() <= histogram_categories) {
    Counts counts;
    for (const double value : distinct) counts.order.push_back(number_in_words(value));
    // Values that read alike are one bar.
    counts.order.erase(std::unique(counts.order.begin(), counts.order.end()), counts.order.end());
    for (const double value : before)
      counts.shares[number_in_words(value)].first += 1 / static_cast<double>(before.size());
    for (const double value : now) counts.shares[number_in_words(value)].second += 1 / static_cast<double>(now.size());
    result = of_counts(counts);
  } else {
    double low = std::min(quantile(before, tail_share), quantile(now, tail_share));
    double high = std::max(quantile(before, 1 - tail_share), quantile(now, 1 - tail_share));
    if (!(low < high)) low = distinct.front(), high = std::max(before.back(), now.back());
    for (std::size_t i = 0; i <= histogram_bins; ++i)
      result.ends.push_back(low + (high - low) * static_cast<double>(i) / static_cast<double>(histogram_bins));
    result.reference = binned(before, low, high);
    result.current = binned(now, low, high);
    result.change =
        fmt::format("median {}, now {}", number_in_words(quantile(before, 0.5)), number_in_words(quantile(now, 0.5)));
  }
  result.change += missing_words(reference, current, before.size(), now.size());
  return result;
}

std::size_t count_texts(const Column& column, Counts& counts, double std::pair<double, double>::* side) {
  const auto there = static_cast<std::size_t>(
      std::count_if(column.codes.begin(), column.codes.end(), [](auto code) { return code >= 0; }));
  for (std::size_t i = 0; i < column.codes.size(); ++i)
    if (column.codes[i] >= 0) counts.shares[std::string(column.text(i))].*side += 1 / static_cast<double>(there);
  return there;
}

}  // namespace

SideBySide side_by_side(const Column& reference, const Column& current) {
  if (reference.kind != current.kind) return {};
  if (reference.kind == ColumnKind::numeric) return numbers(reference, current);
  Counts counts;
  const std::size_t before = count_texts(reference, counts, &std::pair<double, double>::first);
  const std::size_t now = count_texts(current, counts, &std::pair<double, double>::second);
  if (before == 0 || now == 0) return {};
  SideBySide result = of_counts(counts);
  result.change += missing_words(reference, current, before, now);
  return result;
}

}  // namespace perennial::app
