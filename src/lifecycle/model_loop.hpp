#pragma once
// The loop of one model: observe → detect → decide → train → validate → enroll → release → announce.
// Every stage is a file of its own; `model_loop.cpp` is the conductor and calls them in order.

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/labels.hpp"
#include "api/operations.hpp"
#include "core/rng.hpp"
#include "core/training_data.hpp"
#include "drift/accumulation.hpp"
#include "drift/alarm.hpp"
#include "drift/label_evidence.hpp"
#include "drift/quality/profile.hpp"
#include "drift/quality/triage.hpp"
#include "drift/seasonal_reference.hpp"
#include "drift/stream.hpp"
#include "feedback/example_store.hpp"
#include "feedback/joiner.hpp"
#include "feedback/label_log.hpp"
#include "feedback/prediction_log.hpp"
#include "gates/judge.hpp"
#include "lifecycle/event_writer.hpp"
#include "lifecycle/evidence/arm_losses.hpp"
#include "lifecycle/evidence/arm_outputs.hpp"
#include "lifecycle/evidence/estimated_performance.hpp"
#include "lifecycle/evidence/fresh_losses.hpp"
#include "lifecycle/evidence/importance_watch.hpp"
#include "lifecycle/evidence/judge_self_test.hpp"
#include "lifecycle/evidence/label_waits.hpp"
#include "lifecycle/evidence/loss_history.hpp"
#include "lifecycle/evidence/newest_counts.hpp"
#include "lifecycle/evidence/paired_losses.hpp"
#include "lifecycle/evidence/recent_rows.hpp"
#include "lifecycle/evidence/split_record.hpp"
#include "lifecycle/evidence/training_reference.hpp"
#include "lifecycle/evidence/version_scores.hpp"
#include "lifecycle/metric_names.hpp"
#include "lifecycle/model_config.hpp"
#include "lifecycle/sessions.hpp"
#include "rollout/decide.hpp"
#include "rollout/forecast.hpp"
#include "rollout/judge.hpp"
#include "rollout/recorded_step.hpp"
#include "serving/routing_table.hpp"
#include "storage/blob_store.hpp"
#include "training/executor.hpp"
#include "triggers/decide.hpp"

namespace perennial::lifecycle {

/// Rows of one turn that are estimated by FreshLosses, the newest: after a restart all labels come in one turn.
inline constexpr std::size_t fresh_rows_per_turn = 20000;

/// What a model's loop needs of the fleet. Everything outlives the loop.
struct Services {
  EventWriter* events = nullptr;
  const ControlState* state = nullptr;
  Sessions* sessions = nullptr;
  storage::Files* files = nullptr;
  storage::BlobStore* blobs = nullptr;
  training::Executor* executor = nullptr;
  training::ProcessRunner* processes = nullptr;
  training::RunCache* cache = nullptr;     ///< may be null
  Rng* ids = nullptr;                      ///< run, job and rollout ids
  std::string trainer;                     ///< path of the perennial-trainer executable
  std::string scorer;                      ///< path of the perennial-scorer executable
  std::string work_directory;              ///< of running trainings
  bool virtual_time = false;               ///< durations are modelled, latencies come from the scenario
  std::optional<TimePoint> running_since;  ///< real time only: schedule slots before it are misfires
};

/// What detect() found in this tick.
struct Detection {
  std::optional<DriftReport> drift;            ///< only where a new report was made
  std::optional<ImportanceReport> importance;  ///< likewise
  std::vector<DecayReport> decay;              ///< likewise
  std::map<std::string, stats::Estimate> metrics;
};

/// A training that ended, as the executor reports it.
using Finished = training::Finished;

/// A run that may become a version.
struct Candidate {
  std::string job;
  training::RunResult run;
  gates::GateReport gates;
  TrainingReference reference;
  HeldOutAnswers held_out;  ///< what estimates without labels learn from; no rows where they are not wanted
};

/// Shared by the loop and the thread that trains. That thread alone touches it until the run has ended.
struct RunningTraining {
  training::TrainingRequest request;
  std::optional<TrainingReference> reference;  ///< of a run that the gates let through as things stood
};

/// A watched data source as it was when it was read as a whole.
struct SourceReading {
  std::vector<data::FileStamp> files;  ///< none of a query
  std::uint64_t rows = 0;
  std::optional<TimePoint> newest;  ///< of the rows
  std::string time;                 ///< how times are read (data::format_time_axis); later files are read alike
};

/// New rows of a watched data source. Request columns with times; truth per target.
struct SourceBatch {
  std::optional<data::FileStamp> file;  ///< nothing: a query brought them
  Table rows;
  std::vector<Truth> truth;
  std::string digest;          ///< of rows and truth
  std::uint64_t left_out = 0;  ///< older rows than these, where there were more than batch_rows_most
  std::map<std::string, std::uint64_t> unparsable;  ///< column, values that count as missing
};

class ModelLoop {
 public:
  /// Opens the feedback logs in `folder` (empty: nothing is kept on disk, as in a replay without a data directory). In
  /// real time restore() does, because what it opens it has read.
  static Result<std::unique_ptr<ModelLoop>> open(const ModelConfig& config, const Services& services,
                                                 const std::string& folder);

  /// Fixes request columns and targets, journals them, and fits what is frozen on `first_rows` (request columns).
  Status configure(const std::vector<InputColumn>& available, const std::vector<Target>& targets,
                   const Table& first_rows, TimePoint now);
  /// Real time, once, before anything else: opens the feedback logs. After a restart takes columns, targets and frozen
  /// features from the journal, then windows, entity states and waiting predictions from the logs, each of which is
  /// read once.
  Status restore();
  /// Thread-safe. True once columns and targets are known and fit the config.
  bool configured() const { return configured_.load(std::memory_order_acquire); }

  /// Rows of a file: training data as far as they have a label, answered by nobody. Request columns with times; truth
  /// per target. `fresh`: no training has learned from them yet, so policies that count rows count them.
  Status add_history(const Table& request_rows, const std::vector<Truth>& truth, bool fresh = false);
  /// Labelled rows that came from files.
  std::uint64_t rows_of_history() const { return rows_of_history_; }
  /// The history of this start is complete (or cannot be read). After a restart the entities' states are made again in
  /// the order of time: history, logged predictions, and what was asked since. Errors: those of the prediction log.
  Status history_ended();
  /// A watched source was read as a whole, its rows given to add_history(). Journalled the first time; at a later
  /// start, the rows are those that had been taken in before.
  Status source_was_read(const SourceReading& reading, TimePoint now);
  /// Rows that a watched source has brought, once per content: kept for the next training, told to the policies as the
  /// event `new_data`, and journalled. False where these rows have been taken before. Errors: conflict (other columns
  /// than the model's; nothing was taken), those of the journal.
  Result<bool> take_batch(const SourceBatch& batch, TimePoint now);
  /// Batches that came while a retrain was held back (cooldown, another retrain, a full disk) ask again once it is not.
  Status ask_for_waiting_batches(TimePoint now);
  /// What has come is not taken, and not looked at again as long as the file does not change. `tell`: somebody is told.
  Status refuse_batch(const std::optional<data::FileStamp>& file, const std::string& reason, bool tell, TimePoint now);
  /// From serving, before the rows' answers are given: they will come to on_record(). Thread-safe, never blocks.
  void on_answer(std::size_t rows);
  /// The event says what an earlier process had answered and not logged.
  void losses_told(const Event& event);
  /// From serving: a batch of predictions was made. Thread-safe, never blocks on the disk in real time.
  void on_record(std::shared_ptr<const feedback::PredictionRecord> record);
  /// Thread-safe; durable on return.
  Result<api::LabelsAnswer> label(const std::vector<api::Label>& labels, TimePoint now);
  /// The same for labels that are columns already (replay).
  Status label(feedback::LabelBatch labels);

  /// A training of this model has ended, well or not; the next turn judges it. It is kept until the journal has it.
  void training_ended(Finished finished) { finished_.push_back(std::move(finished)); }
  /// One turn of the loop. Errors are those of journal and disk; a training or a rollout that fails is not an error but
  /// an outcome. After disk_full the next turn goes on where this one stopped.
  Status tick(TimePoint now);
  /// Asks for the first version or a retrain, outside of policies. Used at start and by the command line.
  Status request_training(const std::string& policy, const std::string& reason, TimePoint now);
  /// One training on all rows of the store, whatever the window of the config (`perennial train`).
  Status train_on_everything(TimePoint now);
  /// Error: conflict (a job or a rollout is under way, or no data).
  Status check_may_judge() const;
  /// Queues a graph that was made elsewhere, which is in the blob store: a job like a training, whose run asks it for
  /// the held-out rows in a process of its own. Error: see check_may_judge().
  Result<std::string> request_judgement(const std::string& graph_digest, const api::CommandContext& context,
                                        TimePoint now);
  /// An event from outside, decided and journalled now.
  Result<api::TriggerAnswer> decide_event(const api::TriggerEvent& event, const api::CommandContext& context,
                                          TimePoint now);
  /// While its data source is being read no training starts: it would miss rows. Jobs wait in the queue.
  void hold_trainings(bool held) { trainings_held_ = held; }
  /// While a person's rollback waits for the journal no rollout goes on.
  void hold_rollouts(bool held) { rollouts_held_ = held; }
  /// What a training that started now would be given: rows of the window, features, config. Without run id, folder and
  /// champion. Error: invalid (fewer rows than train.min_rows).
  Result<training::TrainingRequest> training_request(TimePoint now);
  /// Starts the queued job of this model, where it has one.
  Status start_queued(TimePoint now);

  /// Events of an operator's rollback or promotion, to be written together. Pure looks at the state.
  Result<std::vector<NewEvent>> plan_rollback(std::optional<VersionNumber> to, const std::string& cause,
                                              const Json& command, TimePoint now) const;
  /// Past the evidence, audited; the watch after the promotion stays.
  Result<std::vector<NewEvent>> plan_promotion(VersionNumber version, const std::string& reason, const Json& command,
                                               TimePoint now) const;
  /// What a trained version waits for that brakes or a pin hold back, and what lets it go; empty where none does.
  std::string waits_for_person() const;
  /// A person's pin, or its end. A pin of the champion ends the rollout that would replace it, through no fault of the
  /// challenger's.
  Result<std::vector<NewEvent>> plan_pin(VersionNumber version, bool release, const Json& command) const;
  /// A person's approval of the running rollout's promotion: it holds for this rollout of this version and no other.
  /// `digest`, where it is not empty: the begin of the artifact's that the person has looked at, 8 digits at least.
  /// Errors: conflict (no rollout of it before its promotion, another digest, approved already), not_found.
  Result<NewEvent> plan_approval(VersionNumber version, const std::string& digest, const Json& command) const;
  /// The running rollout's next step at once, where its evidence allows it. Error: conflict, with the reason.
  Status step_by_hand(VersionNumber version, const Json& command, TimePoint now);

  /// The split that should exist, by the state. Loads sessions where needed.
  Result<serving::ModelRoute> route() const;
  /// When the loop wants to be called again by itself (schedules); nothing where only rows matter.
  std::optional<TimePoint> next_due(TimePoint now) const;

  const ModelConfig& config() const { return config_; }
  const Signature& signature() const { return *base_; }
  const ModelState& state() const { return services_.state->model(config_.name); }
  const std::optional<DriftReport>& newest_drift() const { return newest_drift_; }
  const drift::quality::Report& newest_quality() const { return newest_quality_; }
  const drift::quality::Triage& newest_triage() const { return newest_triage_; }
  const std::vector<DecayReport>& newest_decay() const { return newest_decay_; }
  const EarlyWarning& early_warning() const { return early_; }
  /// Of the newest look; invalid where none is wanted.
  const ImportanceReport& newest_importance() const { return importance_.newest; }
  std::uint64_t rows_seen() const { return recent_.rows_total(); }
  std::uint64_t rows_labelled() const { return rows_labelled_; }
  /// Labelled rows that train nothing, because their label was there before they were predicted.
  std::uint64_t rows_known_before() const { return examples_.rows_known_before(); }
  feedback::JoinerCounts joiner_counts() const { return joiner_ ? joiner_->counts() : feedback::JoinerCounts{}; }
  feedback::PredictionLogStatus log_status() const;
  /// Labels whose predictions are gone go too (LabelLog::trim).
  Result<feedback::LabelsTrimmed> trim_labels();
  /// The same at every turn; where it fails people are told, once until it works again.
  void keep_labels(TimePoint now);
  const std::shared_ptr<serving::ModelRuntime>& runtime() const { return runtime_; }
  rollout::Evidence evidence() const;  ///< of the running rollout's phase
  /// Rows per hour, and how their labels come, as far as the newest ones show it.
  rollout::Traffic traffic(TimePoint now) const;
  /// How the running rollout stands: state, plan, evidence, what each version answers, and what it waits for
  /// (progress.cpp has the form); null where none runs.
  Json rollout_progress(TimePoint now) const;
  Result<stats::Estimate> current(const std::string& version, const std::string& metric) const;
  /// By how much of its baseline the champion's primary metric gets worse per week, from promotion to the newest look;
  /// standard_error is that of the metric's difference. Nothing where the decay is not known or it serves for less than
  /// an hour.
  std::optional<stats::Estimate> decay_per_week(TimePoint now) const;
  /// How often the judge of rollouts errs on this model's own rows; nothing before the first test, and in a replay.
  std::optional<rollout::SelfTest> judge_self_test() const {
    return self_test_ ? self_test_->newest() : std::optional<rollout::SelfTest>{};
  }
  /// Which rows may be judged by the labels that have come, at the newest look.
  const drift::LabelEvidence& newest_labels() const { return labels_; }
  /// Metrics per version over the windows of time, the label-maturity curve, and what late labels have changed
  /// (performance.cpp has the form).
  Json performance(TimePoint now) const;
  /// "target.metric" of one version over one window that ends where its labels have come, by the newest look.
  std::map<std::string, stats::Estimate> window_metrics(const std::string& version, MetricWindow window,
                                                        TimePoint now) const;
  Result<stats::Estimate> window_metric(const std::string& version, const std::string& metric, MetricWindow window,
                                        TimePoint now) const;
  /// Alerts that the events of this tick ask for; the fleet sends them.
  std::vector<alerts::Alert> take_alerts();
  void alert(const Event& event, const std::string& title, const std::string& detail);

 private:
  ModelLoop(const ModelConfig& config, const Services& services);

  Status observe();
  Result<Detection> detect(TimePoint now);
  Status decide(const Detection& found, TimePoint now);
  /// Judges the trainings that have ended and registers what passes.
  Status take_in(TimePoint now);
  /// Leaves `finished` as it is where the journal could not be written.
  Result<std::optional<Candidate>> validate(Finished& finished, TimePoint now);
  Status enroll(const Candidate& candidate, TimePoint now);
  Status release(TimePoint now);
  Status watch_latency(TimePoint now);
  Status summarise(TimePoint now);

  Status open_logs(const feedback::PredictionLog::Visit& prediction, const feedback::LabelLog::Visit& labels);
  Status adopt(const Json& configured);
  /// `by_hand`: a person lets a version go that brakes hold back; `command` says who.
  Status begin_rollout(TimePoint now, bool by_hand = false, const Json& command = Json::object());
  /// True where brakes hold the version back; says so once.
  Result<bool> hold_back(const ModelVersion& version, TimePoint now);
  /// Tells people, once in a phase, that a promotion waits for one of them.
  Status ask_approval(const rollout::Action& action, const rollout::RecordedStep& decided_on, TimePoint now);
  /// True where nothing may be gone back to by itself; says so once in a phase.
  Result<bool> hold_rollback(const rollout::Action& action, const rollout::RecordedStep& decided_on, TimePoint now);
  /// The events that take the challenger away before its promotion, through no fault of its own.
  Result<std::vector<NewEvent>> plan_withdrawal(const std::string& reason) const;
  Status warn_of_arms(const rollout::Evidence& evidence, TimePoint now);
  /// Evidence is gathered for the state's present phase from here on.
  void follow_phase();
  /// `decided_on` is what `action` follows from; it is journalled with it.
  Status perform(const rollout::Action& action, const rollout::RecordedStep& decided_on, const Json& command,
                 TimePoint now);
  std::string why_unusable(const std::string& version) const;
  Status fail_job(const std::string& job, const Error& error, TimePoint now);
  void align_entities(Table& rows) const;
  Status watch_stream(const feedback::JoinedBatch& batch);
  Status refresh_reference(TimePoint now);
  /// From the store; nothing where the version has none.
  Result<std::optional<Table>> read_reference(const std::string& version) const;
  Status tell_no_reference(const std::string& version, const Error& error, TimePoint now);
  /// Lets go of the rows of versions that neither serve nor are on their way; who comes back reads them again.
  void forget_references();
  Status inspect(TimePoint now);
  Status watch_silence(TimePoint now);
  Status accept_data(const api::CommandContext& context, TimePoint now);
  Status quarantine(const drift::quality::Triage& found, TimePoint now);
  Status release_data(std::uint64_t good_from, TimePoint good_at, TimePoint now);
  Status warn_of_data(const drift::quality::Report& report, TimePoint now);
  Table current_rows() const;
  std::uint64_t fresh_rows(const Table& current) const;
  void prepare_profile(const Table& reference);
  Status check_training_rows(const LabelledRows& rows) const;
  Status check_nothing_quarantined(const LabelledRows& rows) const;
  Result<Detection> evaluate(TimePoint now);
  Result<Detection> evaluate_scores(const std::string& champion, TimePoint now);
  drift::LabelEvidence look_at_labels(const std::string& version, TimePoint now) const;
  Status journal_drift(const DriftReport& report, TimePoint now);
  Status estimate(const Detection& found, TimePoint now);
  EstimateReport estimate_of(const std::string& version, const AnsweredRows& answered, double labelled);
  void prepare_held_out(const std::string& champion);
  void compare_answers(const std::string& champion, const Outputs& outputs, TimePoint now);
  double labelled_share(const std::string& champion, const Table& rows) const;
  AnsweredRows answered_rows(const std::string& version) const;
  Status journal_estimate(TimePoint now);
  bool waits_for_data() const;  ///< a policy takes the event that a new batch is
  Status watch_importance(Detection& found, TimePoint now);
  ImportanceReport look_at_importance(double threshold);
  Result<ImportanceReport> ask_champion(const ModelVersion& champion, const Table& reference, const Table& current,
                                        double threshold);
  Status journal_importance(TimePoint now);
  Status journal_decay(const std::vector<DecayReport>& reports, TimePoint now);
  Status journal_decisions(const std::vector<triggers::Decision>& decisions, const Json& command, TimePoint now);
  /// `retrains` must outlive the inputs.
  triggers::TriggerInputs trigger_inputs(const Detection& found, std::vector<triggers::PastRetrain>& retrains) const;
  triggers::TriggerMemory trigger_memory() const;
  /// Rows, weights and sets of the request.
  Status choose_training_sets(training::TrainingRequest& request, TimePoint now);
  std::string let_young_rows_wait(TimePoint now);
  /// Where the relation of inputs and truth changed last: seen in the champion's losses, told by a live alarm, or known
  /// since an earlier training.
  std::optional<triggers::ChangePoint> newest_change() const;
  /// Error: conflict, where a retrain or rollout would be orphaned by another one.
  Status check_idle() const;
  const ModelVersion* cycle_version() const;
  std::string champion_text() const;

  ModelConfig config_;
  Services services_;
  std::string folder_;  ///< of the feedback logs; empty: there are none
  std::atomic<bool> configured_{false};
  std::optional<Signature> base_;
  std::shared_ptr<const std::vector<Target>> targets_;
  std::vector<gates::GateCheck> gates_;
  std::shared_ptr<serving::ModelRuntime> runtime_;
  std::unique_ptr<feedback::PredictionLog> prediction_log_;
  std::unique_ptr<feedback::LabelLog> label_log_;
  std::unique_ptr<feedback::Joiner> joiner_;
  feedback::ExampleStore examples_;
  RecentRows recent_{scored_rows_kept};
  std::map<std::string, VersionScores> scores_;
  std::unique_ptr<LabelWaits> waits_;
  drift::LabelEvidence labels_;  ///< at the newest look
  std::optional<LossHistory> losses_;
  std::optional<FreshLosses> fresh_;  ///< where a policy wants it
  std::optional<PairedLosses> paired_;
  std::optional<ArmLosses> arms_;  ///< of the same phase
  std::uint64_t paired_phase_ = 0;
  std::unique_ptr<SplitRecord> split_;  ///< likewise
  std::optional<JudgeSelfTest> self_test_;
  NewestCounts newest_counts_;               ///< of the version that is rolled out
  std::map<std::string, Table> references_;  ///< by version: see forget_references()
  std::string reference_of_;
  std::string no_reference_of_;  ///< the version whose rows could not be read
  drift::SeasonalReference reference_;
  drift::Accumulation accumulation_;  ///< of the looks at reference_; where an alarm budget is stated
  drift::quality::Profile profile_;   ///< of the same rows
  drift::quality::Report newest_quality_;
  drift::quality::Triage newest_triage_;
  std::optional<TimePoint> silent_after_;  ///< no rows until then are a freshness gap
  std::uint64_t rows_at_inspection_ = 0;
  std::unique_ptr<drift::StreamDetector> stream_;
  std::string stream_of_;
  drift::Zone zone_ = drift::Zone::stable;
  drift::Alarm drift_alarm_, decay_alarm_;
  EarlyWarning early_;
  ImportanceWatch importance_;
  triggers::TriggerMemory memory_;
  std::optional<TimePoint> monitored_at_;
  std::uint64_t rows_at_monitor_ = 0;
  std::uint64_t rows_accumulated_ = 0;  ///< of recent_.rows_total()
  std::uint64_t rows_labelled_ = 0;
  std::uint64_t rows_of_history_ = 0;                 ///< those of rows_labelled_ that came from a file
  std::uint64_t labelled_at_training_ = 0;            ///< rows_labelled_ when the newest training began
  std::optional<features::Deriver> history_deriver_;  ///< after a restart: the entities' states without the logs
  std::uint64_t records_restored_ = 0;                ///< of the prediction log, read by restore()
  bool whole_store_ = false;                          ///< the next training takes every row
  std::optional<DriftReport> newest_drift_;
  std::vector<DecayReport> newest_decay_;
  std::map<std::string, std::shared_ptr<RunningTraining>> running_;  ///< by job
  std::deque<Finished> finished_;                                    ///< not judged yet
  std::optional<Candidate> candidate_;                               ///< judged and not registered yet
  std::vector<alerts::Alert> alerts_;
  bool labels_in_trouble_ = false;  ///< people were told that old ones cannot be removed
  bool trainings_held_ = false;
  bool rollouts_held_ = false;
  std::unique_ptr<ArmOutputs> outputs_;  ///< of the phase that paired_phase_ names
};

}  // namespace perennial::lifecycle
