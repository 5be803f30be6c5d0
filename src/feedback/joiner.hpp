#pragma once
// Brings labels and predictions together, whichever comes first. Everything that waits is bounded (trap_30).

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/limits.hpp"
#include "core/signature.hpp"
#include "core/table.hpp"
#include "feedback/label_batch.hpp"
#include "feedback/record.hpp"

namespace perennial::feedback {

/// Answers of one version for the rows of a JoinedBatch.
struct VersionOutputs {
  std::string version;
  Arm arm = Arm::champion;
  Outputs outputs;                    ///< NaN where not present
  std::vector<std::uint8_t> present;  ///< per row: 1 = a finite answer
  std::vector<std::uint8_t> failed;   ///< per row: 1 = it was asked and failed
};

/// Predictions whose label has come, in the order in which the pairs were made. All rows have the same input columns.
/// A row whose targets are labelled by separate calls appears once per call, each time with the new targets only.
struct JoinedBatch {
  Table inputs;  ///< the graph's input columns, with times and (where known) entities
  std::vector<std::string> ids;
  std::vector<Truth> truth;  ///< truth[target][row], NaN = not in this label
  std::vector<VersionOutputs> versions;
  std::vector<std::int32_t> answered_by;  ///< index into versions, -1 = nobody
  std::vector<TimePoint> label_received_at;
  std::vector<float> confidence;  ///< of the label, 0..1

  std::size_t rows() const { return ids.size(); }
  Duration delay(std::size_t row) const { return label_received_at[row] - inputs.times[row]; }
};

struct JoinerOptions {
  std::size_t pending_rows = limits::pending_predictions;  ///< predictions waiting; the oldest are dropped and counted
  std::uint64_t pending_bytes = 512ull << 20;              ///< of their columns and answers, whichever is reached first
  std::size_t early_labels = 100'000;                      ///< labels without a prediction; the oldest are dropped
  bool by_entity = true;                                   ///< also find predictions by entity and time
};

struct JoinerCounts {
  std::uint64_t pending = 0;               ///< rows that wait for a label
  std::uint64_t predictions = 0;           ///< rows ever added
  std::uint64_t repeated_predictions = 0;  ///< rows left out because their id is pending already
  std::uint64_t predictions_dropped = 0;   ///< left unlabelled when the bound was reached
  std::uint64_t joined = 0;                ///< pairs made
  std::uint64_t joined_dropped = 0;        ///< pairs that nobody took: as many as pending_rows waited already
  std::uint64_t repeated_labels = 0;       ///< labels of targets that were labelled before; left out
  std::uint64_t early = 0;                 ///< labels that wait for their prediction
  std::uint64_t early_dropped = 0;
};

struct LabelMatches {
  std::size_t joined = 0;
  std::size_t unmatched = 0;  ///< kept, in case the prediction comes later
};

/// One per model. Thread-safe. The same calls in the same order give the same batches.
/// Of several predictions of one entity at one instant the newest is found by entity and time.
class Joiner {
 public:
  /// Of more than 64 targets the first 64 are joined (one bit each says which were labelled).
  explicit Joiner(std::shared_ptr<const std::vector<Target>> targets, JoinerOptions options = {});
  ~Joiner();

  /// The record must pass check(), have times, and not change any more. A row whose id is pending already is left out.
  void add(std::shared_ptr<const PredictionRecord> record);
  /// `labels` may have other targets than this joiner; they are matched by name.
  LabelMatches add(const LabelBatch& labels);
  /// True where a prediction of that key waits for a label or was labelled while its block was still kept.
  bool knows(const LabelKey& key) const;
  /// The rows joined since the last call, oldest pair first; one batch per change of the input columns.
  std::vector<JoinedBatch> take();
  JoinerCounts counts() const;
  /// From now on labels are read in terms of these targets (a new signature).
  void set_targets(std::shared_ptr<const std::vector<Target>> targets);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace perennial::feedback
