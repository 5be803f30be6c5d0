#include "app/backtest/grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <thread>

#include "lifecycle/metric_names.hpp"

namespace perennial::app {

Status Grid::turned(const ReplayMoment& moment) {
  if (first_ == nullptr) {
    first_ = moment.first;
    first_row_ = moment.row;
    targets_ = moment.loop->signature().targets;
    ASSIGN_OR_RETURN(const auto primary,
                     lifecycle::split_metric(moment.loop->config().primary, targets_, moment.loop->config().metrics));
    target_ = primary.target;
    metric_ = primary.metric;
    times_.push_back(moment.now);
    trainer_.add_none("");  // version 1.0.0 stands there
    history_.begin_block();
    return {};
  }
  const std::uint64_t scored = moment.row - first_row_;
  if (scored % grid_rows != 0) return {};
  history_.begin_block();
  times_.push_back(moment.now);
  auto request = moment.loop->training_request(moment.now);
  if (!request) {
    trainer_.add_none(request.error().message());
    return {};
  }
  request->config.holdout = grid_holdout;
  return trainer_.add(training::only_set(*request, 0));
}

Status Grid::answered(const ReplayBatch& batch) { return history_.add(*batch.inputs, batch.truth); }

Status Grid::finish() {
  ASSIGN_OR_RETURN(models_, trainer_.finish());
  // A grid point at the very end of the file has no block to serve.
  if (history_.blocks() > 1 && history_.begin(history_.blocks() - 1) == history_.rows()) {
    history_.drop_last_block();
    models_.pop_back();
  }
  return {};
}

std::size_t Grid::missing() const {
  return static_cast<std::size_t>(
      std::count_if(models_.begin() + 1, models_.end(), [](const auto& model) { return model.file.empty(); }));
}

Result<std::shared_ptr<const inference::Session>> Grid::model(std::size_t point) const {
  if (point == 0) return first_;
  return load_model(models_[point]);
}

Status Grid::evaluate(bool whole, const std::function<bool()>& cancelled, const std::function<void(double)>& progress) {
  const std::size_t n = points();
  losses_.emplace(n);
  whole_ = whole;
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> done{0};
  std::mutex mutex;
  Status failed;  // the first failure; guarded by mutex
  const auto one = [&](std::size_t point) -> Status {
    const auto row = losses_->row(point);
    std::fill(row.begin(), row.end(), std::numeric_limits<double>::infinity());
    if (point > 0 && models_[point].file.empty()) return {};
    ASSIGN_OR_RETURN(const auto session, model(point));
    ASSIGN_OR_RETURN(const auto losses,
                     history_.block_losses(*session, target_, point, whole || point == 0 ? n : point + 1));
    std::copy(losses.begin(), losses.end(), row.begin());
    return {};
  };
  const auto work = [&] {
    for (;;) {
      const std::size_t point = next++;
      if (point >= n) return;
      Status status =
          cancelled && cancelled() ? Status(fail(ErrorCode::cancelled, "the backtest was stopped")) : one(point);
      const std::lock_guard lock(mutex);
      if (!status && failed) failed = std::move(status);
      if (!failed) return;
      if (progress) progress(static_cast<double>(++done) / static_cast<double>(n));
    }
  };
  std::thread other(work);
  work();
  other.join();
  return failed;
}

Result<GridRun> Grid::run(const RetrainPlan& plan) const {
  GridRun result;
  Scoring scoring(targets_[target_], 0, metric_);
  const std::size_t rows = history_.rows();
  const std::size_t per_point = rows_per_point(rows);
  std::vector<std::size_t> served = {0};
  served.insert(served.end(), plan.retrains.begin(), plan.retrains.end());
  for (std::size_t i = 0; i < served.size(); ++i) {
    ASSIGN_OR_RETURN(const auto session, model(served[i]));
    const std::size_t from = history_.begin(served[i]);
    const std::size_t to = i + 1 < served.size() ? history_.begin(served[i + 1]) : rows;
    ASSIGN_OR_RETURN(const Outputs outputs, history_.answers(*session, from, to));
    Outputs own{outputs.rows, targets_[target_].width(), {}};
    const std::size_t offset = session->signature().offset(target_);
    for (std::size_t row = 0; row < outputs.rows; ++row) {
      const auto* at = outputs.values.data() + row * outputs.width + offset;
      own.values.insert(own.values.end(), at, at + own.width);
    }
    scoring.add(own, own, history_.truth().subspan(from, to - from));
    if (i > 0) {
      result.retrain_rows.push_back(first_row_ + from);
      result.retrain_times.push_back(times_[served[i]]);
      result.train_cpu_s += models_[served[i]].train_cpu_s;
    }
  }
  for (std::size_t from = 0; from < rows; from += per_point) {
    const std::size_t to = std::min(from + per_point, rows);
    result.points.push_back(
        {first_row_ + to - 1, scoring.served(from, to), std::numeric_limits<double>::quiet_NaN(), ""});
  }
  result.score = scoring.served();
  result.loss = plan.loss;
  return result;
}

}  // namespace perennial::app
