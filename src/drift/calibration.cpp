#include "drift/calibration.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "stats/mid_ranks.hpp"

namespace perennial::drift {
namespace {

using std::chrono::hours;

constexpr std::uint64_t least_blocks = 20;
constexpr std::uint64_t least_block_rows = 25;
constexpr std::uint64_t stretches_in_window = 10;
constexpr std::uint64_t least_of_a_length = 40;  // lengths of stretches together: their variance to a quarter or so
constexpr std::size_t most_lengths = 8;          // 1, 2, 4 … 128 stretches
constexpr double seasonal_z = 4;                 // p = 3e-5
constexpr Duration week = hours(168);
constexpr std::array<Duration, 3> parts = {Duration(hours(1)), Duration(hours(6)), Duration(hours(24))};

/// Rows [block * rows, (block + 1) * rows) for every block; rows at the end that fill none are left out.
struct Blocks {
  std::uint64_t count = 0;
  std::uint64_t rows = 0;
};

Blocks blocks_of(std::uint64_t rows, std::uint64_t window) {
  const std::uint64_t wanted = std::min(window, rows / least_blocks);
  if (wanted < std::min(least_block_rows, window) || wanted == 0) return {};
  return {rows / wanted, wanted};
}

/// The finest part of the week that the reference can tell apart; 0 where there is none.
Duration finest_part(std::span<const TimePoint> times, const Blocks& blocks) {
  if (times.size() < blocks.count * blocks.rows || times.empty()) return Duration(0);
  const Duration length = times.back() - times.front();
  if (length < 2 * week - parts.front()) return Duration(0);
  const auto block = length / static_cast<Duration::rep>(blocks.count);
  for (const Duration part : parts)
    if (block <= part + part / 2 && blocks.count >= 2 * static_cast<std::uint64_t>(week / part)) return part;
  return Duration(0);
}

/// Missing values keep the middle rank: how many there are is for other tests.
std::vector<double> centred_ranks(const ColumnView& column) {
  std::vector<double> numbers;
  std::span<const double> values = column.numbers;
  if (column.kind == ColumnKind::categorical) {
    numbers.assign(column.codes.begin(), column.codes.end());
    values = numbers;
  }
  auto ranks = stats::mid_ranks(values);
  for (double& rank : ranks) rank -= 0.5;
  return ranks;
}

double block_mean(std::span<const double> values, std::size_t block, const Blocks& blocks) {
  double sum = 0;
  for (const double value : values.subspan(block * blocks.rows, blocks.rows)) sum += value;
  return sum / static_cast<double>(blocks.rows);
}

/// Sum of squares of the blocks' means around their own mean.
double spread_of_blocks(std::span<const double> values, const Blocks& blocks) {
  std::vector<double> means(blocks.count);
  double mean = 0;
  for (std::size_t block = 0; block < means.size(); ++block) {
    means[block] = block_mean(values, block, blocks);
    mean += means[block] / static_cast<double>(means.size());
  }
  double sum = 0;
  for (const double one : means) sum += (one - mean) * (one - mean);
  return sum;
}

double variance_of(std::span<const double> values, double lost_degrees) {
  double mean = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum / std::max(1.0, static_cast<double>(values.size()) - lost_degrees);
}

/// `values` without the mean of each part.
std::vector<double> residuals(std::span<const double> values, std::span<const std::uint8_t> part, std::size_t count) {
  std::vector<double> sums(count, 0);
  std::vector<double> rows(count, 0);
  for (std::size_t row = 0; row < values.size(); ++row) {
    sums[part[row]] += values[row];
    rows[part[row]] += 1;
  }
  std::vector<double> left(values.size());
  for (std::size_t row = 0; row < values.size(); ++row) left[row] = values[row] - sums[part[row]] / rows[part[row]];
  return left;
}

/// The F statistic as a normal one (Paulson 1942).
double f_as_normal(double f, double between, double within) {
  const double cube_root = std::cbrt(std::max(f, 0.0));
  const double a = 2 / (9 * between);
  const double b = 2 / (9 * within);
  return ((1 - b) * cube_root - (1 - a)) / std::sqrt(b * cube_root * cube_root + a);
}

class Learner {
 public:
  Learner(std::span<const TimePoint> times, const Blocks& blocks, std::uint64_t stretch_rows)
      : blocks_(blocks), stretch_rows_(stretch_rows), part_(finest_part(times, blocks)) {
    if (part_.count() == 0) return;
    weeks_ = static_cast<double>((times.back() - times.front()).count()) / static_cast<double>(week.count());
    part_count_ = static_cast<std::size_t>(week / part_);
    for (const TimePoint at : times) part_of_row_.push_back(static_cast<std::uint8_t>(part_of_week(at, part_)));
  }

  Duration part() const { return part_; }

  ColumnCalibration learn(const ColumnView& column) const {
    const auto location = centred_ranks(column);
    std::vector<double> distance(location.size());
    for (std::size_t row = 0; row < distance.size(); ++row) distance[row] = std::abs(location[row]);
    ColumnCalibration result;
    result.seasonal = season(location) > seasonal_z || season(distance) > seasonal_z;
    learn_location(location, result);
    result.inflation.shape = std::max(result.inflation.location, inflation(distance, result.seasonal));
    return result;
  }

 private:
  double season(std::span<const double> values) const {
    if (part_count_ == 0) return 0;
    const double all = spread_of_blocks(values, blocks_);
    const double within = spread_of_blocks(residuals(values, part_of_row_, part_count_), blocks_);
    const double lost = static_cast<double>(part_count_) - 1;
    const double left = static_cast<double>(blocks_.count) - 1 - lost;
    if (within <= 0) return all > 0 ? 2 * seasonal_z : 0;
    return f_as_normal((all - within) / lost / (within / left), lost, left);
  }

  void learn_location(std::span<const double> values, ColumnCalibration& result) const {
    std::vector<double> left;
    if (result.seasonal) {
      left = residuals(values, part_of_row_, part_count_);
      values = left;
    }
    const double of_rows = variance_of(values, lost_to_season(result.seasonal));
    result.inflation.location = inflation_of(values, blocks_, of_rows, result.seasonal);
    double known = 1;
    for (std::uint64_t rows = stretch_rows_; result.stretches.size() < most_lengths; rows *= 2) {
      const Blocks together{values.size() / rows, rows};
      if (together.count < least_of_a_length) break;
      known = std::max(known, inflation_of(values, together, of_rows, result.seasonal));
      result.stretches.push_back(known);
    }
  }

  double inflation(std::span<const double> values, bool seasonal) const {
    if (!seasonal) return inflation_of(values, blocks_, variance_of(values, 1), false);
    const auto left = residuals(values, part_of_row_, part_count_);
    return inflation_of(left, blocks_, variance_of(left, lost_to_season(true)), true);
  }

  double lost_to_season(bool seasonal) const { return seasonal ? static_cast<double>(part_count_) : 1; }

  /// Blocks that are longer than a part of the week lose one degree of freedom for each of them in a week, no more.
  double inflation_of(std::span<const double> values, const Blocks& blocks, double of_rows, bool seasonal) const {
    if (of_rows <= 0) return 1;
    const auto count = static_cast<double>(blocks.count);
    const double lost = seasonal ? std::min(lost_to_season(true), count / std::max(weeks_, 1.0)) : 1;
    const double of_blocks = spread_of_blocks(values, blocks) / (count - std::max(lost, 1.0));
    // A variance that is not measured well errs to both sides, and what is taken is never below 1: that alone would
    // make independent rows look dependent. Half a standard error is left out, which halves it.
    const double measured = of_blocks * static_cast<double>(blocks.rows) / of_rows;
    return std::max(1.0, measured * (1 - 0.5 * std::sqrt(2 / (count - std::max(lost, 1.0)))));
  }

  Blocks blocks_;
  std::uint64_t stretch_rows_;
  Duration part_;
  std::size_t part_count_ = 0;
  double weeks_ = 0;
  std::vector<std::uint8_t> part_of_row_;
};

}  // namespace

std::uint64_t rows_of_stretch(std::uint64_t window) { return std::max(window / stretches_in_window, least_block_rows); }

std::size_t part_of_week(TimePoint at, Duration part) {
  // 1970-01-05 was a Monday.
  const Duration since = at.time_since_epoch() - hours(4 * 24);
  const Duration into = ((since % week) + week) % week;
  return static_cast<std::size_t>(into / part);
}

const ColumnCalibration& Calibration::of(std::string_view column) const {
  static const ColumnCalibration independent;
  const auto found = columns.find(column);
  return found == columns.end() ? independent : found->second;
}

Calibration Calibration::learn(std::span<const ColumnView> columns, std::span<const TimePoint> times,
                               std::uint64_t window) {
  Calibration result;
  std::uint64_t rows = 0;
  for (const auto& column : columns) rows = std::max<std::uint64_t>(rows, column.size());
  const Blocks blocks = blocks_of(rows, window);
  if (blocks.count == 0) return result;
  result.blocks = blocks.count;
  result.block_rows = blocks.rows;
  const Learner learner(times.size() == rows ? times : std::span<const TimePoint>(), blocks, rows_of_stretch(window));
  for (const auto& column : columns) {
    const auto& learned = result.columns[std::string(column.name)] = learner.learn(column);
    if (learned.seasonal) result.part = learner.part();
  }
  return result;
}

Json to_json(const Calibration& calibration) {
  Json columns = Json::object();
  for (const auto& [name, column] : calibration.columns)
    columns[name] = {{"location", column.inflation.location},
                     {"shape", column.inflation.shape},
                     {"seasonal", column.seasonal},
                     {"stretches", column.stretches}};
  return {{"blocks", calibration.blocks},
          {"block_rows", calibration.block_rows},
          {"part", calibration.seasonal() ? Json(format_duration(calibration.part)) : Json(nullptr)},
          {"columns", columns}};
}

Result<Calibration> calibration_from_json(const Json& json) {
  Calibration result;
  if (!json.is_object()) return result;
  result.blocks = json.value("blocks", std::uint64_t{0});
  result.block_rows = json.value("block_rows", std::uint64_t{0});
  if (const auto part = json.find("part"); part != json.end() && part->is_string()) {
    ASSIGN_OR_RETURN(result.part, parse_duration(part->get<std::string>()));
    if (std::ranges::find(parts, result.part) == parts.end())
      return fail(ErrorCode::invalid, "a calibration with parts of " + format_duration(result.part),
                  "calibration.part");
  }
  const Json columns = json.value("columns", Json::object());
  for (const auto& [name, column] : columns.items())
    result.columns[name] = {{std::max(1.0, column.value("location", 1.0)), std::max(1.0, column.value("shape", 1.0))},
                            column.value("seasonal", false),
                            column.value("stretches", std::vector<double>{})};
  return result;
}

}  // namespace perennial::drift
