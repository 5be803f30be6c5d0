#include "app/report/replay_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "app/report/escape.hpp"
#include "app/report/page.hpp"
#include "app/report/words.hpp"

namespace perennial::app {
namespace {

using svg::Chart;
using svg::Marker;
using svg::Point;

constexpr std::size_t bold_points = 50;
constexpr double row_px = 24;
constexpr double bar_px = 12;

struct Shape {
  double width;
  double left;
  std::size_t ticks;
  std::size_t name_characters;
};
constexpr Shape wide{960, 130, 8, 18};
constexpr Shape narrow{380, 96, 3, 13};

std::string x_name(const Shape& shape) { return shape.width > 500 ? "row of the file" : "row"; }

/// The mean of each point and its neighbours before it, `window` in all; what is not known is left out.
std::vector<Point> smoothed(const std::vector<Point>& points, std::size_t window) {
  std::vector<Point> smooth;
  for (std::size_t i = 0; i < points.size(); ++i) {
    double sum = 0;
    std::size_t n = 0;
    for (std::size_t j = i + 1 >= window ? i + 1 - window : 0; j <= i; ++j) {
      if (!std::isfinite(points[j].y)) continue;
      sum += points[j].y;
      ++n;
    }
    smooth.push_back({points[i].x, n == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(n)});
  }
  return smooth;
}

/// Wide enough for all bold lines and for all but the wildest of the thin ones.
svg::Range y_range(std::vector<double> thin, const std::vector<double>& bold) {
  std::sort(thin.begin(), thin.end());
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  const auto widen = [&](double value) { low = std::min(low, value), high = std::max(high, value); };
  if (!thin.empty()) {
    const std::size_t cut = thin.size() / 50;
    widen(thin[cut]);
    widen(thin[thin.size() - 1 - cut]);
  }
  for (const double value : bold) widen(value);
  svg::Range range = svg::range_of(low, high);
  const double pad = 0.06 * (range.high - range.low);
  const bool share = range.low >= 0 && range.high <= 1;
  range = {range.low - pad, range.high + pad};
  if (share) range = {std::max(range.low, 0.0), std::min(range.high, 1.0)};
  else if (low >= 0) range.low = std::max(range.low, 0.0);
  return range;
}

void collect(const std::vector<Point>& points, std::vector<double>& into) {
  for (const auto& point : points)
    if (std::isfinite(point.y)) into.push_back(point.y);
}

std::string draw_metric(const ReplayPage& page, const Timeline& timeline, const Shape& shape) {
  std::vector<Point> served, never;
  for (const auto& point : page.points) {
    served.push_back({static_cast<double>(point.row), point.score});
    never.push_back({static_cast<double>(point.row), point.never_retrain});
  }
  const std::size_t window = smoothing_of(page.points.size());
  const auto served_bold = smoothed(served, window);
  const auto never_bold = smoothed(never, window);
  std::vector<double> thin, bold;
  if (window > 1) collect(served, thin);
  collect(served_bold, bold);
  collect(never_bold, bold);

  const double height = shape.width > 500 ? 340 : 260;
  Chart chart({shape.width, height, 54, 14, 24, 38}, {timeline.first, timeline.last}, y_range(thin, bold),
              "The metric over time",
              "Served answers against a first version that is never retrained, with the champions as bands.");
  bool tint = false;
  for (const auto& reign : timeline.reigns) {
    chart.band(reign.from, reign.to, tint ? "b" : "a", reign.version,
               fmt::format("Version {} served rows {} to {}{}", reign.version, number_in_words(reign.from),
                           number_in_words(reign.to), reign.by_rollback ? ", after a rollback" : ""));
    tint = !tint;
  }
  chart.y_axis("");
  chart.x_axis(x_name(shape), shape.ticks);
  for (std::size_t i = 1; i < timeline.reigns.size(); ++i)
    chart.upright(timeline.reigns[i].from, timeline.reigns[i].by_rollback ? "back" : "");
  chart.line(never_bold, "never");
  if (window > 1) chart.line(served, "faint");
  chart.line(served_bold, "served");
  for (std::size_t i = 1; i < timeline.reigns.size(); ++i) {
    const Reign& reign = timeline.reigns[i];
    chart.marker(reign.from, chart.plot_height() - 8, reign.by_rollback ? Marker::down : Marker::up,
                 reign.by_rollback ? "bad" : "good",
                 fmt::format("Row {}: {} version {}", number_in_words(reign.from),
                             reign.by_rollback ? "rolled back to" : "promoted", reign.version));
  }
  return chart.finish();
}

std::string draw_drift(const Timeline& timeline, const Shape& shape) {
  const std::size_t shown = std::min(timeline.drifted.size(), replay_html_drift_columns);
  const double height = row_px * static_cast<double>(shown);
  Chart chart({shape.width, height + 50, shape.left, 14, 8, 42}, {timeline.first, timeline.last}, {0, 1},
              "Drift over time",
              "A strip per column, coloured while its values differ from the champion's training data.");
  for (std::size_t i = 1; i < timeline.reigns.size(); ++i)
    chart.upright(timeline.reigns[i].from, timeline.reigns[i].by_rollback ? "back" : "");
  for (std::size_t i = 0; i < shown; ++i) {
    const DriftedColumn& column = timeline.drifted[i];
    const double middle = row_px * (static_cast<double>(i) + 0.5);
    chart.row_label(middle, shortened(column.column, shape.name_characters));
    chart.row_line(middle + row_px / 2);
    for (const auto& stretch : column.stretches)
      chart.strip(stretch.from, stretch.to, middle - bar_px / 2, bar_px, stretch.css, stretch.tooltip);
  }
  chart.x_axis(x_name(shape), shape.ticks);
  return chart.finish();
}

std::string draw_lanes(const Timeline& timeline, const Shape& shape) {
  const double lane_px = 30;
  const double height = lane_px * static_cast<double>(timeline.lanes.size());
  Chart chart({shape.width, height + 50, shape.left, 14, 8, 42}, {timeline.first, timeline.last}, {0, 1},
              "What the loop did", "Alarms, decisions, trainings, gates and rollouts in the order of the file's rows.");
  for (std::size_t i = 0; i < timeline.lanes.size(); ++i) {
    const Lane& lane = timeline.lanes[i];
    const double middle = lane_px * (static_cast<double>(i) + 0.5);
    chart.row_label(middle, lane.name);
    chart.row_line(middle + lane_px / 2);
    for (const auto& stretch : lane.stretches)
      chart.strip(stretch.from, stretch.to, middle - bar_px / 2, bar_px, stretch.css, stretch.tooltip);
    for (const auto& mark : lane.marks) chart.marker(mark.row, middle, mark.shape, mark.css, mark.tooltip);
  }
  chart.x_axis(x_name(shape), shape.ticks);
  return chart.finish();
}

}  // namespace

std::size_t smoothing_of(std::size_t points) { return std::max<std::size_t>(points / bold_points, 1); }

std::string metric_chart(const ReplayPage& page, const Timeline& timeline) {
  if (page.points.empty()) return "<p>No labelled rows were scored, so there is nothing to draw.</p>";
  std::vector<std::pair<std::string, std::string>> keys{
      {svg::legend_line("served"), "served answers"},
      {svg::legend_line("never"), "the first version, never retrained"}};
  const std::size_t window = smoothing_of(page.points.size());
  if (window > 1)
    keys.push_back(
        {svg::legend_line("faint"), fmt::format("served, each window by itself (bold: mean of the last {})", window)});
  const bool promoted = timeline.reigns.size() > 1;
  const bool back =
      std::any_of(timeline.reigns.begin(), timeline.reigns.end(), [](const auto& reign) { return reign.by_rollback; });
  if (promoted) keys.push_back({svg::legend_marker(Marker::up, "good"), "promotion"});
  if (back) keys.push_back({svg::legend_marker(Marker::down, "bad"), "rollback"});
  return html_legend(keys) + html_chart(draw_metric(page, timeline, wide), draw_metric(page, timeline, narrow));
}

std::string drift_chart(const Timeline& timeline) {
  if (timeline.drifted.empty()) return {};
  std::vector<std::pair<std::string, std::string>> keys{
      {svg::legend_box("drift weak"), "slight (statistic below 0.25)"},
      {svg::legend_box("drift medium"), "clear (below 1)"},
      {svg::legend_box("drift"), "strong (1 or more)"}};
  return html_legend(keys) + html_chart(draw_drift(timeline, wide), draw_drift(timeline, narrow));
}

std::string lanes_chart(const Timeline& timeline) {
  const std::vector<std::pair<std::string, std::string>> keys{
      {svg::legend_marker(Marker::diamond, ""), "retrain"},
      {svg::legend_marker(Marker::dot, "skip"), "no retrain, with a new reason"},
      {svg::legend_box("job"), "training"},
      {svg::legend_marker(Marker::dot, "good"), "gates passed"},
      {svg::legend_marker(Marker::cross, ""), "gates or training failed"},
      {svg::legend_marker(Marker::diamond, "open"), "not decidable"},
      {svg::legend_box("shadow"), "shadow"},
      {svg::legend_box("canary"), "canary"},
      {svg::legend_box("watch"), "watched after promotion"},
      {svg::legend_marker(Marker::up, "good"), "promoted"},
      {svg::legend_marker(Marker::down, "bad"), "taken back"}};
  return html_legend(keys) + html_chart(draw_lanes(timeline, wide), draw_lanes(timeline, narrow));
}

}  // namespace perennial::app
