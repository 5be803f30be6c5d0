#include "app/backtest/grid_trainer.hpp"

#include <fmt/format.h>

#include <chrono>

#include "storage/files.hpp"

namespace perennial::app {
namespace {

constexpr auto look_for_interrupts_every = std::chrono::milliseconds(50);

/// A stream goes on adding words to its dictionaries while the training reads them.
void own_dictionaries(Table& rows) {
  for (auto& column : rows.columns) {
    if (column.kind != ColumnKind::categorical || column.dictionary == nullptr) continue;
    auto own = std::make_shared<Dictionary>();
    for (auto& code : column.codes)
      if (code >= 0) code = own->code_of(column.dictionary->value(code));
    column.dictionary = std::move(own);
  }
}

}  // namespace

GridTrainer::GridTrainer(Options options) : options_(std::move(options)) {
  for (std::size_t i = 0; i < options_.workers; ++i) threads_.emplace_back([this] { work(); });
}

GridTrainer::~GridTrainer() {
  cancel_->store(true);
  stop();
}

void GridTrainer::stop() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

bool GridTrainer::wait_until(std::unique_lock<std::mutex>& lock, const std::function<bool()>& done) {
  while (!done()) {
    if (options_.cancelled && options_.cancelled()) {
      cancel_->store(true);
      return false;
    }
    changed_.wait_for(lock, look_for_interrupts_every);
  }
  return true;
}

Status GridTrainer::add(training::TrainingRequest request) {
  own_dictionaries(request.rows.inputs);
  std::unique_lock lock(mutex_);
  if (!wait_until(lock, [&] { return queue_.size() < options_.workers; }))
    return fail(ErrorCode::cancelled, "the backtest was stopped");
  queue_.push_back({models_.size(), std::move(request)});
  models_.emplace_back();
  lock.unlock();
  changed_.notify_all();
  return {};
}

void GridTrainer::add_none(std::string problem) {
  const std::lock_guard lock(mutex_);
  models_.push_back({{}, std::move(problem), 0, false});
}

Result<std::vector<GridModel>> GridTrainer::finish() {
  {
    std::unique_lock lock(mutex_);
    if (!wait_until(lock, [&] { return queue_.empty() && running_ == 0; }))
      return fail(ErrorCode::cancelled, "the backtest was stopped");
  }
  stop();
  return models_;
}

void GridTrainer::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return closed_ || !queue_.empty(); });
    if (queue_.empty() || cancel_->load()) return;
    Task task = std::move(queue_.front());
    queue_.pop_front();
    ++running_;
    lock.unlock();
    changed_.notify_all();
    train(std::move(task));
    lock.lock();
    --running_;
    changed_.notify_all();
  }
}

void GridTrainer::train(Task task) {
  const std::string name = fmt::format("grid-{}", task.point);
  task.request.run_id = name;
  task.request.work_directory = options_.folder + "/work-" + name;
  task.request.config.threads = 1;  // the other core trains the next point
  GridModel model;
  const auto run = training::run(task.request, processes_, options_.cache, cancel_);
  if (!run) {
    model.problem = run.error().message();
  } else {
    model.train_cpu_s = std::chrono::duration<double>(run->train_cpu).count();
    model.from_cache = run->from_cache;
    model.file = options_.folder + "/" + name + ".onnx";
    storage::RealFiles files;
    if (const auto written = files.write_atomic(model.file, run->onnx); !written)
      model = {{}, written.error().message(), 0, false};
  }
  const std::lock_guard lock(mutex_);
  models_[task.point] = std::move(model);
}

Result<std::shared_ptr<const inference::Session>> load_model(const GridModel& model) {
  storage::RealFiles files;
  ASSIGN_OR_RETURN(const std::string bytes, files.read_all(model.file));
  return inference::Session::load(bytes);
}

}  // namespace perennial::app
