#pragma once
// Trains the models of the grid beside the loop that produces their rows: a small pool with a bounded queue.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/result.hpp"
#include "inference/session.hpp"
#include "training/run.hpp"

namespace perennial::app {

/// What became of one grid point.
struct GridModel {
  std::string file;        ///< its ONNX bytes; empty where the training failed
  std::string problem;     ///< why it failed
  double train_cpu_s = 0;  ///< measured, of the run that made it
  bool from_cache = false;
};

/// One thread calls add() and finish().
class GridTrainer {
 public:
  struct Options {
    std::size_t workers = 2;
    std::string folder;  ///< for models and running trainings; exists
    training::RunCache* cache = nullptr;
    std::function<bool()> cancelled;  ///< null: never
  };
  explicit GridTrainer(Options options);
  /// Cancels what still runs and waits for it.
  ~GridTrainer();
  GridTrainer(const GridTrainer&) = delete;
  GridTrainer& operator=(const GridTrainer&) = delete;

  /// Queues the training of the next point; waits while as many are queued as there are workers. A training that fails
  /// (too few rows, one class only) is a point without a model, not an error. Error: cancelled.
  Status add(training::TrainingRequest request);
  /// A point without a model.
  void add_none(std::string problem);
  /// Waits for all. Error: cancelled.
  Result<std::vector<GridModel>> finish();

 private:
  struct Task {
    std::size_t point = 0;
    training::TrainingRequest request;
  };
  void work();
  void train(Task task);
  bool wait_until(std::unique_lock<std::mutex>& lock, const std::function<bool()>& done);
  void stop();

  Options options_;
  training::SpawnRunner processes_;
  training::CancelFlag cancel_ = training::make_cancel_flag();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> queue_;  // guarded by mutex_, as all below
  std::size_t running_ = 0;
  bool closed_ = false;
  std::vector<GridModel> models_;
  std::vector<std::thread> threads_;
};

/// A model of the grid, ready to answer. Errors: io, corrupt.
Result<std::shared_ptr<const inference::Session>> load_model(const GridModel& model);

}  // namespace perennial::app
