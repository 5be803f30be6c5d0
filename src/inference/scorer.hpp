#pragma once
// What answers rows for a version: a session in this process, a child process, or whatever else stands in for one.

#include <string>

#include "core/result.hpp"
#include "core/signature.hpp"
#include "features/batch.hpp"

namespace perennial::inference {

enum class Readiness {
  ready,
  loading,  ///< for the first time
  failed,   ///< it could not be loaded, or what ran it has ended; a next attempt may be under way
};

/// Thread-safe. An answer does not depend on the batch that it is in.
class Scorer {
 public:
  virtual ~Scorer() = default;
  virtual const Signature& signature() const = 0;
  /// One answer per row, Signature::output_width() wide. Answers need not be finite: the caller checks.
  virtual Result<Outputs> run(const features::InputBatch& batch) const = 0;
  virtual Readiness readiness() const { return Readiness::ready; }
  /// Why it is `failed`; empty otherwise.
  virtual std::string problem() const { return {}; }
};

}  // namespace perennial::inference
