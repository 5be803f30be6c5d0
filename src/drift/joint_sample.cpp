#include "drift/joint_sample.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/rng.hpp"
#include "drift/reference.hpp"
#include "stats/moments.hpp"

namespace perennial::drift {
namespace {

constexpr double farthest = 10;
constexpr float missing = std::numeric_limits<float>::quiet_NaN();
constexpr float never_seen = -1;

std::size_t rows_of(std::span<const ColumnView> columns) {
  std::size_t rows = 0;
  for (const auto& column : columns) rows = std::max(rows, column.size());
  return rows;
}

/// At most joint_rows of [0, rows), ascending (Knuth's algorithm S: no array of all rows).
std::vector<std::size_t> draw(std::size_t rows, std::uint64_t seed, const std::string& purpose) {
  Rng rng = Rng(seed).fork(purpose);
  std::vector<std::size_t> drawn;
  std::size_t wanted = std::min(rows, joint_rows);
  for (std::size_t row = 0; wanted > 0; ++row)
    if (rng.below(rows - row) < wanted) {
      drawn.push_back(row);
      --wanted;
    }
  return drawn;
}

}  // namespace

std::vector<float> JointSample::places(const Axis& axis, const ColumnView& column, std::span<const std::size_t> rows) {
  std::vector<float> result;
  result.reserve(rows.size());
  for (const std::size_t row : rows) {
    if (row >= column.size()) {
      result.push_back(missing);
    } else if (axis.kind == ColumnKind::numeric) {
      const double from_mean = column.numbers[row] - axis.mean;
      const double place = axis.deviation > 0 ? from_mean / axis.deviation
                           : from_mean > 0    ? 1
                           : from_mean < 0    ? -1
                                              : from_mean;
      result.push_back(static_cast<float>(std::clamp(place, -farthest, farthest)));
    } else {
      const std::int32_t code = column.codes[row];
      const bool known =
          column.dictionary != nullptr && code >= 0 && static_cast<std::size_t>(code) < column.dictionary->size();
      const std::int64_t place = known ? axis.categories->find(column.dictionary->value(code)) : 0;
      result.push_back(!known ? missing : place < 0 ? never_seen : static_cast<float>(place));
    }
  }
  return result;
}

JointSample::JointSample(std::span<const ColumnView> columns,
                         std::span<const std::shared_ptr<const ColumnReference>> prepared, std::uint64_t seed) {
  const auto rows = draw(rows_of(columns), seed, "reference");
  rows_ = rows.size();
  for (std::size_t c = 0; c < std::min(columns.size(), prepared.size()); ++c) {
    Axis axis{std::string(columns[c].name), columns[c].kind, 0, 0, {prepared[c], &prepared[c]->categories}, {}};
    stats::Moments moments;
    for (const double value : columns[c].numbers)
      if (std::isfinite(value)) moments.add(value);
    axis.mean = std::isfinite(moments.mean()) ? moments.mean() : 0;
    axis.deviation = std::isfinite(moments.deviation()) ? moments.deviation() : 0;
    axis.rows = places(axis, columns[c], rows);
    axes_.push_back(std::move(axis));
  }
}

Pairs JointSample::pairs_with(std::span<const ColumnView> current, std::uint64_t seed) const {
  const auto rows = draw(rows_of(current), seed, "current");
  Pairs pairs{{}, rows_, rows.size()};
  const std::size_t points = rows_ + rows.size();
  pairs.squared_distances.resize(points * points);
  for (const auto& axis : axes_) {
    const auto column = std::ranges::find_if(
        current, [&](const ColumnView& view) { return view.name == axis.name && view.kind == axis.kind; });
    if (column == current.end()) continue;
    std::vector<float> all = axis.rows;
    const auto now = places(axis, *column, rows);
    all.insert(all.end(), now.begin(), now.end());
    for (std::size_t i = 0; i < points; ++i) {
      float* row = pairs.squared_distances.data() + i * points;
      const float a = all[i];
      const bool lacks = std::isnan(a);
      for (std::size_t j = 0; j < i; ++j) {
        const float b = all[j];
        const float apart = a - b;
        const float square = axis.kind == ColumnKind::numeric ? apart * apart : apart != 0 ? 1.0f : 0.0f;
        row[j] += lacks || std::isnan(b) ? (lacks && std::isnan(b) ? 0.0f : 1.0f) : square;
      }
    }
  }
  for (std::size_t i = 0; i < points; ++i)
    for (std::size_t j = i + 1; j < points; ++j)
      pairs.squared_distances[i * points + j] = pairs.squared_distances[j * points + i];
  return pairs;
}

}  // namespace perennial::drift
