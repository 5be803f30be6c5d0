#pragma once
// Predict: what HTTP and the command line call. Implemented by serving's users in lifecycle/.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "core/result.hpp"
#include "core/signature.hpp"
#include "core/time.hpp"

namespace perennial::api {

/// One feature value of a request. `name` is empty where features came as a list in signature order.
struct Cell {
  std::string name;
  double number = 0;  ///< NaN for null
  std::string text;   ///< used where is_text
  bool is_text = false;
};

struct Instance {
  std::optional<std::string> id;  ///< the client's; the server makes one where absent
  std::optional<std::string> entity;
  std::optional<TimePoint> at;  ///< default: now
  std::vector<Cell> features;
  bool positional = false;  ///< features are in signature (request) order
};

struct PredictRequest {
  std::string model;
  std::optional<std::string> version;  ///< a version to score with instead of routing; such answers are not logged
  std::vector<Instance> instances;
};

struct Prediction {
  std::string id;
  std::string version;         ///< "1.0.2", the one that computed it
  std::string arm;             ///< "champion" or "challenger"
  std::vector<float> outputs;  ///< Signature::output_width() values
};

struct PredictAnswer {
  std::vector<Target> targets;  ///< layout of every Prediction::outputs
  std::vector<Prediction> predictions;
};

/// Thread-safe; called from HTTP threads; never waits for the control plane.
/// Errors: not_found (model, version), invalid (missing or wrongly typed feature, naming it), unavailable model:
/// conflict.
class Predictions {
 public:
  virtual ~Predictions() = default;
  virtual Result<PredictAnswer> predict(const PredictRequest& request) = 0;
};

/// {"rul": 87.2} for regression; {"health": {"class": "healthy", "probabilities": {…}}} for classification.
Json outputs_to_json(const std::vector<Target>& targets, std::span<const float> outputs);

}  // namespace perennial::api
