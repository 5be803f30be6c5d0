#include "drift/detectors/kswin_window.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace perennial::drift {

KswinWindow::KswinWindow(std::size_t size, std::size_t newest, bool wide) : size_(size), wide_(wide) {
  assert(size >= 2 && size <= most_values && newest >= 1 && newest <= size / 2);
  for (std::size_t i = 0; i < most_values; ++i) {
    newest_[i] = i < size && i + newest >= size ? 1 : 0;
    ages_by_[place_of(i)] = i < size ? 1 : 0;
  }
  clear();
}

void KswinWindow::clear() {
  // What is not there yet stands behind everything else, and goes first.
  values_.fill(std::numeric_limits<double>::quiet_NaN());
  rounded_.fill(std::numeric_limits<float>::quiet_NaN());
  for (std::size_t rank = 0; rank < most_values; ++rank)
    order_[place_of(rank)] = static_cast<std::uint8_t>(rank < size_ ? rank : most_values - 1);
  tied_.fill(0);
  ties_ = 0;
  oldest_ = 0;
  rank_of_oldest_ = 0;
  any_tied_ = false;
}

KswinWindow::Taken KswinWindow::take_plain(std::span<const double> values, std::span<const AgeSet> drawn,
                                           const Limits& limits) {
  std::uint8_t* const order = order_.data();
  const std::size_t count = std::min(values.size(), at_once);
  for (std::size_t i = 0; i < count; ++i) {
    const double value = values[i];
    if (std::isnan(value)) return {i, Zone::stable};
    const std::size_t from =
        static_cast<std::size_t>(static_cast<const std::uint8_t*>(std::memchr(order, 0, size_)) - order);
    values_[oldest_] = std::numeric_limits<double>::quiet_NaN();
    const std::size_t to = not_above(value);
    values_[oldest_] = value;
    oldest_ = slot_after(oldest_);
    if (to > from) std::memmove(order + from, order + from + 1, to - from);
    else std::memmove(order + to + 1, order + to, from - to);
    order[to] = static_cast<std::uint8_t>(size_);
    for (std::size_t k = 0; k < most_values; ++k) order[k] = static_cast<std::uint8_t>(order[k] - ages_by_[k]);
    if (ties_ != 0) move_ties(from, to);
    if (to > 0 && value_of_age(order[to - 1]) == value) ties_ |= Ties{1} << (to - 1);
    if (drawn.empty()) continue;
    const std::int32_t difference = largest_difference(drawn[i]);
    if (difference >= limits.warning) return {i + 1, difference >= limits.drift ? Zone::drift : Zone::warning};
  }
  return {count, Zone::stable};
}

std::size_t KswinWindow::not_above(double value) const {
  constexpr std::size_t pair = 2;
  using Pair [[gnu::vector_size(pair * sizeof(double))]] = double;
  using Counts [[gnu::vector_size(pair * sizeof(double))]] = std::int64_t;
  const Pair limit = Pair{} + value;
  Counts counts{};
  for (std::size_t slot = 0; slot < size_; slot += pair) {
    Pair two;
    std::memcpy(&two, &values_[slot], sizeof(two));
    counts -= two <= limit;  // true is -1
  }
  return static_cast<std::size_t>(counts[0] + counts[1]);
}

std::int32_t KswinWindow::largest_difference(const AgeSet& drawn) const {
  std::array<std::int8_t, most_values> weights = newest_;
  for (std::uint64_t rest = drawn.low; rest != 0; rest &= rest - 1)
    weights[static_cast<std::size_t>(std::countr_zero(rest))] = -1;
  for (std::uint64_t rest = drawn.high; rest != 0; rest &= rest - 1)
    weights[64 + static_cast<std::size_t>(std::countr_zero(rest))] = -1;
  std::int32_t sum = 0;
  std::int32_t highest = 0;
  std::int32_t lowest = 0;
  for (std::size_t first = 0; first < size_; first += 64) {
    auto ties = static_cast<std::uint64_t>(ties_ >> first);
    for (std::size_t rank = first; rank < std::min(size_, first + 64); ++rank, ties >>= 1) {
      sum += weights[order_[rank]];
      // Between equal values the distribution functions do not stand apart yet.
      const std::int32_t counts = static_cast<std::int32_t>(ties & 1) - 1;
      highest = std::max(highest, sum & counts);
      lowest = std::min(lowest, sum & counts);
    }
  }
  return std::max(highest, -lowest);
}

}  // namespace perennial::drift
