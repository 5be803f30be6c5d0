#include "drift/accumulation.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "stats/rank_sum.hpp"
#include "stats/suffix_scan.hpp"

namespace perennial::drift {
namespace {

constexpr double change_within = 5;  // deviations: p = 6e-7, so that next to no stable history is cut
constexpr double tied_enough_to_skew = 1e-3;

/// Skewness of the ranks of a reference's rows among themselves.
double skewness_of(const stats::SortedSample& reference) {
  if (reference.tied() < tied_enough_to_skew) return 0;
  const auto all = static_cast<double>(reference.size());
  double third = 0;
  double before = 0;
  for (const auto upto : reference.cumulative()) {
    const double share = (upto - before) / all;
    const double rank = (before + upto) / (2 * all) - 0.5;
    third += share * rank * rank * rank;
    before = upto;
  }
  return third / std::pow((1 - reference.tied()) / 12, 1.5);
}

/// The normal deviate with the same tail as a sum of this skewness: Cornish & Fisher (1938), first order, on its long
/// side; on the short one the plain deviate errs towards quiet.
double unskewed(double z, double skewness) {
  const double longer = std::abs(skewness);
  if (longer <= 0 || z * skewness <= 0) return std::abs(z);
  const double most = std::min(std::abs(z), 3 / longer);
  return most - longer / 6 * (most * most - 1);
}

}  // namespace

/// What is the same for all stretches of a column.
struct Accumulation::Scale {
  std::size_t longest = 1;         ///< stretches that are taken together at most
  std::span<const double> growth;  ///< ColumnCalibration::stretches
  double of_window = 1;            ///< inflation where nothing else is known
  double unit = 1;                 ///< variance of one row's rank
  double skewness = 0;
  bool seasonal = false;  ///< each look has a reference of its own

  double inflation(std::size_t stretches) const {
    const auto length = static_cast<std::size_t>(std::bit_width(stretches - 1));
    if (length < growth.size()) return growth[length];
    return growth.empty() ? of_window : std::max(growth.back(), of_window);
  }
};

Shift Accumulation::strongest(const History& history, std::size_t fresh, const Scale& scale) {
  Shift best;
  double height = 0;
  for (std::size_t end = history.stretches.size(); end > history.stretches.size() - fresh; --end) {
    double excess = 0;
    double rows = 0;
    double references = 0;  // variance that the references of earlier looks add
    double run = 0;
    const std::size_t most = std::min(end, scale.longest);
    double inflation = 1;
    for (std::size_t count = 1; count <= most; ++count) {
      if (count == 1 || std::has_single_bit(count - 1)) inflation = scale.inflation(count);
      const Stretch& stretch = history.stretches[end - count];
      if (scale.seasonal && count > 1 && stretch.look != history.stretches[end - count + 1].look) {
        references += run * run / history.stretches[end - count + 1].reference;
        run = 0;
      }
      excess += stretch.excess;
      rows += stretch.rows;
      run += stretch.rows;
      if (rows <= 0) continue;
      const double variance = scale.unit * (rows * inflation + references + run * run / stretch.reference);
      if (excess * excess <= height * height * variance) continue;
      const double z = unskewed(excess / std::sqrt(variance), scale.skewness * std::sqrt(inflation / rows));
      if (z <= height) continue;
      height = z;
      best.auc = 0.5 + excess / rows;
      best.rows = static_cast<std::uint64_t>(rows);
      best.reference_rows = stretch.reference;
    }
  }
  best.p_value =
      std::min(1.0, static_cast<double>(fresh) * stats::suffix_scan_rate(height, static_cast<double>(scale.longest)));
  return best;
}

void Accumulation::forget(History& history, const Scale& scale) {
  auto& stretches = history.stretches;
  if (stretches.size() > scale.longest)
    stretches.erase(stretches.begin(), stretches.end() - static_cast<std::ptrdiff_t>(scale.longest));
  double all = 0;
  double all_rows = 0;
  for (const auto& stretch : stretches) {
    all += stretch.excess;
    all_rows += stretch.rows;
  }
  double newer = 0;
  double newer_rows = 0;
  for (std::size_t count = 1; count < stretches.size(); ++count) {
    newer += stretches[stretches.size() - count].excess;
    newer_rows += stretches[stretches.size() - count].rows;
    if (!std::has_single_bit(count)) continue;
    const double older_rows = all_rows - newer_rows;
    if (newer_rows <= 0 || older_rows <= 0) continue;
    const double apart = newer / newer_rows - (all - newer) / older_rows;
    const double variance =
        scale.unit * (scale.inflation(count) / newer_rows + scale.inflation(stretches.size() - count) / older_rows);
    if (apart * apart <= change_within * change_within * variance) continue;
    stretches.erase(stretches.begin(), stretches.end() - static_cast<std::ptrdiff_t>(count));
    return;
  }
}

bool Accumulation::take(const Reference& reference, const Calibration& calibration, std::span<const ColumnView> window,
                        std::uint64_t fresh, std::uint64_t window_rows) {
  const std::uint64_t stretch_rows = rows_of_stretch(window_rows);
  if (fresh < stretch_rows) return false;
  ++looks_;
  for (const auto& view : window) {
    const ColumnReference* column = reference.find(view.name);
    if (column == nullptr || !column->comparable || column->kind != ColumnKind::numeric ||
        view.kind != ColumnKind::numeric || column->sample.distinct().size() < 2)
      continue;
    const std::uint64_t rows = std::min<std::uint64_t>(fresh, view.numbers.size());
    const std::uint64_t count = rows / stretch_rows;
    if (count == 0) continue;
    const ColumnCalibration& learned = calibration.of(view.name);
    Scale scale;
    scale.growth = learned.stretches;
    const std::size_t known = learned.stretches.empty() ? 0 : std::size_t{1} << (learned.stretches.size() - 1);
    scale.longest = std::max<std::size_t>(window_rows / stretch_rows, known);
    scale.of_window = learned.inflation.location;
    scale.unit = (1 - column->sample.tied()) / 12;
    scale.skewness = skewness_of(column->sample);
    scale.seasonal = learned.seasonal;

    auto found = columns_.find(view.name);
    if (found == columns_.end()) found = columns_.emplace(std::string(view.name), History{}).first;
    History& history = found->second;
    const auto newest = view.numbers.last(rows);
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t from = i * rows / count;
      const auto ranks = stats::rank_sum(column->sample, newest.subspan(from, (i + 1) * rows / count - from));
      history.stretches.push_back({(ranks.auc - 0.5) * static_cast<double>(ranks.current_n),
                                   static_cast<std::uint32_t>(ranks.current_n),
                                   static_cast<std::uint32_t>(ranks.reference_n), looks_});
    }
    history.newest = strongest(history, count, scale);
    history.look = looks_;
    forget(history, scale);
  }
  return true;
}

const Shift* Accumulation::of(std::string_view column) const {
  const auto found = columns_.find(column);
  return found == columns_.end() || found->second.look != looks_ ? nullptr : &found->second.newest;
}

}  // namespace perennial::drift
