#include "stats/column_bins.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/categories.hpp"

namespace perennial::stats {
namespace {

/// A number between a and b, a < b, that is below b; finite where one of them is.
double between(double a, double b) {
  if (std::isinf(a)) return std::isinf(b) ? 0 : std::nextafter(b, a);
  if (std::isinf(b)) return a;
  const double middle = a / 2 + b / 2;
  return middle >= a && middle < b ? middle : a;
}

}  // namespace

ColumnBins ColumnBins::of(const ColumnView& reference, std::size_t most) {
  most = std::clamp<std::size_t>(most, 1, most_bins);
  ColumnBins result;
  result.kind_ = reference.kind;
  if (reference.kind == ColumnKind::categorical) {
    auto values = count_categories(reference.codes, reference.dictionary).values;
    std::sort(values.begin(), values.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    if (values.size() > most) values.resize(most);
    for (std::size_t k = 0; k < values.size(); ++k)
      result.values_.emplace(values[k].first, static_cast<std::uint8_t>(k + 1));
    result.bins_ = values.size() + 2;
    return result;
  }
  std::vector<double> sorted;
  sorted.reserve(reference.numbers.size());
  for (const double value : reference.numbers)
    if (!std::isnan(value)) sorted.push_back(value);
  std::sort(sorted.begin(), sorted.end());
  if (sorted.empty()) {
    // Every number lies outside of nothing: the bins of "below" and "above" are there, the inner one stays empty.
    result.bins_ = 4;
    result.least_ = std::numeric_limits<double>::infinity();
    result.greatest_ = std::numeric_limits<double>::infinity();
    return result;
  }
  result.least_ = sorted.front();
  result.greatest_ = sorted.back();
  std::size_t distinct = 1;
  for (std::size_t i = 1; i < sorted.size(); ++i) distinct += sorted[i] != sorted[i - 1] ? 1 : 0;
  const double per_bin = static_cast<double>(sorted.size()) / static_cast<double>(most);
  double due = per_bin;
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i] == sorted[i - 1]) continue;
    if (distinct > most && static_cast<double>(i) < due) continue;
    result.ends_.push_back(between(sorted[i - 1], sorted[i]));
    while (due <= static_cast<double>(i)) due += per_bin;
  }
  if (result.ends_.size() >= most) result.ends_.resize(most - 1);
  result.bins_ = result.ends_.size() + 4;
  return result;
}

std::vector<std::uint8_t> ColumnBins::assign(const ColumnView& column) const {
  std::vector<std::uint8_t> bins(column.size());
  if (kind_ == ColumnKind::categorical) {
    std::vector<std::uint8_t> of_code(column.dictionary == nullptr ? 0 : column.dictionary->size());
    for (std::size_t code = 0; code < of_code.size(); ++code) {
      const auto found = values_.find(column.dictionary->value(static_cast<std::int32_t>(code)));
      of_code[code] = found == values_.end() ? static_cast<std::uint8_t>(bins_ - 1) : found->second;
    }
    for (std::size_t i = 0; i < bins.size(); ++i) {
      const auto code = column.codes[i];
      if (code >= 0 && static_cast<std::size_t>(code) < of_code.size())
        bins[i] = of_code[static_cast<std::size_t>(code)];
    }
    return bins;
  }
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const double value = column.numbers[i];
    if (std::isnan(value)) continue;
    if (value < least_) bins[i] = 1;
    else if (value > greatest_) bins[i] = static_cast<std::uint8_t>(bins_ - 1);
    else bins[i] = static_cast<std::uint8_t>(2 + (std::lower_bound(ends_.begin(), ends_.end(), value) - ends_.begin()));
  }
  return bins;
}

}  // namespace perennial::stats
