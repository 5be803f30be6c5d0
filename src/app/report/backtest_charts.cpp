#include "app/report/backtest_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "app/report/body.hpp"
#include "app/report/escape.hpp"
#include "app/report/page.hpp"
#include "app/report/svg.hpp"
#include "app/report/words.hpp"

namespace perennial::app {
namespace {

using svg::Chart;
using svg::Marker;
using svg::Point;

constexpr std::size_t colours = 8;
constexpr std::size_t drawn_points = 50;
constexpr double lane_px = 26;
constexpr double character_px = 6.3;

struct Shape {
  double width;
  double height;
  double left;
  std::size_t ticks;
  std::size_t name_characters;
};
constexpr Shape wide{960, 340, 140, 8, 19};
constexpr Shape narrow{380, 280, 110, 3, 15};

bool is_oracle(const BacktestLine& line) { return line.run.policy == "oracle"; }

/// `a` at least as good as `b`.
bool as_good(const Backtest& backtest, double a, double b) { return backtest.higher_is_better ? a >= b : a <= b; }

/// Means of neighbouring points, so that about drawn_points are left; what is not known is left out.
std::vector<Point> thinned(const std::vector<ScorePoint>& points) {
  const std::size_t group = std::max<std::size_t>((points.size() + drawn_points - 1) / drawn_points, 1);
  std::vector<Point> thin;
  for (std::size_t from = 0; from < points.size(); from += group) {
    const std::size_t to = std::min(from + group, points.size());
    double sum = 0;
    std::size_t known = 0;
    for (std::size_t i = from; i < to; ++i) {
      if (!std::isfinite(points[i].score)) continue;
      sum += points[i].score;
      ++known;
    }
    const double middle = (static_cast<double>(points[from].row) + static_cast<double>(points[to - 1].row)) / 2;
    thin.push_back({middle, known == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(known)});
  }
  return thin;
}

struct Extent {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  svg::Range padded(double share) const {
    const svg::Range range = svg::range_of(low, high);
    const double pad = share * (range.high - range.low);
    return {range.low - pad, range.high + pad};
  }
};

/// Where a name of `width` pixels can stand beside a mark without covering a mark or another name.
struct Label {
  double x = 0;
  double y = 0;
  double width = 0;
  bool meets(const Label& other) const {
    return x < other.x + other.width && other.x < x + width && std::abs(y - other.y) < 13;
  }
};

/// The nearest free place right or left of the mark, else further up or down.
Label place(double px, double py, double width, double right_edge, const std::vector<Label>& taken) {
  for (const double shift : {0.0, 13.0, -13.0, 26.0, -26.0, 39.0, -39.0, 52.0, -52.0})
    for (const bool right : {true, false}) {
      const Label label{right ? px + 9 : px - 9 - width, py + shift, width};
      if (label.x < 0 || label.x + width > right_edge) continue;
      if (std::none_of(taken.begin(), taken.end(), [&](const Label& other) { return label.meets(other); }))
        return label;
    }
  return {px + 9, py, width};
}

std::string draw_pareto(const Backtest& backtest, const std::string& chosen, const Shape& shape) {
  Extent scores, retrains;
  retrains.add(0);
  for (const auto& line : backtest.lines) {
    scores.add(line.run.score);
    retrains.add(static_cast<double>(line.run.retrains));
  }
  const svg::Size size{shape.width, shape.height, 58, 18, 14, 40};
  const svg::Range x{-0.03 * std::max(retrains.high, 1.0), 1.06 * std::max(retrains.high, 1.0)};
  const svg::Range y = scores.padded(0.1);
  Chart chart(size, x, y, "Score against retrains",
              "One mark per policy; the stepped line joins those that no other beats in both.");
  chart.y_axis("");
  chart.x_axis(fmt::format("retrains (one costs {:g})", backtest.retrain_price), shape.ticks);
  std::vector<Point> front;
  for (const std::size_t i : pareto_front(backtest))
    front.push_back({static_cast<double>(backtest.lines[i].run.retrains), backtest.lines[i].run.score});
  if (!front.empty()) front.push_back({x.high, front.back().y});
  chart.step(front, "front");
  const auto px = [&](double value) { return size.left + (value - x.low) / (x.high - x.low) * chart.plot_width(); };
  const auto py = [&](double value) { return (1 - (value - y.low) / (y.high - y.low)) * chart.plot_height(); };
  std::vector<Label> taken;
  for (const auto& line : backtest.lines)
    taken.push_back({px(static_cast<double>(line.run.retrains)) - 5, size.top + py(line.run.score), 10});
  for (std::size_t i = 0; i < backtest.lines.size(); ++i) {
    const BacktestLine& line = backtest.lines[i];
    if (!std::isfinite(line.run.score)) continue;
    const auto at = static_cast<double>(line.run.retrains);
    chart.marker(
        at, py(line.run.score), is_oracle(line) ? Marker::diamond : Marker::dot, line_css(backtest, i, chosen),
        fmt::format("{}: {} {}, {}, total cost {}", line.run.policy, backtest.metric, number_in_words(line.run.score),
                    count_in_words(line.run.retrains, "retrain"), number_in_words(line.total_cost)));
    const std::string name = shortened(line.run.policy, 24);
    const Label label = place(px(at), size.top + py(line.run.score), character_px * static_cast<double>(name.size()),
                              size.width - 4, taken);
    taken.push_back(label);
    chart.text(label.x, label.y + 4, "start", line.run.policy == chosen ? "note chosen" : "note", name);
  }
  return chart.finish();
}

std::string draw_policies(const Backtest& backtest, const std::string& chosen, const Shape& shape) {
  Extent scores;
  std::vector<std::vector<Point>> lines;
  for (const auto& line : backtest.lines) {
    lines.push_back(thinned(line.run.points));
    for (const auto& point : lines.back()) scores.add(point.y);
  }
  const svg::Range y = scores.padded(0.05);
  Chart chart({shape.width, shape.height, 58, 14, 14, 38},
              {static_cast<double>(backtest.warmup_rows), static_cast<double>(backtest.rows)}, y,
              "The metric over time", "One line per policy.");
  chart.y_axis("");
  chart.x_axis(shape.width > 500 ? "row of the file" : "row", shape.ticks);
  for (const bool bold : {false, true})
    for (std::size_t i = 0; i < lines.size(); ++i)
      if ((backtest.lines[i].run.policy == chosen) == bold) chart.line(lines[i], line_css(backtest, i, chosen));
  return chart.finish();
}

std::string draw_retrains(const Backtest& backtest, const Shape& shape) {
  const double height = lane_px * static_cast<double>(backtest.lines.size());
  Chart chart({shape.width, height + 50, shape.left, 14, 8, 42},
              {static_cast<double>(backtest.warmup_rows), static_cast<double>(backtest.rows)}, {0, 1},
              "When each policy retrained", "A lane per policy: trainings, promotions and rollbacks.");
  for (std::size_t i = 0; i < backtest.lines.size(); ++i) {
    const PolicyRun& run = backtest.lines[i].run;
    const double middle = lane_px * (static_cast<double>(i) + 0.5);
    chart.row_label(middle, shortened(run.policy, shape.name_characters));
    chart.row_line(middle + lane_px / 2);
    for (const auto& entry : run.timeline) {
      const std::string event = text_of(entry, "event");
      const double row = number_of(entry, "row").value_or(0);
      if (row < static_cast<double>(backtest.warmup_rows)) continue;  // the first version
      const std::string place = "Row " + number_in_words(row) + ": ";
      if (event == event_type::job_started) chart.marker(row, middle, Marker::dot, "skip", place + "a training begins");
      if (event == event_type::promoted)
        chart.marker(row, middle, Marker::up, "good", place + "promoted " + text_of(entry, "version"));
      const bool before_promotion = text_of(object_of(entry, "detail"), "outcome") == "rolled_back";
      if (event == event_type::rolled_back || before_promotion)
        chart.marker(row, middle, Marker::down, "bad",
                     place + (before_promotion ? "the challenger was taken back"
                                               : "rolled back to " + text_of(entry, "version")));
    }
  }
  chart.x_axis(shape.width > 500 ? "row of the file" : "row", shape.ticks);
  return chart.finish();
}

}  // namespace

std::string backtest_style() {
  // Okabe and Ito's colours, readable on both backgrounds; the ninth and later lines repeat them with dots.
  return "<style>.p0{--c:#0072b2}.p1{--c:#d55e00}.p2{--c:#009e73}.p3{--c:#cc79a7}.p4{--c:#e69f00}.p5{--c:#56b4e9}"
         ".p6{--c:#8a6d3b}.p7{--c:#7a5cc0}.line.policy{stroke:var(--c);stroke-width:1.5;opacity:.9}"
         ".line.policy.again{stroke-dasharray:2 4}.line.policy.chosen{stroke-width:3.4;opacity:1}"
         ".line.policy.bound{stroke:var(--ink);stroke-dasharray:7 4}.line.front{stroke:var(--grey);stroke-width:1.4;"
         "stroke-dasharray:5 4}.marker.policy{fill:var(--c)}.marker.policy.bound{fill:none;stroke:var(--ink);"
         "stroke-width:1.8}.chart .chosen{font-weight:700}tr.chosen td{font-weight:650}</style>\n";
}

std::string line_css(const Backtest& backtest, std::size_t index, const std::string& chosen) {
  const BacktestLine& line = backtest.lines[index];
  if (is_oracle(line)) return "policy bound";
  return fmt::format("policy p{}{}{}", index % colours, index >= colours ? " again" : "",
                     line.run.policy == chosen ? " chosen" : "");
}

std::vector<std::size_t> pareto_front(const Backtest& backtest) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < backtest.lines.size(); ++i)
    if (!is_oracle(backtest.lines[i]) && std::isfinite(backtest.lines[i].run.score)) order.push_back(i);
  const auto retrains = [&](std::size_t i) { return backtest.lines[i].run.retrains; };
  const auto score = [&](std::size_t i) { return backtest.lines[i].run.score; };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (retrains(a) != retrains(b)) return retrains(a) < retrains(b);
    return score(a) != score(b) && as_good(backtest, score(a), score(b));
  });
  std::vector<std::size_t> front;
  for (const std::size_t i : order)
    if (front.empty() || !as_good(backtest, score(front.back()), score(i))) front.push_back(i);
  return front;
}

std::string pareto_chart(const Backtest& backtest, const std::string& chosen) {
  return html_legend({{svg::legend_line("front"), "nothing that retrains as little scores better"},
                      {svg::legend_marker(Marker::diamond, "policy bound"), "oracle: a bound, not a policy"}}) +
         html_chart(draw_pareto(backtest, chosen, wide), draw_pareto(backtest, chosen, narrow));
}

std::string policies_chart(const Backtest& backtest, const std::string& chosen) {
  std::vector<std::pair<std::string, std::string>> keys;
  for (std::size_t i = 0; i < backtest.lines.size(); ++i)
    keys.push_back({svg::legend_line(line_css(backtest, i, chosen)), backtest.lines[i].run.policy});
  return html_legend(keys) + html_chart(draw_policies(backtest, chosen, wide), draw_policies(backtest, chosen, narrow));
}

std::string retrains_chart(const Backtest& backtest) {
  return html_legend({{svg::legend_marker(Marker::dot, "skip"), "a training begins"},
                      {svg::legend_marker(Marker::up, "good"), "promoted"},
                      {svg::legend_marker(Marker::down, "bad"), "taken back"}}) +
         html_chart(draw_retrains(backtest, wide), draw_retrains(backtest, narrow));
}

}  // namespace perennial::app
