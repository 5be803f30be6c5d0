#include "stats/metrics/labelled_rows.hpp"

#include <fmt/format.h>

namespace perennial::stats {

Result<LabelledRows> LabelledRows::collect(const Scored& scored, const std::vector<bool>& use) {
  if (scored.target == nullptr) return fail(ErrorCode::internal, "scored rows without a target");
  const std::string& target = scored.target->name;
  const std::size_t width = scored.target->width();
  const std::size_t rows = scored.truth.size();
  if (width == 0) return fail(ErrorCode::invalid, "the target has no classes", target);
  if (!use.empty() && use.size() != rows)
    return fail(ErrorCode::internal, fmt::format("a choice of {} rows for {} truths", use.size(), rows), target);
  if (rows > 0 && (scored.offset + width > scored.stride ||
                   scored.outputs.size() < (rows - 1) * scored.stride + scored.offset + width))
    return fail(
        ErrorCode::invalid,
        fmt::format("{} outputs at stride {} are too few for {} rows", scored.outputs.size(), scored.stride, rows),
        target);
  LabelledRows result;
  result.scored_ = scored;
  result.index_.reserve(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    if (std::isnan(scored.truth[i]) || (!use.empty() && !use[i])) continue;
    if (std::isinf(scored.truth[i]))
      return fail(ErrorCode::invalid, fmt::format("the truth of row {} is infinite", i), target);
    const float* outputs = scored.outputs.data() + i * scored.stride + scored.offset;
    for (std::size_t column = 0; column < width; ++column)
      if (!std::isfinite(outputs[column]))
        return fail(ErrorCode::invalid, fmt::format("output {} of row {} is not a finite number", column, i), target);
    result.index_.push_back(i);
  }
  if (result.index_.empty()) return fail(ErrorCode::invalid, "no labelled rows", target);
  return result;
}

int LabelledRows::predicted_class(std::size_t k) const {
  const float* outputs = row(k);
  int best = 0;
  for (int i = 1; i < static_cast<int>(classes()); ++i)
    if (outputs[i] > outputs[best]) best = i;
  return best;
}

Influence LabelledRows::spread(double value, const std::vector<double>& rows) const {
  Influence result;
  result.value = value;
  result.n = size();
  result.rows.resize(scored_.truth.size());
  result.counted.resize(scored_.truth.size());
  for (std::size_t k = 0; k < index_.size(); ++k) {
    result.rows[index_[k]] = rows[k];
    result.counted[index_[k]] = true;
  }
  return result;
}

Influence LabelledRows::mean(const std::vector<double>& values) const {
  const double n = static_cast<double>(values.size());
  double mean = 0;
  for (const double value : values) mean += value;
  mean /= n;
  std::vector<double> rows(values.size());
  for (std::size_t k = 0; k < values.size(); ++k) rows[k] = (values[k] - mean) / n;
  return spread(mean, rows);
}

Influence LabelledRows::spread_share(double value, const std::vector<double>& rows, std::size_t trials) const {
  Influence result = spread(value, rows);
  if (value == 0 || value == 1) {
    const double n = static_cast<double>(trials);
    const double p = 1 / (n + 2);
    result.least_error = std::sqrt(p * (1 - p) / n);
  }
  return result;
}

}  // namespace perennial::stats
