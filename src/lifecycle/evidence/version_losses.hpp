#pragma once
// What one version lost on each row of a batch of joined rows, whatever arm it was in.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/signature.hpp"
#include "feedback/joiner.hpp"

namespace perennial::lifecycle {

struct VersionLosses {
  std::vector<std::uint8_t> present;         ///< per row: 1 = the version gave a finite answer
  std::vector<std::uint8_t> answered;        ///< per row: 1 = its answer was the one that was given
  std::vector<std::vector<double>> targets;  ///< [target][row]; NaN where not present or not labelled
  /// [target][row * classes + class]: what each label would cost. Empty for numbers; NaN where not present.
  std::vector<std::vector<double>> by_class;
};

/// Log losses of classes (probabilities from 1e-6 on; a class that the model does not have is one of probability 0),
/// squared errors of numbers. A version that was a shadow, then a challenger and then the champion occurs in a batch
/// once per arm: each row is taken from the arm it was scored in. Answers of another width are left out.
VersionLosses version_losses(const feedback::JoinedBatch& batch, const std::string& version,
                             const std::vector<Target>& targets);

/// How much the loss of this row varies with its label where labels come as the version says; 0 for numbers.
double stated_variance(const VersionLosses& version, std::size_t target, std::size_t row);
/// The same of mine - factor * theirs, where labels come as the two say on average.
double stated_variance(const VersionLosses& mine, const VersionLosses& theirs, std::size_t target, std::size_t row,
                       double factor);

/// A hash of the row's entity; nothing where rows have none, or this one has none.
std::optional<std::uint64_t> entity_of(const feedback::JoinedBatch& batch, std::size_t row);

}  // namespace perennial::lifecycle
