#include "app/backtest/backtest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>

#include "app/output.hpp"
#include "app/replay/source.hpp"
#include "app/scratch.hpp"
#include "training/run_folder.hpp"

namespace perennial::app {
namespace {

/// A run of the loop that is still to be done.
struct Task {
  const PolicyChoice* choice = nullptr;
  std::size_t price = 0;  ///< index; 0 where the policy does not depend on it
};

/// As in a config: a window, or a list of candidates.
std::string window_text(const triggers::TriggerConfig& config) {
  if (config.candidates.empty()) return config.window->text();
  std::vector<std::string> texts;
  for (const auto& window : config.candidates) texts.push_back(window->text());
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

class BacktestRun {
 public:
  explicit BacktestRun(const BacktestOptions& options) : options_(options) {}
  Result<std::vector<Backtest>> run();

 private:
  Status prepare();
  Status run_never();
  Status run_loops();
  Status run_grid();
  Result<Backtest> at_price(std::size_t price) const;
  Result<PolicyRun> of(const PolicyChoice& choice, std::size_t price) const;
  bool cancelled() const { return options_.replay.cancelled && options_.replay.cancelled(); }

  const BacktestOptions& options_;
  std::vector<PolicyChoice> choices_;
  std::unique_ptr<ScratchDirectory> scratch_;
  storage::RealFiles files_;
  std::unique_ptr<training::RunFolder> cache_;
  LoopSetup setup_;
  std::optional<Grid> grid_;
  Json never_report_;
  double unit_ = 1;
  std::map<std::pair<std::string, std::size_t>, PolicyRun> runs_;  ///< by name and index of the price
};

Status BacktestRun::prepare() {
  ReplayOptions replay = options_.replay;
  ASSIGN_OR_RETURN(const auto* model, replay.config.model(replay.model));
  ASSIGN_OR_RETURN(choices_, parse_policies(options_.policies, model->text.value("retrain", Json::object())));
  // What is wrong with an entry is said before anything runs.
  const std::string primary = model->primary.empty() ? model->targets.front().name + ".accuracy" : model->primary;
  for (const auto& choice : choices_)
    if (const auto made = make_policies(filled_in(choice, primary, options_.prices.front(), 1)); !made)
      return std::unexpected(made.error());
  ASSIGN_OR_RETURN(scratch_, ScratchDirectory::make("backtest"));
  const std::string root = options_.data_dir.empty() ? scratch_->path() : options_.data_dir;
  ASSIGN_OR_RETURN(cache_, training::RunFolder::open(files_, storage::Path(root) / "trained"));
  replay.run_cache = cache_.get();
  ASSIGN_OR_RETURN(setup_, loop_setup(std::move(replay)));
  GridTrainer::Options trainer;
  trainer.folder = scratch_->path();
  trainer.cache = cache_.get();
  trainer.cancelled = options_.replay.cancelled;
  grid_.emplace(std::move(trainer));
  return {};
}

Status BacktestRun::run_never() {
  std::optional<Progress> progress;
  ASSIGN_OR_RETURN(const auto source,
                   ModelSource::open(setup_.model, options_.replay.data, options_.replay.config.replay.row_interval));
  const std::uint64_t total = source.total_rows();
  if (!options_.replay.quiet) progress.emplace("backtest: never, floor", total);
  ASSIGN_OR_RETURN(PolicyRun never, run_policy(
                                        setup_, "never", Json::array(), &*grid_,
                                        [&](std::uint64_t row) {
                                          if (progress)
                                            progress->at(row,
                                                         fmt::format("{} models", cache_->made() + cache_->found()));
                                        },
                                        &never_report_));
  TRY(grid_->finish());
  if (never.labelled == 0) return fail(ErrorCode::invalid, "no scored row has a label", setup_.model.name);
  if (grid_->regression()) {
    unit_ = never.loss / static_cast<double>(never.labelled);
    if (!(unit_ > 0))
      return fail(ErrorCode::invalid, "the first version makes no error at all, so there is nothing to weigh",
                  setup_.model.name);
  }
  runs_[{"never", 0}] = std::move(never);
  return {};
}

Status BacktestRun::run_loops() {
  std::vector<Task> tasks;
  for (const auto& choice : choices_) {
    if (choice.kind != PolicyChoice::Kind::loop || choice.name == "never") continue;
    for (std::size_t price = 0; price < (choice.priced ? options_.prices.size() : 1); ++price)
      tasks.push_back({&choice, price});
  }
  if (tasks.empty()) return {};
  const auto rows = never_report_.at("rows").get<std::uint64_t>();
  const auto primary = never_report_.at("metric").get<std::string>();
  std::optional<Progress> progress;
  if (!options_.replay.quiet) progress.emplace("backtest", rows * tasks.size());
  std::mutex mutex;
  std::atomic<std::size_t> next{0};
  std::atomic<std::uint64_t> done{0};
  std::atomic<bool> broken{false};
  Status failed;  // guarded by mutex, as progress and runs_
  LoopSetup setup = setup_;
  setup.replay.cancelled = [&] { return broken.load() || cancelled(); };
  const auto work = [&] {
    for (std::size_t at = next++; at < tasks.size(); at = next++) {
      const PolicyChoice& choice = *tasks[at].choice;
      std::uint64_t reached = 0;
      auto run = run_policy(setup, choice.name, filled_in(choice, primary, options_.prices[tasks[at].price], unit_),
                            nullptr, [&](std::uint64_t row) {
                              const std::uint64_t sum = done += row - reached;
                              reached = row;
                              const std::lock_guard lock(mutex);
                              if (progress) progress->at(sum, choice.name);
                            });
      const std::lock_guard lock(mutex);
      if (!run) {
        if (failed) failed = std::unexpected(run.error());
        broken = true;
        return;
      }
      runs_[{choice.name, tasks[at].price}] = std::move(*run);
    }
  };
  std::thread other(work);
  work();
  other.join();
  return failed;
}

Status BacktestRun::run_grid() {
  const bool oracle = std::any_of(choices_.begin(), choices_.end(),
                                  [](const auto& choice) { return choice.kind == PolicyChoice::Kind::oracle; });
  std::optional<Progress> progress;
  const auto rows = never_report_.at("scored_rows").get<std::uint64_t>();
  if (!options_.replay.quiet) progress.emplace(oracle ? "backtest: oracle" : "backtest: floor", rows);
  return grid_->evaluate(oracle, options_.replay.cancelled, [&](double share) {
    if (progress) progress->at(static_cast<std::uint64_t>(share * static_cast<double>(rows)));
  });
}

Result<PolicyRun> BacktestRun::of(const PolicyChoice& choice, std::size_t price) const {
  if (choice.kind == PolicyChoice::Kind::oracle)
    return grid_policy(*grid_, best_plan(grid_->losses(), options_.prices[price] * unit_), choice.name,
                       never_report_.at("train_cpu_s").get<double>());
  return runs_.at({choice.name, choice.priced ? price : 0});
}

Result<Backtest> BacktestRun::at_price(std::size_t price) const {
  Backtest result;
  const Json& report = never_report_;
  result.model = report.at("model").get<std::string>();
  result.rows = report.at("rows").get<std::uint64_t>();
  result.warmup_rows = report.at("warmup_rows").get<std::uint64_t>();
  result.scored_rows = report.at("scored_rows").get<std::uint64_t>();
  result.seed = options_.replay.seed;
  result.metric = report.at("metric").get<std::string>();
  result.higher_is_better = report.at("higher_is_better").get<bool>();
  result.regression = grid_->regression();
  result.retrain_price = options_.prices[price];
  result.unit = unit_;
  result.floor = every_point(grid_->losses()).loss / unit_;
  result.first_train_cpu_s = report.at("train_cpu_s").get<double>();
  result.window = window_text(setup_.model.triggers);
  result.changed = setup_.changed;
  result.models_trained = cache_->made();
  for (const auto& note : report.at("notes")) result.notes.push_back(note.get<std::string>());
  if (const std::size_t missing = grid_->missing(); missing > 0)
    result.notes.push_back(
        fmt::format("{} of the {} models of the grid could not be trained; floor and oracle do without", missing,
                    grid_->points() - 1));
  result.never = runs_.at({"never", 0}).points;
  for (const auto& choice : choices_) {
    BacktestLine line;
    ASSIGN_OR_RETURN(line.run, of(choice, price));
    line.loss = line.run.loss / unit_;
    line.retrain_cost = result.retrain_price * static_cast<double>(line.run.retrains);
    line.total_cost = line.loss + line.retrain_cost;
    line.excess = line.total_cost - result.floor;
    result.lines.push_back(std::move(line));
  }
  return result;
}

Result<std::vector<Backtest>> BacktestRun::run() {
  const auto begun = std::chrono::steady_clock::now();
  TRY(prepare());
  TRY(run_never());
  TRY(run_loops());
  TRY(run_grid());
  std::vector<Backtest> results;
  for (std::size_t price = 0; price < options_.prices.size(); ++price) {
    ASSIGN_OR_RETURN(auto result, at_price(price));
    result.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace

Result<std::vector<Backtest>> backtest(const BacktestOptions& options) { return BacktestRun(options).run(); }

}  // namespace perennial::app
