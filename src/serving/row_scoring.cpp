#include "serving/row_scoring.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace perennial::serving {
namespace {

class Attempt {
 public:
  Attempt(const Scorer& scorer, const features::InputBatch& batch, feedback::ScoredVersion& answers,
          ScoringResult& result)
      : scorer_(scorer), batch_(batch), answers_(answers), result_(result) {}

  void run(std::span<const std::size_t> rows) {
    if (rows.empty()) return;
    const bool whole = rows.size() == batch_.rows;
    const auto outputs = whole ? scorer_.run(batch_) : scorer_.run(pick(batch_, rows));
    const std::size_t width = answers_.outputs.width;
    const bool fits = outputs && outputs->width == width && outputs->values.size() == rows.size() * width;
    if (fits) {
      for (std::size_t i = 0; i < rows.size(); ++i) take(rows[i], std::span(outputs->values).subspan(i * width, width));
      return;
    }
    if (!result_.error)
      result_.error =
          outputs ? Error{ErrorCode::internal, "the version gave answers of another shape", answers_.version, {}}
                  : outputs.error();
    ++failing_runs_;
    if (rows.size() == 1 || failing_runs_ >= kFailingRunsMost) {
      for (const std::size_t row : rows) fail_row(row);
      return;
    }
    run(rows.first(rows.size() / 2));
    run(rows.subspan(rows.size() / 2));
  }

 private:
  void take(std::size_t row, std::span<const float> values) {
    if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
      ++result_.non_finite;
      if (!result_.error)
        result_.error = Error{ErrorCode::internal, "the version gave a value that is not finite", answers_.version, {}};
      fail_row(row);
      return;
    }
    std::copy(values.begin(), values.end(),
              answers_.outputs.values.begin() + static_cast<std::ptrdiff_t>(row * answers_.outputs.width));
    answers_.scored[row] = 1;
  }

  void fail_row(std::size_t row) {
    answers_.failed[row] = 1;
    ++result_.failed;
  }

  const Scorer& scorer_;
  const features::InputBatch& batch_;
  feedback::ScoredVersion& answers_;
  ScoringResult& result_;
  std::size_t failing_runs_ = 0;
};

}  // namespace

feedback::ScoredVersion unscored(std::string version, feedback::Arm arm, std::size_t rows, std::size_t width) {
  return {std::move(version),
          arm,
          {rows, width, std::vector<float>(rows * width, std::nanf(""))},
          std::vector<std::uint8_t>(rows, 0),
          std::vector<std::uint8_t>(rows, 0)};
}

ScoringResult score_rows(const Scorer& scorer, const features::InputBatch& batch, std::span<const std::size_t> wanted,
                         feedback::ScoredVersion& answers, bool measure) {
  using Stopwatch = std::chrono::steady_clock;
  ScoringResult result;
  result.asked = wanted.size();
  if (wanted.empty()) return result;
  const auto start = measure ? Stopwatch::now() : Stopwatch::time_point{};
  Attempt(scorer, batch, answers, result).run(wanted);
  if (measure) result.elapsed_us = std::chrono::duration<double, std::micro>(Stopwatch::now() - start).count();
  return result;
}

features::InputBatch pick(const features::InputBatch& batch, std::span<const std::size_t> rows) {
  features::InputBatch part;
  part.rows = rows.size();
  part.numeric_count = batch.numeric_count;
  part.text_count = batch.text_count;
  part.numbers.reserve(rows.size() * batch.numeric_count);
  part.texts.reserve(rows.size() * batch.text_count);
  const auto copy = [](auto& to, const auto& from, std::size_t row, std::size_t width) {
    const auto begin = from.begin() + static_cast<std::ptrdiff_t>(row * width);
    to.insert(to.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
  };
  for (const std::size_t row : rows) {
    copy(part.numbers, batch.numbers, row, batch.numeric_count);
    copy(part.texts, batch.texts, row, batch.text_count);
  }
  return part;
}

}  // namespace perennial::serving
