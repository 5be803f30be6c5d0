#include "app/backtest/history.hpp"

#include <fmt/format.h>

#include <cmath>

#include "features/batch.hpp"
#include "stats/metrics.hpp"

namespace perennial::app {
namespace {

constexpr std::size_t rows_at_once = 4096;

}  // namespace

Status History::add(const Table& inputs, std::span<const double> truth) {
  const std::size_t rows = rows_.rows + inputs.rows;
  if (rows * std::max<std::size_t>(inputs.columns.size(), 1) > history_cells)
    return fail(
        ErrorCode::too_large,
        fmt::format("{} or more scored rows of {} columns are too many for a backtest", rows, inputs.columns.size()),
        "--data", fmt::format("at most {} cells; give a later part of the history", history_cells));
  if (rows_.columns.empty()) rows_ = inputs.empty_like();
  TRY(rows_.append(inputs));
  truth_.insert(truth_.end(), truth.begin(), truth.end());
  return {};
}

Result<Outputs> History::answers(const inference::Session& model, std::size_t first, std::size_t last) const {
  ASSIGN_OR_RETURN(const auto batch, features::to_batch(rows_, model.signature().inputs, first, last - first));
  return model.run(batch);
}

Result<std::vector<double>> History::block_losses(const inference::Session& model, std::size_t target,
                                                  std::size_t first, std::size_t last) const {
  std::vector<double> losses(last - first, 0.0);
  if (first == last) return losses;
  const std::size_t stop = end(last - 1);
  std::size_t block = first;
  for (std::size_t from = begin(first); from < stop; from += rows_at_once) {
    const std::size_t to = std::min(from + rows_at_once, stop);
    ASSIGN_OR_RETURN(const Outputs outputs, answers(model, from, to));
    const auto row_losses =
        stats::row_losses({outputs.values, outputs.width, model.signature().offset(target),
                           &model.signature().targets[target], std::span(truth_).subspan(from, to - from)});
    for (std::size_t row = from; row < to; ++row) {
      while (row >= end(block)) ++block;
      if (const double loss = row_losses[row - from]; !std::isnan(loss)) losses[block - first] += loss;
    }
  }
  return losses;
}

}  // namespace perennial::app
