#pragma once
// What serving needs of a loaded version, so that a tree engine, a scorer child or a fake can stand in for a session.

#include <memory>

#include "core/signature.hpp"
#include "features/batch.hpp"
#include "inference/session.hpp"

namespace perennial::serving {

/// Immutable and thread-safe. An answer does not depend on the batch that it is in.
class Scorer {
 public:
  virtual ~Scorer() = default;
  virtual const Signature& signature() const = 0;
  /// One answer per row, Signature::output_width() wide. Answers need not be finite: the caller checks.
  virtual Result<Outputs> run(const features::InputBatch& batch) const = 0;
};

/// A session in this process.
class SessionScorer final : public Scorer {
 public:
  explicit SessionScorer(std::shared_ptr<const inference::Session> session) : session_(std::move(session)) {}
  const Signature& signature() const override { return session_->signature(); }
  Result<Outputs> run(const features::InputBatch& batch) const override { return session_->run(batch); }

 private:
  std::shared_ptr<const inference::Session> session_;
};

}  // namespace perennial::serving
