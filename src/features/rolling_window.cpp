#include "features/rolling_window.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace perennial::features {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
/// Sums are rebuilt every max(size, this) rows of the entity: constant time per row on average.
constexpr std::uint64_t least_rebuild_rows = 64;
/// Spread below this share of the squares means that the shift no longer fits the level.
constexpr double cancellation = 1e-6;

std::uint64_t first_row(std::uint64_t row, std::uint64_t size) { return row + 1 >= size ? row + 1 - size : 0; }
double finite(double value) { return std::isfinite(value) ? value : nan; }

}  // namespace

void RollingWindow::remove(const Ring& ring, std::uint64_t row, std::uint64_t size) {
  if (row < size) return;
  const double value = ring.at(row - size);
  if (std::isnan(value)) return;
  const double y = value - shift_;
  const double x = static_cast<double>(row - size) - static_cast<double>(anchor_);
  count_ -= 1;
  sum_ -= y;
  squares_ -= y * y;
  x_sum_ -= x;
  x_squares_ -= x * x;
  products_ -= x * y;
}

void RollingWindow::add(const Ring& ring, std::uint64_t row, std::uint64_t size) {
  const double value = ring.at(row);
  if (!std::isnan(value)) {
    if (count_ == 0) {
      anchor_ = row;
      shift_ = value;
      sum_ = squares_ = x_sum_ = x_squares_ = products_ = 0;
    }
    const double y = value - shift_;
    const double x = static_cast<double>(row) - static_cast<double>(anchor_);
    count_ += 1;
    sum_ += y;
    squares_ += y * y;
    x_sum_ += x;
    x_squares_ += x * x;
    products_ += x * y;
    const double weight = 2.0 / (static_cast<double>(size) + 1.0);
    ewm_ = has_ewm_ ? ewm_ + weight * (value - ewm_) : value;
    has_ewm_ = true;
  }
  const bool due = row % std::max(size, least_rebuild_rows) == 0;
  const bool cancels = count_ > 1 && spread() < cancellation * squares_;
  if (due || cancels || !std::isfinite(squares_) || !std::isfinite(products_)) recompute(ring, row, size);
}

void RollingWindow::recompute(const Ring& ring, std::uint64_t row, std::uint64_t size) {
  anchor_ = first_row(row, size);
  count_ = shift_ = sum_ = squares_ = x_sum_ = x_squares_ = products_ = 0;
  for (std::uint64_t r = anchor_; r <= row; ++r) {
    const double value = ring.at(r);
    if (std::isnan(value)) continue;
    // The first value as the shift makes the sums of a constant window exactly zero.
    if (count_ == 0) shift_ = value;
    const double y = value - shift_;
    const double x = static_cast<double>(r - anchor_);
    count_ += 1;
    sum_ += y;
    squares_ += y * y;
    x_sum_ += x;
    x_squares_ += x * x;
    products_ += x * y;
  }
}

double RollingWindow::spread() const { return std::max(0.0, squares_ - sum_ * sum_ / count_); }

double RollingWindow::value(Stat stat, const Ring& ring, std::uint64_t row, std::uint64_t size) const {
  if (stat == Stat::count) return count_;
  if (stat == Stat::ewm) return has_ewm_ ? ewm_ : nan;
  if (count_ == 0) return nan;
  const auto oldest = [&] {
    std::uint64_t r = first_row(row, size);
    while (std::isnan(ring.at(r))) ++r;
    return ring.at(r);
  };
  const auto newest = [&] {
    std::uint64_t r = row;
    while (std::isnan(ring.at(r))) --r;
    return ring.at(r);
  };
  const auto extremes = [&] {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (std::uint64_t r = first_row(row, size); r <= row; ++r) {
      const double v = ring.at(r);
      low = v < low ? v : low;
      high = v > high ? v : high;
    }
    return std::pair(low, high);
  };
  switch (stat) {
    case Stat::mean: return finite(shift_ + sum_ / count_);
    case Stat::sum: return finite(shift_ * count_ + sum_);
    case Stat::std: return count_ < 2 ? 0 : finite(std::sqrt(spread() / (count_ - 1)));
    case Stat::slope: {
      const double width = count_ * x_squares_ - x_sum_ * x_sum_;
      return count_ < 2 || width <= 0 ? 0 : finite((count_ * products_ - x_sum_ * sum_) / width);
    }
    case Stat::min: return extremes().first;
    case Stat::max: return extremes().second;
    case Stat::range: {
      const auto [low, high] = extremes();
      return finite(high - low);
    }
    case Stat::first: return oldest();
    case Stat::last: return newest();
    case Stat::delta: return finite(newest() - oldest());
    case Stat::count:
    case Stat::ewm: break;
  }
  return nan;
}

void ExpandingWindow::add(double value) {
  if (std::isnan(value)) return;
  min = count == 0 ? value : std::min(min, value);
  max = count == 0 ? value : std::max(max, value);
  count += 1;
  const double before = value - mean;
  mean += before / count;
  spread += before * (value - mean);
}

double ExpandingWindow::value(Stat stat) const {
  if (count == 0) return nan;
  switch (stat) {
    case Stat::mean: return finite(mean);
    case Stat::std: return count < 2 ? 0 : finite(std::sqrt(std::max(0.0, spread) / (count - 1)));
    case Stat::min: return min;
    case Stat::max: return max;
    default: return nan;
  }
}

}  // namespace perennial::features
