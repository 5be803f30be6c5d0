#pragma once
// All models of one data directory: stores, loops, routing, and the one tick that `serve` and `replay` share.

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "alerts/outbox.hpp"
#include "core/clock.hpp"
#include "lifecycle/fleet_config.hpp"
#include "lifecycle/model_loop.hpp"
#include "lifecycle/run_memo.hpp"
#include "serving/predictor.hpp"
#include "serving/router.hpp"
#include "storage/override_slot.hpp"

namespace perennial::lifecycle {

struct FleetOptions {
  std::string data_dir;
  std::string trainer;  ///< path of perennial-trainer
  std::string scorer;   ///< path of perennial-scorer; empty: beside the trainer
  bool virtual_time = false;
  /// Virtual time: what stands in the journal is made again and compared (a killed replay); feedback logs start anew.
  std::uint64_t seed = 42;                  ///< of ids; real time mixes in the machine's randomness
  storage::Files* files = nullptr;          ///< null: the machine's disk
  training::RunCache* run_cache = nullptr;  ///< of trained models; null: the memo in the data directory
  bool durable = true;                      ///< false: nobody reads the data directory after this process
  bool read_only = false;                   ///< look at a data directory that may be in use: no loops, no lock
  /// Virtual time: latency of a run in microseconds; null: 500.
  std::function<double(const serving::Servable&, std::size_t)> latency_us;
  /// Sees every record before the loops do (replay's baselines); null: nobody.
  std::function<void(const std::string& model, const feedback::PredictionRecord&)> tap;
};

/// Threads: everything but `predictor()` and ModelLoop::on_record/label needs the mutex of `lock()`. The data plane
/// never takes it.
class Fleet {
 public:
  /// Opens or makes the data directory, folds the journal, restores every configured model, applies pending overrides.
  static Result<std::unique_ptr<Fleet>> open(FleetConfig config, FleetOptions options, TimePoint now);
  ~Fleet();

  [[nodiscard]] std::unique_lock<std::mutex> lock() { return std::unique_lock(mutex_); }

  /// One turn of all loops, then routing and alerts follow the state.
  Status tick(TimePoint now);
  /// Routing follows the state now.
  Status apply(TimePoint now);
  std::optional<TimePoint> next_due(TimePoint now) const;
  /// Before an orderly end: running trainings go back into the queue, and this start of theirs does not count.
  Status interrupt_jobs(TimePoint now);

  /// Effect first, then the journal: away from the bad version within a pointer swap, also with a full disk.
  Result<Json> rollback(const std::string& model, std::optional<std::string> to, const api::CommandContext& context,
                        TimePoint now);
  Result<Json> promote(const std::string& model, const std::string& version, bool override_evidence,
                       const api::CommandContext& context, TimePoint now);
  /// A person's pin on a version, or with `release` its end.
  Result<Json> pin(const std::string& model, const std::string& version, bool release,
                   const api::CommandContext& context, TimePoint now);
  /// A person's approval of the promotion that a rollout works towards (ModelLoop::plan_approval).
  Result<Json> approve(const std::string& model, const std::string& version, const std::string& digest,
                       const api::CommandContext& context, TimePoint now);
  /// Removes what retention.hpp says need not be kept; with `dry_run` it only says what that would be. Gives
  /// lifecycle::to_json(Retention).
  Result<Json> prune(const std::string& model, bool dry_run, const api::CommandContext& context, TimePoint now);
  /// Takes a graph that was made elsewhere into the store and queues the job that judges it. Gives the job's id.
  /// Errors: too_large (inference::foreign_graph_bytes_most), conflict (see ModelLoop::request_judgement).
  Result<std::string> register_graph(const std::string& model, const std::string& onnx_bytes,
                                     const api::CommandContext& context, TimePoint now);
  Result<api::TriggerAnswer> trigger(const std::string& model, const api::TriggerEvent& event,
                                     const api::CommandContext& context, TimePoint now);

  Result<ModelLoop*> model(const std::string& name) const;
  std::vector<std::string> model_names() const;
  serving::Predictor& predictor() { return *predictor_; }
  const serving::Router& router() const { return router_; }
  const ControlState& state() const { return state_; }
  EventWriter& events() { return *events_; }
  storage::Journal& journal() { return *journal_; }
  storage::BlobStore& blobs() { return *blobs_; }
  Sessions& sessions() { return *sessions_; }
  const FleetConfig& config() const { return config_; }
  const FleetOptions& options() const { return options_; }
  alerts::Outbox* outbox(const std::string& model) const;
  /// Why promotions are held back (an override that could not be journalled); empty where nothing is wrong.
  std::string trouble() const;

 private:
  Fleet(FleetConfig config, FleetOptions options);
  static bool is_disk_trouble(const Error& error);
  Status open_stores();
  Status open_journal(TimePoint now);
  Status open_loops();
  Status resume_jobs(TimePoint now);
  Status install();
  /// Routing follows the state and the overrides; needs no disk where the versions are loaded.
  Status swap();
  /// What cannot be written for want of space waits for the next turn.
  Status confirm_rollbacks(TimePoint now);
  /// Loads the version where it is not loaded yet: what cannot answer never becomes the champion. Errors: not_found,
  /// corrupt, invalid.
  Status loadable(const std::string& model, VersionNumber number);
  Status reconcile(TimePoint now);
  /// Old labels go with their predictions at every turn. Artifacts are pruned where a cycle has ended since; where that
  /// fails people are told, and the end of the next cycle tries again. Those not in virtual time: what a replay made
  /// stays for those who look at it.
  void keep_house(TimePoint now);
  void announce();
  Result<Json> answer_again(const Event& event) const;

  FleetConfig config_;
  FleetOptions options_;
  std::mutex mutex_;
  std::unique_ptr<storage::Files> own_files_;
  storage::Files* files_ = nullptr;
  std::unique_ptr<storage::DirectoryLock> lock_;
  std::optional<storage::Database> database_;
  std::optional<storage::Journal> journal_;
  std::optional<storage::KeyValue> key_value_;
  std::optional<storage::BlobStore> blobs_;
  std::optional<storage::OverrideSlot> slot_;
  std::optional<RunMemo> memo_;
  std::optional<Sessions> sessions_;
  ControlState state_;
  std::optional<EventWriter> events_;
  training::SpawnRunner processes_;
  std::unique_ptr<training::Executor> executor_;
  Rng ids_;
  std::map<std::string, std::unique_ptr<ModelLoop>> loops_;
  std::map<std::string, std::unique_ptr<alerts::Outbox>> outboxes_;
  serving::Router router_;
  std::unique_ptr<serving::Predictor> predictor_;
  std::map<std::string, std::string> installed_;  ///< by model: what its route was made of
  std::map<std::string, serving::ModelRoute> routes_;
  std::map<std::string, storage::PendingOverride> overrides_;  ///< in effect, not journalled yet
  std::vector<Event> to_confirm_;                              ///< rollbacks since the last install
  std::set<std::string> to_prune_;                             ///< models
  std::uint64_t epoch_ = 0;
  bool resumed_ = false;  ///< the journal knows of this start
};

}  // namespace perennial::lifecycle
