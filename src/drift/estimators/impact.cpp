#include "drift/estimators/impact.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "stats/column_bins.hpp"
#include "stats/moments.hpp"
#include "stats/special.hpp"

namespace perennial::drift {
namespace {

Result<stats::Moments> moments_of(std::span<const ColumnView> columns, std::span<const double> losses,
                                  std::string_view side) {
  for (const ColumnView& column : columns)
    if (column.size() != losses.size())
      return fail(ErrorCode::invalid,
                  fmt::format("{} rows for {} losses of the {}", column.size(), losses.size(), side),
                  std::string(column.name));
  stats::Moments moments;
  for (const double loss : losses) {
    if (std::isinf(loss)) return fail(ErrorCode::invalid, fmt::format("an infinite loss in the {}", side));
    if (!std::isnan(loss)) moments.add(loss);
  }
  if (moments.n() < 2) return fail(ErrorCode::invalid, fmt::format("fewer than two rows with a loss in the {}", side));
  return moments;
}

std::vector<stats::Moments> per_bin(const stats::ColumnBins& bins, const ColumnView& column,
                                    std::span<const double> losses) {
  std::vector<stats::Moments> result(bins.bins());
  const auto assigned = bins.assign(column);
  for (std::size_t i = 0; i < losses.size(); ++i)
    if (!std::isnan(losses[i])) result[assigned[i]].add(losses[i]);
  return result;
}

ColumnImpact impact_of(const ColumnView& reference, std::span<const double> reference_losses, const ColumnView& current,
                       std::span<const double> current_losses, const stats::Moments& all_reference,
                       const stats::Moments& all_current) {
  const auto bins =
      stats::ColumnBins::of(reference, reference.kind == ColumnKind::numeric ? impact_bins : impact_values);
  const auto before = per_bin(bins, reference, reference_losses);
  const auto after = per_bin(bins, current, current_losses);
  const double n = static_cast<double>(all_reference.n());
  const double m = static_cast<double>(all_current.n());
  ColumnImpact impact;
  impact.column = reference.name;
  double mean_before = 0;
  double mean_after = 0;
  double square_before = 0;
  double square_after = 0;
  double of_levels = 0;
  for (std::size_t b = 0; b < before.size(); ++b) {
    const double r = static_cast<double>(before[b].n()) / n;
    const double c = static_cast<double>(after[b].n()) / m;
    if (r == 0 && c == 0) continue;
    const stats::Moments& level = before[b].n() > 0 ? before[b] : after[b];
    const double loss = level.mean() - all_reference.mean();
    impact.effect += (c - r) * loss;
    mean_before += r * loss;
    mean_after += c * loss;
    square_before += r * loss * loss;
    square_after += c * loss * loss;
    // A bin of one row says nothing of its own variance; that of all rows stands in.
    const double variance = level.n() > 1 ? level.variance() : all_reference.variance();
    of_levels += (c - r) * (c - r) * variance / static_cast<double>(level.n());
  }
  impact.standard_error = std::sqrt(std::max(square_before - mean_before * mean_before, 0.0) / n +
                                    std::max(square_after - mean_after * mean_after, 0.0) / m + of_levels);
  return impact;
}

}  // namespace

Result<ImpactReport> rank_by_impact(std::span<const ColumnView> reference, std::span<const double> reference_losses,
                                    std::span<const ColumnView> current, std::span<const double> current_losses,
                                    const DriftReport& drift) {
  ASSIGN_OR_RETURN(const stats::Moments before, moments_of(reference, reference_losses, "reference"));
  ASSIGN_OR_RETURN(const stats::Moments after, moments_of(current, current_losses, "current window"));
  ImpactReport report;
  report.reference_loss = before.mean();
  report.current_loss = after.mean();
  report.change = after.mean() - before.mean();
  report.standard_error = std::hypot(before.standard_error(), after.standard_error());
  for (const ColumnView& column : reference) {
    const auto match = std::ranges::find(current, column.name, &ColumnView::name);
    if (match == current.end() || match->kind != column.kind) continue;
    report.columns.push_back(impact_of(column, reference_losses, *match, current_losses, before, after));
  }
  const double tested = static_cast<double>(std::max<std::size_t>(report.columns.size(), 1));
  const double beyond = stats::normal_quantile(1 - impact_level / 2 / tested);
  for (ColumnImpact& column : report.columns) {
    column.share = report.change == 0 ? 0 : column.effect / std::abs(report.change);
    column.material = std::abs(column.effect) > beyond * column.standard_error;
    column.drifts = std::ranges::find(drift.drifting_columns, column.column) != drift.drifting_columns.end();
  }
  std::sort(report.columns.begin(), report.columns.end(), [](const ColumnImpact& a, const ColumnImpact& b) {
    return a.effect != b.effect ? a.effect > b.effect : a.column < b.column;
  });
  return report;
}

Json to_json(const ImpactReport& report) {
  Json columns = Json::array();
  for (const ColumnImpact& column : report.columns)
    columns.push_back({{"column", column.column},
                       {"effect", column.effect},
                       {"standard_error", column.standard_error},
                       {"share", column.share},
                       {"material", column.material},
                       {"drifts", column.drifts}});
  return {{"reference_loss", report.reference_loss},
          {"current_loss", report.current_loss},
          {"change", report.change},
          {"standard_error", report.standard_error},
          {"columns", std::move(columns)}};
}

}  // namespace perennial::drift
