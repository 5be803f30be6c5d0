#include "stats/psi.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "stats/special.hpp"

namespace perennial::stats {
namespace {

constexpr double smoothing = 0.5;
constexpr std::uint64_t least_category_rows = 5;

}  // namespace

double Psi::noise_bound(double level) const {
  if (!defined || bins < 2) return 0;
  const double noise = 1 / static_cast<double>(reference_rows) + 1 / static_cast<double>(current_rows);
  return noise * chi_squared_quantile_upper(level, static_cast<double>(bins - 1));
}

Psi psi_of_counts(std::span<const double> reference, std::span<const std::uint64_t> current) {
  Psi result;
  const std::size_t length = std::min(reference.size(), current.size());
  double reference_rows = 0;
  for (std::size_t bin = 0; bin < length; ++bin) {
    reference_rows += reference[bin];
    result.current_rows += current[bin];
    if (reference[bin] > 0 || current[bin] > 0) ++result.bins;
  }
  result.reference_rows = static_cast<std::uint64_t>(std::llround(reference_rows));
  if (result.reference_rows == 0 || result.current_rows == 0) return result;
  result.defined = true;
  const double added = smoothing * static_cast<double>(result.bins);
  for (std::size_t bin = 0; bin < length; ++bin) {
    if (!(reference[bin] > 0) && current[bin] == 0) continue;
    const double r = (reference[bin] + smoothing) / (reference_rows + added);
    const double c =
        (static_cast<double>(current[bin]) + smoothing) / (static_cast<double>(result.current_rows) + added);
    result.value += (c - r) * std::log(c / r);
  }
  return result;
}

PsiReference::PsiReference(std::span<const double> values, std::size_t bins)
    : PsiReference(SortedSample(values),
                   static_cast<std::uint64_t>(
                       std::count_if(values.begin(), values.end(), [](double value) { return std::isnan(value); })),
                   bins) {}

PsiReference::PsiReference(const SortedSample& sample, std::uint64_t missing, std::size_t bins) {
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
  for (std::size_t i = 0; i < distinct.size(); ++i) {
    counts_[bin_of(distinct[i])] += static_cast<double>(sample.cumulative()[i] - before);
    before = sample.cumulative()[i];
  }
  counts_.back() = static_cast<double>(missing);
}

std::size_t PsiReference::bin_of(double value) const {
  std::size_t bin = 0;
  for (const double end : ends_) bin += value > end ? 1 : 0;
  return bin;
}

Psi PsiReference::against(std::span<const double> current) const {
  if (counts_.empty()) return {};
  std::vector<std::uint64_t> counts(counts_.size());
  for (const double value : current) ++counts[std::isnan(value) ? counts.size() - 1 : bin_of(value)];
  return psi_of_counts(counts_, counts);
}

Psi categorical_psi(const CategoryReference& reference, const CategoryReference::Aligned& current) {
  const auto counts = reference.counts();
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] >= least_category_rows) kept.push_back(i);
  std::stable_sort(kept.begin(), kept.end(), [&](auto a, auto b) { return counts[a] > counts[b]; });
  if (kept.size() > psi_category_bins) kept.resize(psi_category_bins);

  // Bins: kept…, rest, unseen, missing. The rest gives up the rows that stand for values never seen before: all of
  // them are values seen once, so all of them are in it.
  std::vector<double> reference_bins(kept.size() + 3);
  std::vector<std::uint64_t> current_bins(kept.size() + 3);
  double rest = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
  std::uint64_t current_rest = std::accumulate(current.counts.begin(), current.counts.end(), std::uint64_t{0});
  for (std::size_t bin = 0; bin < kept.size(); ++bin) {
    reference_bins[bin] = static_cast<double>(counts[kept[bin]]);
    current_bins[bin] = current.counts[kept[bin]];
    rest -= reference_bins[bin];
    current_rest -= current_bins[bin];
  }
  const double unseen = std::round(reference.expected_unseen_share() * static_cast<double>(reference.rows()));
  reference_bins[kept.size()] = rest - unseen;
  reference_bins[kept.size() + 1] = unseen;
  reference_bins[kept.size() + 2] = static_cast<double>(reference.missing());
  current_bins[kept.size()] = current_rest;
  current_bins[kept.size() + 1] = current.unseen;
  current_bins[kept.size() + 2] = current.missing;
  return psi_of_counts(reference_bins, current_bins);
}

}  // namespace perennial::stats
