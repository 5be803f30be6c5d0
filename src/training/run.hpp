#pragma once
// One training run: split, train in a child executable, load what it made, and answer the holdout with challenger and
// champion alike. Holdout rows never reach the trainer.

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/json.hpp"
#include "core/result.hpp"
#include "core/signature.hpp"
#include "core/training_data.hpp"
#include "inference/parity.hpp"
#include "inference/scorer.hpp"
#include "training/candidates.hpp"
#include "training/config.hpp"
#include "training/modelled_cost.hpp"
#include "training/process.hpp"
#include "training/run_digest.hpp"
#include "training/split.hpp"

namespace perennial::training {

/// Remembers what a run made, so that a resumed replay does not train the same thing twice. Must be thread-safe where
/// runs are. Storage is given by the caller.
class RunCache {
 public:
  virtual ~RunCache() = default;
  virtual std::optional<std::string> get(const std::string& key) = 0;
  virtual void put(const std::string& key, const std::string& bytes) = 0;
};

struct TrainingRequest {
  std::string model;
  Signature base;              ///< request columns, inputs and targets; inputs must be the columns of rows.inputs
  LabelledRows rows;           ///< oldest first
  std::vector<float> weights;  ///< per row, in (0, 1]; empty: all 1
  std::string window;          ///< one line: which rows these are, and why
  /// None, or two and more that are compared (training/candidates.hpp); `rows` then begin with the longest, and
  /// `weights` and `window` are those of the sets.
  std::vector<TrainingSet> sets;
  std::size_t judged_target = 0;            ///< of the comparison
  std::optional<std::size_t> holdout_rows;  ///< exactly so many newest rows judge; else by config.split and holdout
  Json feature_plan = Json::object();
  TrainConfig config;
  std::shared_ptr<const inference::Scorer> champion;  ///< null for the first version
  std::optional<TimePoint> champion_train_to;
  std::uint64_t seed = 42;               ///< of the training; the entity split uses config.seed
  std::string run_id;                    ///< UUID
  std::filesystem::path work_directory;  ///< made for the run and removed when it ends
  std::filesystem::path trainer;         ///< the perennial-trainer executable
  int nice = 0;                          ///< 0..19, of the trainer: above 0 where requests are answered beside it
  /// A graph that was made elsewhere: it is judged, and nothing is trained. Needs `scorer`; `sets` must be empty.
  std::string graph;
  std::filesystem::path scorer;  ///< the perennial-scorer executable
};

struct RunResult {
  std::string run_id;
  std::string onnx;             ///< the version's bytes
  std::string artifact_digest;  ///< SHA-256 of them
  Signature signature;
  std::string config_hash;
  std::string data_digest;     ///< SHA-256 of all rows of the set (values, texts, times, entities, truths, weights)
  std::string data_version;    ///< date of the newest row learned from, YYYY-MM-DD
  std::string holdout_digest;  ///< SHA-256 of the held-out rows alone
  std::string window;          ///< of the set that was trained on
  std::size_t first_row = 0;   ///< of the request's rows; those that `split` names count from here
  std::optional<Comparison> comparison;  ///< where the request had several sets
  Split split;
  LabelledRows holdout;          ///< the held-out rows, in order
  Outputs challenger_outputs;    ///< for the rows of `holdout`
  Outputs champion_outputs;      ///< for the same rows; empty (width 0) without a champion or where it cannot answer
  std::string champion_problem;  ///< why a champion could not answer; empty otherwise
  std::map<std::string, double> metrics;             ///< "target.metric", challenger on the holdout
  std::map<std::string, double> champion_metrics;    ///< champion on the same rows
  std::map<std::string, double> validation_metrics;  ///< "target.rmse" | "target.logloss" of the early stopping
  std::map<std::string, std::size_t> rounds;         ///< per target
  std::map<std::string, std::map<std::string, double>> importance;  ///< target, column: share of the splits' gain
  inference::ParityReport parity;
  Json library_versions;
  bool foreign = false;  ///< TrainingRequest::graph was judged; no parity, no rounds, no importance
  TrainingSize size;     ///< for modelled_duration()
  bool from_cache = false;
  // Measured; for tables on the side, never for a decision under a virtual clock. Of the run that made the artifact,
  // also where it comes from the cache.
  std::string log_tail;
  Duration train_elapsed{0};  ///< the child
  Duration train_cpu{0};      ///< the child
  /// The child and what goes before and after it here: from the rows to the judged version. Where the artifact comes
  /// from the cache, the child's time of then and the rest of now.
  Duration run_elapsed{0};
};

/// Errors: invalid (too few rows, no truth for a target, rows that do not fit the signature, a graph that cannot be
/// loaded or does not answer the held-out rows),
/// timeout, cancelled, io (the child failed; the message has its end and the tail of its log), corrupt (no usable
/// artifact), conflict (parity refused).
Result<RunResult> run(const TrainingRequest& request, ProcessRunner& runner, RunCache* cache, const CancelFlag& cancel);

/// The size of all trainings that run() would do, before they are done.
TrainingSize training_size(const TrainingRequest& request);

}  // namespace perennial::training
