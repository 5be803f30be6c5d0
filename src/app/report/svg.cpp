#include "app/report/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/report/escape.hpp"

namespace perennial::app::svg {
namespace {

constexpr double label_px = 6.6;  // of one character of a band's label, on average
constexpr double narrowest_strip_px = 2;

/// A coordinate, to a tenth of a pixel.
std::string at(double pixels) {
  if (std::abs(pixels) < 0.05) pixels = 0;  // never "-0"
  std::string text = fmt::format("{:.1f}", pixels);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string grouped(double value, int places) {
  std::string text = fmt::format("{:.{}f}", std::abs(value), places);
  std::ptrdiff_t digits = static_cast<std::ptrdiff_t>(std::min(text.find('.'), text.size()));
  if (digits > 4)
    for (digits -= 3; digits > 0; digits -= 3) text.insert(static_cast<std::size_t>(digits), ",");
  return (value < 0 ? "-" : "") + text;
}

std::string marker_path(Marker shape, double x, double y) {
  const auto move = [&](double dx, double dy) { return at(x + dx) + " " + at(y + dy); };
  switch (shape) {
    case Marker::up: return fmt::format("M{}L{}L{}Z", move(0, -5), move(5, 4), move(-5, 4));
    case Marker::down: return fmt::format("M{}L{}L{}Z", move(0, 5), move(5, -4), move(-5, -4));
    case Marker::diamond: return fmt::format("M{}L{}L{}L{}Z", move(0, -5), move(5, 0), move(0, 5), move(-5, 0));
    case Marker::cross: return fmt::format("M{}L{}M{}L{}", move(-4, -4), move(4, 4), move(-4, 4), move(4, -4));
    case Marker::dot: break;
  }
  return fmt::format("M{}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0Z", move(-3.5, 0));
}

std::string marker_css(Marker shape) { return shape == Marker::cross ? "cross " : ""; }

}  // namespace

std::vector<double> ticks(double low, double high, std::size_t about) {
  if (!std::isfinite(low) || !std::isfinite(high)) return {};
  if (low > high) std::swap(low, high);
  if (low == high) return {low};
  const double rough = (high - low) / static_cast<double>(std::max<std::size_t>(about, 1));
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0})
    if (rough <= factor * power * (1 + 1e-9)) {
      step = factor * power;
      break;
    }
  std::vector<double> found;
  const double slack = step * 1e-9;
  for (double k = std::ceil((low - slack) / step); k * step <= high + slack && found.size() < 50; ++k)
    found.push_back(k == 0 ? 0.0 : k * step);
  return found;
}

std::vector<std::string> tick_labels(std::span<const double> ticks_shown) {
  const double step = ticks_shown.size() > 1 ? std::abs(ticks_shown[1] - ticks_shown[0]) : 0;
  double largest = 0;
  for (const double tick : ticks_shown) largest = std::max(largest, std::abs(tick));
  std::vector<std::string> labels;
  const bool plain = largest < 1e9 && (step == 0 || step >= 1e-6);
  const int places = step > 0 && step < 1 ? static_cast<int>(std::ceil(-std::log10(step) - 1e-9)) : 0;
  for (const double tick : ticks_shown)
    labels.push_back(step == 0 || !plain ? fmt::format("{:.4g}", tick) : grouped(tick, places));
  return labels;
}

Range range_of(double low, double high) {
  if (!std::isfinite(low) || !std::isfinite(high)) return {0, 1};
  if (low > high) std::swap(low, high);
  if (low == high) {
    const double pad = low == 0 ? 0.5 : std::abs(low) * 0.05;
    return {low - pad, high + pad};
  }
  return {low, high};
}

Chart::Chart(Size size, Range x, Range y, std::string_view title, std::string_view description)
    : size_(size), x_(range_of(x.low, x.high)), y_(range_of(y.low, y.high)) {
  head_ = fmt::format("<svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\"><desc>{}</desc>",
                      at(size_.width), at(size_.height), escaped(title), escaped(description));
}

double Chart::px(double x) const {
  const double share = std::clamp((x - x_.low) / (x_.high - x_.low), 0.0, 1.0);
  return size_.left + share * plot_width();
}

double Chart::py(double y) const {
  const double share = std::clamp((y - y_.low) / (y_.high - y_.low), 0.0, 1.0);
  return size_.top + (1 - share) * plot_height();
}

void Chart::element(std::string_view open, std::string_view name, std::string_view tooltip) {
  if (tooltip.empty()) body_ += fmt::format("<{}/>", open);
  else body_ += fmt::format("<{}><title>{}</title></{}>", open, escaped(tooltip), name);
}

void Chart::x_axis(std::string_view label, std::size_t about) {
  const double bottom = size_.height - size_.bottom;
  const auto places = ticks(x_.low, x_.high, about);
  const auto labels = tick_labels(places);
  body_ +=
      fmt::format("<path class=\"axis\" d=\"M{} {}H{}\"/>", at(size_.left), at(bottom), at(size_.width - size_.right));
  for (std::size_t i = 0; i < places.size(); ++i) {
    const double x = px(places[i]);
    body_ += fmt::format("<path class=\"axis\" d=\"M{} {}v4\"/>", at(x), at(bottom));
    text(x, bottom + 16, "middle", "tick", labels[i]);
  }
  if (!label.empty()) text(size_.width - size_.right, size_.height - 4, "end", "axis-name", label);
}

void Chart::y_axis(std::string_view label, std::size_t about) {
  const auto places = ticks(y_.low, y_.high, about);
  const auto labels = tick_labels(places);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const double y = py(places[i]);
    body_ +=
        fmt::format("<path class=\"grid\" d=\"M{} {}H{}\"/>", at(size_.left), at(y), at(size_.width - size_.right));
    text(size_.left - 6, y + 4, "end", "tick", labels[i]);
  }
  if (!label.empty()) text(size_.left, size_.height - 4, "start", "axis-name", label);
}

void Chart::line(std::span<const Point> points, std::string_view css) {
  std::string path;
  bool pen_down = false;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point& point = points[i];
    if (!std::isfinite(point.y) || !std::isfinite(point.x)) {
      pen_down = false;
      continue;
    }
    path += fmt::format("{}{} {}", pen_down ? 'L' : 'M', at(px(point.x)), at(py(point.y)));
    const bool alone = !pen_down && (i + 1 == points.size() || !std::isfinite(points[i + 1].y));
    if (alone) path += "h0.1";  // round caps show a point that has no neighbours
    pen_down = true;
  }
  if (!path.empty()) element(fmt::format("path class=\"line {}\" d=\"{}\"", css, path), "path", {});
}

void Chart::step(std::span<const Point> points, std::string_view css) {
  std::vector<Point> corners;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i > 0 && std::isfinite(points[i - 1].y) && std::isfinite(points[i].y))
      corners.push_back({points[i].x, points[i - 1].y});
    corners.push_back(points[i]);
  }
  line(corners, css);
}

void Chart::band(double from, double to, std::string_view css, std::string_view label, std::string_view tooltip) {
  const double left = px(from);
  const double width = std::max(px(to) - left, 0.5);
  element(fmt::format("rect class=\"band {}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"", css, at(left),
                      at(size_.top), at(width), at(plot_height())),
          "rect", tooltip);
  if (!label.empty() && static_cast<double>(label.size()) * label_px + 6 <= width)
    text(left + width / 2, size_.top - 6, "middle", "band-name", label);
}

void Chart::strip(double from, double to, double top, double height, std::string_view css, std::string_view tooltip) {
  const double width = std::max(px(to) - px(from), narrowest_strip_px);
  const double left = std::min(px(from), size_.width - size_.right - width);
  element(fmt::format("rect class=\"strip {}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"2\"", css, at(left),
                      at(size_.top + top), at(width), at(height)),
          "rect", tooltip);
}

void Chart::histogram(std::span<const double> ends, std::span<const double> heights, std::string_view css) {
  if (ends.size() != heights.size() + 1) return;
  std::string path;
  const double floor = py(y_.low);
  for (std::size_t i = 0; i < heights.size(); ++i) {
    if (!(heights[i] > 0)) continue;
    path +=
        fmt::format("M{} {}V{}H{}V{}Z", at(px(ends[i])), at(floor), at(py(heights[i])), at(px(ends[i + 1])), at(floor));
  }
  if (!path.empty()) element(fmt::format("path class=\"bars {}\" d=\"{}\"", css, path), "path", {});
}

void Chart::upright(double x, std::string_view css) {
  body_ +=
      fmt::format("<path class=\"upright {}\" d=\"M{} {}v{}\"/>", css, at(px(x)), at(size_.top), at(plot_height()));
}

void Chart::marker(double x, double top, Marker shape, std::string_view css, std::string_view tooltip) {
  element(fmt::format("path class=\"marker {}{}\" d=\"{}\"", marker_css(shape), css,
                      marker_path(shape, px(x), size_.top + top)),
          "path", tooltip);
}

void Chart::row_label(double top, std::string_view words) {
  text(size_.left - 8, size_.top + top + 4, "end", "row-name", words);
}

void Chart::row_line(double top) {
  body_ += fmt::format("<path class=\"grid\" d=\"M{} {}H{}\"/>", at(size_.left), at(size_.top + top),
                       at(size_.width - size_.right));
}

void Chart::text(double x, double y, std::string_view anchor, std::string_view css, std::string_view words) {
  body_ += fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>", css, at(x), at(y), anchor,
                       escaped(words));
}

std::string Chart::finish() const { return head_ + body_ + "</svg>\n"; }

std::string legend_line(std::string_view css) {
  return fmt::format(
      "<svg class=\"key\" viewBox=\"0 0 26 12\" aria-hidden=\"true\"><path class=\"line {}\" d=\"M2 6H24\"/></svg>",
      css);
}

std::string legend_box(std::string_view css) {
  return fmt::format(
      "<svg class=\"key\" viewBox=\"0 0 26 12\" aria-hidden=\"true\"><rect class=\"strip {}\" x=\"4\" y=\"1\" "
      "width=\"18\" height=\"10\" rx=\"2\"/></svg>",
      css);
}

std::string legend_marker(Marker shape, std::string_view css) {
  return fmt::format(
      "<svg class=\"key\" viewBox=\"0 0 26 12\" aria-hidden=\"true\"><path class=\"marker {}{}\" d=\"{}\"/></svg>",
      marker_css(shape), css, marker_path(shape, 13, 6));
}

}  // namespace perennial::app::svg
