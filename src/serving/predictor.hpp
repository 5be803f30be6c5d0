#pragma once
// The data plane: rows in, answers out, evidence on the side. Never waits for the control plane.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/signature.hpp"
#include "core/table.hpp"
#include "feedback/record.hpp"
#include "serving/router.hpp"
#include "serving/shadow_queue.hpp"

namespace perennial::serving {

struct PredictBatch {
  std::vector<std::string> ids;  ///< one per row, not empty
  Table rows;                    ///< exactly the request columns in signature order, with `times`; `entities` or none
};

/// One per version that answered rows of a batch.
struct Answerer {
  std::string version;
  std::string digest;
  feedback::Arm arm = feedback::Arm::champion;
};

struct BatchAnswer {
  std::shared_ptr<const Signature> signature;  ///< layout of the outputs
  Outputs outputs;                             ///< the answers, row by row
  std::vector<Answerer> answerers;
  std::vector<std::uint16_t> answered_by;  ///< per row: index into answerers
  std::size_t repeated = 0;                ///< rows whose id was answered before (same answer, not logged again)
};

/// Everything that was predicted, once per batch, without rows whose id was answered before. Called from the thread of
/// predict() or of the shadow worker; must not block and must not call the predictor.
using RecordSink = std::function<void(const std::string& model, std::shared_ptr<const feedback::PredictionRecord>)>;

struct PredictorOptions {
  /// Score for evidence in the caller's thread, before predict() returns (replay, tests); otherwise by the queue.
  bool evidence_inline = false;
  /// Microseconds that a run of so many rows took, where time is virtual; null = measured with a steady clock.
  std::function<double(const Servable& servable, std::size_t rows)> modelled_latency_us;
  std::size_t shadow_rows = limits::shadow_queue;
  /// Told before rows are answered that the sink will get: what is lost in between can be counted. Must not block.
  std::function<void(const std::string& model, std::size_t rows)> answering;
};

/// Thread-safe.
///
/// A row whose id was answered within the newest kAnswersRemembered answers of its model (this process) gets that
/// answer again, whatever its features are now; it moves no feature state, is not logged and not counted as evidence.
/// Two calls with the same id at the very same moment may both be scored and handed to the sink; the joiner then keeps
/// the first.
///
/// Where a challenger gives an error or a value that is not finite, the champion answers that row (arm: champion) and
/// the challenger is charged with the error. Where the champion does, the version before it answers (arm: shadow): the
/// one that scores beside it after a promotion, or the newest earlier champion. A row that neither can answer fails the
/// call: internal.
class Predictor {
 public:
  Predictor(const Router& router, RecordSink sink, PredictorOptions options = {});
  ~Predictor();  ///< finishes the waiting evidence

  /// Errors: not_found (no such model, known ones listed), conflict (the model has no champion), invalid (rows do not
  /// fit the signature), internal (the champion failed).
  Result<BatchAnswer> predict(const std::string& model, PredictBatch batch);
  /// Scores with one loaded version; leaves no trace: no feature state, no record, no evidence. Also not_found
  /// (version).
  Result<BatchAnswer> predict_with(const std::string& model, const std::string& version,
                                   const PredictBatch& batch) const;

  ShadowCounts shadow() const;
  /// Returns when the evidence of all earlier calls has reached the sink.
  void drain();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace perennial::serving
