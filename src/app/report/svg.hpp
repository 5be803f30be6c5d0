#pragma once
// The chart primitives of the HTML reports: plain SVG text, coloured by the classes of report/page.hpp.
//
// Every chart has a title and a description for screen readers; every mark may have a tooltip that needs no script.
// The palette is Okabe and Ito's (2008), told apart by all common kinds of colour vision; no meaning is in colour
// alone (dashes, shapes and labels repeat it).

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace perennial::app::svg {

/// About `about` round numbers (1, 2 or 5 times a power of ten apart) within [low, high]. One number where low == high;
/// none where a bound is not finite.
std::vector<double> ticks(double low, double high, std::size_t about);
/// Labels of ticks: as many places as their distance needs, thousands separated.
std::vector<std::string> tick_labels(std::span<const double> ticks);

/// A range of data on an axis. Not finite or empty ranges become [0, 1]; low == high is widened.
struct Range {
  double low = 0;
  double high = 1;
};
Range range_of(double low, double high);

struct Point {
  double x = 0;
  double y = 0;  ///< NaN: the line has a gap
};

enum class Marker { up, down, dot, cross, diamond };

struct Size {
  double width = 960;
  double height = 300;
  double left = 54;
  double right = 14;
  double top = 12;
  double bottom = 38;
};

/// One chart. x and y are in data units and clamped to the ranges; `css` is one or more class names of our own.
/// Texts are escaped here.
class Chart {
 public:
  Chart(Size size, Range x, Range y, std::string_view title, std::string_view description);

  void x_axis(std::string_view label, std::size_t about = 8);
  void y_axis(std::string_view label, std::size_t about = 5);
  void line(std::span<const Point> points, std::string_view css);
  /// A line that keeps each y until the next x.
  void step(std::span<const Point> points, std::string_view css);
  /// The full height of the plot between two x, with a label above it where there is room.
  void band(double from, double to, std::string_view css, std::string_view label, std::string_view tooltip);
  /// A bar between two x; `top` and `height` in pixels from the plot's top. At least 2 pixels wide.
  void strip(double from, double to, double top, double height, std::string_view css, std::string_view tooltip);
  /// Bars of a histogram: bin i spans ends[i] … ends[i + 1] and is heights[i] high.
  void histogram(std::span<const double> ends, std::span<const double> heights, std::string_view css);
  void upright(double x, std::string_view css);
  /// `top` in pixels from the plot's top.
  void marker(double x, double top, Marker shape, std::string_view css, std::string_view tooltip);
  /// A name at the left of the plot; `top` in pixels from the plot's top.
  void row_label(double top, std::string_view text);
  void row_line(double top);
  /// Free text at a place in pixels; anchor: start, middle, end.
  void text(double x, double y, std::string_view anchor, std::string_view css, std::string_view words);

  double plot_width() const { return size_.width - size_.left - size_.right; }
  double plot_height() const { return size_.height - size_.top - size_.bottom; }
  std::string finish() const;

 private:
  double px(double x) const;
  double py(double y) const;
  void element(std::string_view open, std::string_view name, std::string_view tooltip);

  Size size_;
  Range x_;
  Range y_;
  std::string head_;
  std::string body_;
};

/// A small sample for a legend: the same class drawn as a line, a box or a marker.
std::string legend_line(std::string_view css);
std::string legend_box(std::string_view css);
std::string legend_marker(Marker shape, std::string_view css);

}  // namespace perennial::app::svg
