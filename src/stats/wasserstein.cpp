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
constexpr std::uint32_t not_close = UINT32_MAX;
/// Functions come close where their difference falls below this share of what it changes by within a run.
constexpr std::int64_t near_share = 64;

/// The current values above the last reference value of one cell of the grid, up to the last one of the next cell that
/// has any; the last run has all beyond the reference. Within a run only counts and sums are needed as long as the two
/// distribution functions stay apart there.
struct Run {
  /// Sum of the values' distances from the end of the run, in the last run from its beginning, and what rounding has
  /// taken from it (Knuth's two-sum): where thousands are equal, all additions err to the same side.
  double offsets = 0;
  double lost = 0;
  std::uint32_t inside = 0;
  std::uint32_t equal = 0;  ///< that equal the end

  double distance() const { return std::isfinite(offsets) ? offsets + lost : offsets; }
};

class Area {
 public:
  Area(const SortedSample& reference, std::span<const double> current, const FiniteRange* infinities)
      : reference_(reference), distinct_(reference.distinct()), current_(current), infinities_(infinities) {}

  Wasserstein run() {
    Wasserstein result;
    result.reference_n = reference_.size();
    cut_runs();
    fill_runs();
    result.current_n = m_;
    if (result.reference_n == 0 || m_ == 0) return result;
    result.value = std::isfinite(distinct_.front()) && std::isfinite(distinct_.back()) && finite_
                       ? sum_runs() / (static_cast<double>(result.reference_n) * static_cast<double>(m_))
                       : std::numeric_limits<double>::quiet_NaN();
    return result;
  }

 private:
  double placed(double value) const {
    if (infinities_ == nullptr || std::isfinite(value)) return value;
    return value < 0 ? infinities_->low : infinities_->high;
  }

  /// A run per cell that has a reference value, and one for what is beyond. A value of a cell belongs to the first run
  /// that ends at or after it: the cell's own, or the next where it is above all reference values of the cell.
  void cut_runs() {
    const ValueGrid& grid = reference_.grid();
    run_of_.resize(grid.cells());
    first_.reserve(grid.cells() + 1);
    ends_.reserve(grid.cells() + 1);
    for (std::size_t cell = 0; cell < grid.cells(); ++cell) {
      run_of_[cell] = static_cast<std::uint32_t>(ends_.size());
      if (grid.first(cell) == grid.first(cell + 1)) continue;
      first_.push_back(grid.first(cell));
      ends_.push_back(distinct_[grid.first(cell + 1) - 1]);
    }
    first_.push_back(static_cast<std::uint32_t>(distinct_.size()));
    anchors_ = ends_;
    anchors_.push_back(ends_.empty() ? 0 : ends_.back());
    ends_.push_back(std::numeric_limits<double>::infinity());
    runs_.resize(ends_.size());
  }

  /// body(run, value) for all values that are not NaN. The runs of a block are found before anything is written: see
  /// ks.cpp.
  template <class Body>
  void for_each(Body body) const {
    std::array<double, block_values> values{};
    std::array<std::uint32_t, block_values> runs{};
    reference_.grid().with_map([&](const auto cell_of) {
      for (std::size_t begin = 0; begin < current_.size(); begin += block_values) {
        std::size_t kept = 0;
        for (const double value : current_.subspan(begin, std::min(block_values, current_.size() - begin))) {
          values[kept] = placed(value);
          kept += value == value ? 1 : 0;
        }
        for (std::size_t k = 0; k < kept; ++k) runs[k] = run_of_[cell_of(values[k])];
        for (std::size_t k = 0; k < kept; ++k) runs[k] += values[k] > ends_[runs[k]] ? 1 : 0;
        for (std::size_t k = 0; k < kept; ++k) body(runs[k], values[k]);
      }
    });
  }

  void fill_runs() {
    for_each([&](std::size_t at, double value) {
      ++m_;
      finite_ = finite_ && std::isfinite(value);
      Run& run = runs_[at];
      const std::uint32_t equal = value == ends_[at] ? 1 : 0;
      const double offset = std::abs(anchors_[at] - value);
      const double sum = run.offsets + offset;
      const double added = sum - run.offsets;
      run.lost += (run.offsets - (sum - added)) + (offset - added);
      run.offsets = sum;
      run.equal += equal;
      run.inside += 1 - equal;
    });
  }

  std::int64_t weight(std::size_t at) const {
    return static_cast<std::int64_t>(reference_.cumulative()[at]) -
           (at == 0 ? 0 : static_cast<std::int64_t>(reference_.cumulative()[at - 1]));
  }

  /// n m times the area. Differences of the two functions are whole numbers of 1 / (n m), so none cancels. A run's sums
  /// do where the functions come close, and most where a far value ends it that both samples have: there the values are
  /// looked at one by one, so that no more than near_share roundings are lost.
  double sum_runs() {
    const auto n = static_cast<std::int64_t>(reference_.size());
    const auto m = static_cast<std::int64_t>(m_);
    const std::size_t last_run = runs_.size() - 1;
    double area = runs_[last_run].distance() * static_cast<double>(n);
    std::int64_t seen = 0;
    std::int64_t below = 0;
    std::vector<CloseRun> close_runs;
    std::uint32_t close_values = 0;
    for (std::size_t r = 0; r < last_run; ++r) {
      const Run& run = runs_[r];
      const std::int64_t first = seen * n - below * m;
      double reference_offsets = 0;
      std::int64_t interior = 0;  // reference values before the run's end
      for (std::size_t at = first_[r]; at + 1 < first_[r + 1]; ++at) {
        interior += weight(at);
        reference_offsets += static_cast<double>(weight(at)) * (ends_[r] - distinct_[at]);
      }
      const std::int64_t lowest = first - interior * m;
      const std::int64_t highest = first + static_cast<std::int64_t>(run.inside) * n;
      const std::int64_t swing = highest - lowest;
      const std::int64_t near = swing / near_share;
      if (swing > 0 && lowest <= near && highest >= -near) {
        close_runs.push_back({r, first});
        close_values += run.inside;
      } else {
        const double length = r == 0 ? 0 : ends_[r] - ends_[r - 1];
        const double signed_area = static_cast<double>(first) * length + run.distance() * static_cast<double>(n) -
                                   reference_offsets * static_cast<double>(m);
        area += std::abs(signed_area);
      }
      seen += static_cast<std::int64_t>(run.inside) + run.equal;
      below += interior + weight(first_[r + 1] - 1);
    }
    return area + sum_close_runs(close_runs, close_values);
  }

  struct CloseRun {
    std::size_t run = 0;
    std::int64_t first = 0;  ///< n m (F_current - F_reference) at its lower end
  };

  /// Only the values inside these runs are gathered, and each run's sorted.
  double sum_close_runs(const std::vector<CloseRun>& close_runs, std::uint32_t values_in_all) {
    if (close_runs.empty()) return 0;
    // From here on a run's `equal` is where its next value goes; not_close where none does.
    for (Run& run : runs_) run.equal = not_close;
    std::uint32_t next = 0;
    for (const CloseRun& close : close_runs) {
      runs_[close.run].equal = next;
      next += runs_[close.run].inside;
    }
    std::vector<double> values(values_in_all);
    for_each([&](std::size_t at, double value) {
      Run& run = runs_[at];
      if (run.equal != not_close && value != ends_[at]) values[run.equal++] = value;
    });
    double area = 0;
    std::span<double> left = values;
    for (const CloseRun& close : close_runs) {
      const auto inside = left.first(runs_[close.run].inside);
      left = left.subspan(inside.size());
      std::ranges::sort(inside);
      area += sum_close_run(close, inside);
    }
    return area;
  }

  /// `inside`: the run's values before its end, ascending.
  double sum_close_run(const CloseRun& close, std::span<const double> inside) const {
    const auto n = static_cast<std::int64_t>(reference_.size());
    const auto m = static_cast<std::int64_t>(m_);
    const double end = ends_[close.run];
    std::size_t at = first_[close.run];
    const std::size_t last = first_[close.run + 1] - 1;  // the reference value that ends it
    std::size_t k = 0;
    double from = close.run > 0    ? ends_[close.run - 1]
                  : inside.empty() ? distinct_[at]
                                   : std::min(inside.front(), distinct_[at]);
    double area = 0;
    std::int64_t difference = close.first;
    const auto go_to = [&](double value) {
      area += static_cast<double>(std::abs(difference)) * (value - from);
      from = value;
    };
    while (k < inside.size() || at < last) {
      if (at == last || (k < inside.size() && inside[k] <= distinct_[at])) {
        go_to(inside[k++]);
        difference += n;
      } else {
        go_to(distinct_[at]);
        difference -= weight(at++) * m;
      }
    }
    go_to(end);
    return area;
  }

  const SortedSample& reference_;
  std::span<const double> distinct_;
  std::span<const double> current_;
  const FiniteRange* infinities_;
  std::vector<std::uint32_t> run_of_;  ///< per cell
  std::vector<std::uint32_t> first_;   ///< per run: its first reference value in distinct_; then its size
  std::vector<double> ends_;           ///< per run: its last reference value; infinity for the last run
  std::vector<double> anchors_;        ///< per run: what offsets are counted from
  std::vector<Run> runs_;
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
