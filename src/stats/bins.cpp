#include "stats/bins.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "stats/count_above.hpp"
#include "stats/special.hpp"

namespace perennial::stats {
namespace {

constexpr double smoothing = 0.5;
constexpr std::uint64_t least_category_rows = 5;
constexpr double least_expected = 5;

}  // namespace

double BinShares::pearson_noise(double level) const {
  if (!defined() || reference.size() < 2) return 0;
  const double noise = 1 / static_cast<double>(reference_rows) + 1 / static_cast<double>(current_rows);
  return noise * chi_squared_quantile_upper(level, static_cast<double>(reference.size() - 1));
}

BinShares smoothed_shares(const BinCounts& counts) {
  BinShares shares;
  const std::size_t length = std::min(counts.reference.size(), counts.current.size());
  double reference_rows = 0;
  for (std::size_t bin = 0; bin < length; ++bin) {
    reference_rows += counts.reference[bin];
    shares.current_rows += counts.current[bin];
    if (!(counts.reference[bin] > 0) && counts.current[bin] == 0) continue;
    shares.reference.push_back(counts.reference[bin] + smoothing);
    shares.current.push_back(static_cast<double>(counts.current[bin]) + smoothing);
  }
  shares.reference_rows = static_cast<std::uint64_t>(std::llround(reference_rows));
  const double added = smoothing * static_cast<double>(shares.reference.size());
  const double current_rows = static_cast<double>(shares.current_rows);
  for (double& share : shares.reference) share /= reference_rows + added;
  for (double& share : shares.current) share /= current_rows + added;
  return shares;
}

BinCounts without_rare_bins(const BinCounts& counts) {
  const std::size_t length = std::min(counts.reference.size(), counts.current.size());
  const double reference_rows = std::accumulate(counts.reference.begin(), counts.reference.end(), 0.0);
  const double current_rows =
      static_cast<double>(std::accumulate(counts.current.begin(), counts.current.end(), std::uint64_t{0}));
  const double smaller_share = std::min(reference_rows, current_rows) / (reference_rows + current_rows);
  BinCounts kept;
  double pool_reference = 0;
  std::uint64_t pool_current = 0;
  for (std::size_t bin = 0; bin < length; ++bin) {
    const double both = counts.reference[bin] + static_cast<double>(counts.current[bin]);
    if (both * smaller_share >= least_expected) {
      kept.reference.push_back(counts.reference[bin]);
      kept.current.push_back(counts.current[bin]);
    } else {
      pool_reference += counts.reference[bin];
      pool_current += counts.current[bin];
    }
  }
  const double pool = pool_reference + static_cast<double>(pool_current);
  if (pool * smaller_share >= least_expected || kept.reference.empty()) {
    kept.reference.push_back(pool_reference);
    kept.current.push_back(pool_current);
    return kept;
  }
  std::size_t smallest = 0;
  const auto rows = [&](std::size_t bin) { return kept.reference[bin] + static_cast<double>(kept.current[bin]); };
  for (std::size_t bin = 1; bin < kept.reference.size(); ++bin)
    if (rows(bin) < rows(smallest)) smallest = bin;
  kept.reference[smallest] += pool_reference;
  kept.current[smallest] += pool_current;
  return kept;
}

QuantileBins::QuantileBins(std::span<const double> values, std::size_t bins)
    : QuantileBins(SortedSample(values),
                   static_cast<std::uint64_t>(
                       std::count_if(values.begin(), values.end(), [](double value) { return std::isnan(value); })),
                   bins) {}

QuantileBins::QuantileBins(const SortedSample& sample, std::uint64_t missing, std::size_t bins) {
  const auto distinct = sample.distinct();
  bins = std::max<std::size_t>(bins, 1);
  if (!distinct.empty()) {
    ends_.push_back(std::nextafter(distinct.front(), -std::numeric_limits<double>::infinity()));
    if (distinct.size() <= bins) {
      ends_.insert(ends_.end(), distinct.begin(), distinct.end());
    } else {
      for (std::size_t k = 1; k <= bins; ++k)
        ends_.push_back(sample.quantile(static_cast<double>(k) / static_cast<double>(bins)));
    }
    ends_.erase(std::unique(ends_.begin(), ends_.end()), ends_.end());
  }
  counts_.assign(ends_.size() + 2, 0.0);
  std::uint64_t before = 0;
  std::size_t bin = 0;
  for (std::size_t i = 0; i < distinct.size(); ++i) {
    while (bin < ends_.size() && distinct[i] > ends_[bin]) ++bin;
    counts_[bin] += static_cast<double>(sample.cumulative()[i] - before);
    before = sample.cumulative()[i];
  }
  counts_.back() = static_cast<double>(missing);
}

BinCounts QuantileBins::count(std::span<const double> current) const {
  if (counts_.empty()) return {};
  std::vector<std::uint64_t> counts(counts_.size());
  // counts[k + 1] = values above ends_[k]; then the differences.
  const std::uint64_t present = count_above(current, ends_, std::span(counts).subspan(1, ends_.size()));
  counts.front() = present;
  for (std::size_t bin = 0; bin < ends_.size(); ++bin) counts[bin] -= counts[bin + 1];
  counts.back() = current.size() - present;
  return {counts_, std::move(counts)};
}

BinCounts count_bins(const CategoryReference& reference, const CategoryReference::Aligned& current) {
  const auto counts = reference.counts();
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] >= least_category_rows) kept.push_back(i);
  std::stable_sort(kept.begin(), kept.end(), [&](auto a, auto b) { return counts[a] > counts[b]; });
  if (kept.size() > category_bins) kept.resize(category_bins);

  // Bins: kept…, rest, unseen, missing. The rest gives up the rows that stand for values never seen before: all of
  // them are values seen once, so all of them are in it.
  BinCounts bins{std::vector<double>(kept.size() + 3), std::vector<std::uint64_t>(kept.size() + 3)};
  double rest = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
  std::uint64_t current_rest = std::accumulate(current.counts.begin(), current.counts.end(), std::uint64_t{0});
  for (std::size_t bin = 0; bin < kept.size(); ++bin) {
    bins.reference[bin] = static_cast<double>(counts[kept[bin]]);
    bins.current[bin] = current.counts[kept[bin]];
    rest -= bins.reference[bin];
    current_rest -= bins.current[bin];
  }
  const double unseen = std::round(reference.expected_unseen_share() * static_cast<double>(reference.rows()));
  bins.reference[kept.size()] = rest - unseen;
  bins.reference[kept.size() + 1] = unseen;
  bins.reference[kept.size() + 2] = static_cast<double>(reference.missing());
  bins.current[kept.size()] = current_rest;
  bins.current[kept.size() + 1] = current.unseen;
  bins.current[kept.size() + 2] = current.missing;
  return bins;
}

}  // namespace perennial::stats
