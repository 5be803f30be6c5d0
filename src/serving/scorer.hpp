#pragma once
// What serving needs of a loaded version, so that a tree engine, a scorer child or a fake can stand in for a session.

#include <memory>

#include "core/signature.hpp"
#include "features/batch.hpp"
#include "inference/scorer.hpp"
#include "inference/session.hpp"

namespace perennial::serving {

using inference::Scorer;

/// A session in this process. Unlike the session itself it gives answers that are not finite as they are: they are
/// counted as such.
class SessionScorer final : public Scorer {
 public:
  explicit SessionScorer(std::shared_ptr<const inference::Session> session) : session_(std::move(session)) {}
  const Signature& signature() const override { return session_->signature(); }
  Result<Outputs> run(const features::InputBatch& batch) const override {
    Outputs outputs;
    if (auto done = session_->run_unchecked(batch, outputs); !done) return std::unexpected(std::move(done).error());
    return outputs;
  }

 private:
  std::shared_ptr<const inference::Session> session_;
};

}  // namespace perennial::serving
