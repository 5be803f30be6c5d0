#pragma once
// A batch answered by two threads, for whoever waits for one batch at a time (a replay, the demo). A server has other
// requests for its second thread.

#include <cstddef>
#include <memory>
#include <utility>

#include "core/worker.hpp"
#include "serving/scorer.hpp"

namespace perennial::serving {

/// Rows of a part at least, but for the last one. Smaller batches than two parts are answered by the caller alone.
inline constexpr std::size_t kPairedRowsLeast = 16;
/// A batch is cut into so many parts at most.
inline constexpr std::size_t kPairedParts = 16;

/// Gives the answers of another scorer, value by value the same: an answer does not depend on the batch it is in.
/// Caller and worker take parts of the batch in turns: no more is waited for than the part that the worker has begun.
/// Thread-safe.
class PairedScorer final : public Scorer {
 public:
  explicit PairedScorer(std::shared_ptr<const Scorer> single) : single_(std::move(single)) {}
  const Signature& signature() const override { return single_->signature(); }
  inference::Readiness readiness() const override { return single_->readiness(); }
  std::string problem() const override { return single_->problem(); }
  /// Errors: that of the first part that failed; internal where parts were answered in different shapes.
  Result<Outputs> run(const features::InputBatch& batch) const override;

 private:
  std::shared_ptr<const Scorer> single_;
  mutable Worker worker_;
};

/// The scorer itself; answered by two threads where `paired`, because nobody else needs the second one.
std::shared_ptr<const Scorer> paired_where(bool paired, std::shared_ptr<const Scorer> scorer);

}  // namespace perennial::serving
