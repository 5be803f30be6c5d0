#pragma once
// Who answers what: one immutable value that the control plane replaces whole.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/signature.hpp"
#include "serving/model_runtime.hpp"
#include "serving/scorer.hpp"

namespace perennial::serving {

/// A version that is loaded.
struct Servable {
  std::string version;  ///< "1.0.2"
  std::string digest;   ///< SHA-256 of the artifact
  std::shared_ptr<const Scorer> scorer;

  bool loaded() const { return scorer != nullptr; }
};

struct ChallengerRoute {
  Servable servable;
  double weight = 0;       ///< share of the routing units that it answers, 0..1; 0 = scored for evidence only
  std::uint64_t salt = 0;  ///< of the rollout
  bool mirror = true;      ///< also score the rows that the other arm answers (paired evidence)
};

struct ModelRoute {
  std::string model;
  std::shared_ptr<const Signature> signature;  ///< of the champion
  Servable champion;                           ///< not loaded() where no version was promoted yet
  std::optional<ChallengerRoute> challenger;
  std::vector<Servable> shadows;          ///< scored for evidence, never answer
  std::vector<Servable> warm;             ///< earlier champions, newest first, ready for a rollback
  std::uint64_t phase = 0;                ///< grows with every step of a rollout; what Accounting counts under
  std::shared_ptr<ModelRuntime> runtime;  ///< never null; the same in all tables

  /// Champion, challenger, shadow or warm version of that name; null where it is not loaded.
  const Servable* find(std::string_view version) const;
};

struct RoutingTable {
  std::uint64_t epoch = 0;         ///< of the control plane, for display
  std::vector<ModelRoute> models;  ///< sorted by name

  const ModelRoute* find(std::string_view model) const;
  /// Error: internal where names are unsorted or repeated, a weight is outside 0..1, a runtime or signature is missing,
  /// two of the versions that score a model's rows share a version text, or a challenger that is to answer has other
  /// targets than the champion.
  Status check() const;
};

}  // namespace perennial::serving
