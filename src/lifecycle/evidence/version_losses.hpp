#pragma once
// What one version lost on each row of a batch of joined rows, whatever arm it was in.

#include <cstdint>
#include <string>
#include <vector>

#include "core/signature.hpp"
#include "feedback/joiner.hpp"

namespace perennial::lifecycle {

struct VersionLosses {
  std::vector<std::uint8_t> present;         ///< per row: 1 = the version gave a finite answer
  std::vector<std::uint8_t> answered;        ///< per row: 1 = its answer was the one that was given
  std::vector<std::vector<double>> targets;  ///< [target][row]; NaN where not present or not labelled
};

/// Log losses of classes (probabilities from 1e-6 on; a class that the model does not have is one of probability 0),
/// squared errors of numbers. A version that was a shadow, then a challenger and then the champion occurs in a batch
/// once per arm: each row is taken from the arm it was scored in. Answers of another width are left out.
VersionLosses version_losses(const feedback::JoinedBatch& batch, const std::string& version,
                             const std::vector<Target>& targets);

}  // namespace perennial::lifecycle
