#include "stats/wasserstein.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace perennial::stats {
namespace {

constexpr std::size_t block_values = 256;
constexpr std::uint32_t not_crossing = UINT32_MAX;

/// The current values between two neighbouring distinct values of the reference (or outside of all), and those that
/// equal the upper one.
struct Gap {
  double offsets = 0;  ///< sum of distances from the lower value; from the upper one in the first gap
  std::uint32_t inside = 0;
  std::uint32_t equal = 0;
};

class Area {
 public:
  Area(const SortedSample& reference, std::span<const double> current, const FiniteRange* infinities)
      : reference_(reference), distinct_(reference.distinct()), current_(current), infinities_(infinities) {}

  Wasserstein run() {
    Wasserstein result;
    result.reference_n = reference_.size();
    if (result.reference_n == 0) {
      for_each([&](std::size_t, double) { ++m_; });
      result.current_n = m_;
      return result;
    }
    fill_gaps();
    result.current_n = m_;
    if (m_ == 0) return result;
    result.value = std::isfinite(distinct_.front()) && std::isfinite(distinct_.back()) && finite_
                       ? sum_gaps() / (static_cast<double>(result.reference_n) * static_cast<double>(m_))
                       : std::numeric_limits<double>::quiet_NaN();
    return result;
  }

 private:
  double placed(double value) const {
    if (infinities_ == nullptr || std::isfinite(value)) return value;
    return value < 0 ? infinities_->low : infinities_->high;
  }

  /// body(gap, value) for all values that are not NaN.
  template <class Body>
  void for_each(Body body) const {
    std::array<double, block_values> values{};
    std::array<std::uint32_t, block_values> gaps{};
    for (std::size_t begin = 0; begin < current_.size(); begin += block_values) {
      std::size_t kept = 0;
      for (const double value : current_.subspan(begin, std::min(block_values, current_.size() - begin))) {
        values[kept] = placed(value);
        kept += value == value ? 1 : 0;
      }
      reference_.locate(std::span(values).first(kept), std::span(gaps).first(kept));
      for (std::size_t k = 0; k < kept; ++k) body(gaps[k], values[k]);
    }
  }

  void fill_gaps() {
    gaps_.resize(distinct_.size() + 1);
    for_each([&](std::size_t at, double value) {
      ++m_;
      finite_ = finite_ && std::isfinite(value);
      Gap& gap = gaps_[at];
      if (at < distinct_.size() && distinct_[at] == value) {
        ++gap.equal;
        return;
      }
      ++gap.inside;
      gap.offsets += at == 0 ? distinct_[0] - value : value - distinct_[at - 1];
    });
  }

  /// n m times the area. Differences of the two functions are whole numbers of 1 / (n m), so none cancels.
  double sum_gaps() {
    const auto n = static_cast<double>(reference_.size());
    const auto m = static_cast<std::int64_t>(m_);
    double area = gaps_.front().offsets * n + gaps_.back().offsets * n;
    std::int64_t seen = static_cast<std::int64_t>(gaps_.front().inside) + gaps_.front().equal;
    std::vector<Crossing> crossings;
    std::uint32_t crossing_values = 0;
    for (std::size_t i = 1; i < distinct_.size(); ++i) {
      const Gap& gap = gaps_[i];
      const double length = distinct_[i] - distinct_[i - 1];
      const std::int64_t below = static_cast<std::int64_t>(reference_.cumulative()[i - 1]) * m;
      const std::int64_t first = seen * static_cast<std::int64_t>(reference_.size()) - below;
      const std::int64_t last =
          first + static_cast<std::int64_t>(gap.inside) * static_cast<std::int64_t>(reference_.size());
      if (first >= 0) {
        area += static_cast<double>(first) * length;
        if (gap.inside > 0) area += (static_cast<double>(gap.inside) * length - gap.offsets) * n;
      } else if (last <= 0) {
        area += static_cast<double>(-last) * length + gap.offsets * n;
      } else {
        crossings.push_back({i, first});
        crossing_values += gap.inside;
      }
      seen += static_cast<std::int64_t>(gap.inside) + gap.equal;
    }
    return area + sum_crossings(crossings, crossing_values);
  }

  struct Crossing {
    std::size_t gap = 0;
    std::int64_t first = 0;  ///< n m (F_current - F_reference) at its lower end
  };

  /// Only the values inside these gaps are gathered, and each gap's sorted.
  double sum_crossings(const std::vector<Crossing>& crossings, std::uint32_t values_in_all) {
    if (crossings.empty()) return 0;
    // From here on a gap's `equal` is where its next value goes; not_crossing where none does.
    for (Gap& gap : gaps_) gap.equal = not_crossing;
    std::uint32_t next = 0;
    for (const Crossing& crossing : crossings) {
      gaps_[crossing.gap].equal = next;
      next += gaps_[crossing.gap].inside;
    }
    std::vector<double> values(values_in_all);
    for_each([&](std::size_t at, double value) {
      Gap& gap = gaps_[at];
      if (gap.equal != not_crossing && distinct_[at] != value) values[gap.equal++] = value;
    });
    double area = 0;
    auto begin = values.begin();
    for (const auto& [gap, first] : crossings) {
      const auto end = begin + gaps_[gap].inside;
      std::sort(begin, end);
      std::int64_t difference = first;
      double from = distinct_[gap - 1];
      for (; begin != end; ++begin) {
        area += static_cast<double>(std::abs(difference)) * (*begin - from);
        difference += static_cast<std::int64_t>(reference_.size());
        from = *begin;
      }
      area += static_cast<double>(std::abs(difference)) * (distinct_[gap] - from);
    }
    return area;
  }

  const SortedSample& reference_;
  std::span<const double> distinct_;
  std::span<const double> current_;
  const FiniteRange* infinities_;
  std::vector<Gap> gaps_;
  std::uint64_t m_ = 0;
  bool finite_ = true;
};

/// The sample with its infinite values moved.
SortedSample moved(const SortedSample& sample, const FiniteRange& range) {
  std::vector<double> values;
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < sample.distinct().size(); ++i) {
    const double value = sample.distinct()[i];
    const double at = std::isfinite(value) ? value : value < 0 ? range.low : range.high;
    values.insert(values.end(), sample.cumulative()[i] - before, at);
    before = sample.cumulative()[i];
  }
  return SortedSample(values);
}

}  // namespace

Wasserstein wasserstein(const SortedSample& reference, std::span<const double> current) {
  return Area(reference, current, nullptr).run();
}

Wasserstein wasserstein(const SortedSample& reference, std::span<const double> current, const FiniteRange& infinities) {
  return Area(reference, current, &infinities).run();
}

double wasserstein(std::span<const double> a, std::span<const double> b) {
  return wasserstein(SortedSample(a), b).value;
}

WassersteinScale::WassersteinScale(const SortedSample& reference) {
  const auto distinct = reference.distinct();
  const auto finite = [](double value) { return std::isfinite(value); };
  const auto first = std::ranges::find_if(distinct, finite);
  if (first == distinct.end()) return;
  const auto last = std::find_if(distinct.rbegin(), distinct.rend(), finite);
  const double range = *last - *first;
  infinities_ = {*first - range, *last + range};
  if (!(range > 0) || !std::isfinite(range) || !std::isfinite(infinities_.low) || !std::isfinite(infinities_.high))
    return;
  if (!finite(distinct.front()) || !finite(distinct.back())) finite_ = moved(reference, infinities_);
  const SortedSample& sample = finite_ ? *finite_ : reference;

  const auto n = static_cast<double>(sample.size());
  double mean = 0;
  double roots = 0;
  for (int pass = 0; pass < 2; ++pass) {
    double sum = 0;
    double before = 0;
    for (std::size_t i = 0; i < sample.distinct().size(); ++i) {
      const double share = static_cast<double>(sample.cumulative()[i]) / n;
      const double at = (sample.distinct()[i] - *first) / range;
      sum += (share - before) * (pass == 0 ? at : (at - mean) * (at - mean));
      if (pass == 0 && i + 1 < sample.distinct().size())
        roots += std::sqrt(share * (1 - share)) * ((sample.distinct()[i + 1] - sample.distinct()[i]) / range);
      before = share;
    }
    if (pass == 0) mean = sum;
    else deviation_ = std::sqrt(sum);
  }
  mean_ = std::sqrt(2 / std::numbers::pi) * roots / deviation_;
  deviation_ *= range;
  if (!(deviation_ > 0) || !std::isfinite(1 / deviation_)) deviation_ = 0;
}

Wasserstein WassersteinScale::distance(const SortedSample& reference, std::span<const double> current) const {
  Wasserstein result = wasserstein(finite_ ? *finite_ : reference, current, infinities_);
  const double scaled = defined() ? result.value / deviation_ : 0;
  result.value = scaled < std::numeric_limits<double>::max() ? scaled : std::numeric_limits<double>::max();
  return result;
}

double WassersteinScale::noise_bound(std::uint64_t n, std::uint64_t m, double level) const {
  if (!defined() || n == 0 || m == 0) return 0;
  const double noise = std::sqrt(1 / static_cast<double>(n) + 1 / static_cast<double>(m));
  return noise * (mean_ + std::sqrt(2 * std::log(1 / std::min(level, 1.0))));
}

}  // namespace perennial::stats
