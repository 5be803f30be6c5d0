#pragma once
// What trains one target. Used by the trainer executable only.

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/result.hpp"
#include "core/signature.hpp"
#include "inference/tree_ensemble.hpp"

namespace perennial::learners {

/// Rows for one target. `features` is row-major with NaN for missing values; truth is the value or the class index,
/// never NaN; weights are > 0.
struct Examples {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> features;
  std::vector<float> truth;
  std::vector<float> weights;
};

struct Problem {
  Task task = Task::regression;
  std::size_t classes = 0;  ///< of a classification
  Examples train;           ///< at least one row
  Examples validation;      ///< may be empty: then there is no early stopping
  Json params;              ///< as check_parameters() gives them
  std::uint64_t seed = 42;
  int threads = 1;  ///< 0: as many as OMP_NUM_THREADS says
};

/// A trained model in its library's own hands: the reference that the exported graph is compared with.
class NativeModel {
 public:
  virtual ~NativeModel() = default;
  /// Row-major answers, rows × (1 for regression, classes otherwise), computed by the training library.
  virtual Result<std::vector<float>> predict(std::span<const float> features, std::size_t rows) const = 0;
};

struct Trained {
  std::shared_ptr<const NativeModel> native;
  inference::TreeEnsemble ensemble;
  std::size_t rounds = 0;                            ///< boosting rounds that were kept (the mean over bags)
  std::map<std::string, double> validation_metrics;  ///< of the early-stopped model: "rmse" | "logloss"; may be empty
  std::vector<double> gain;  ///< per column what its splits gained, all trees; empty where the learner has no splits
  bool refitted = false;     ///< fitted again on train and validation rows with `rounds`
};

class Learner {
 public:
  virtual ~Learner() = default;
  /// Deterministic: the same problem gives the same ensemble, whatever `threads` is. Errors: invalid, internal.
  virtual Result<Trained> train(const Problem& problem) const = 0;
};

}  // namespace perennial::learners
