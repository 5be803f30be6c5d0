#include "triggers/loss_blocks.hpp"

namespace perennial::triggers {

std::string_view to_string(RetrainOutcome outcome) {
  switch (outcome) {
    case RetrainOutcome::running: return "running";
    case RetrainOutcome::promoted: return "promoted";
    case RetrainOutcome::taken_back: return "taken_back";
    case RetrainOutcome::kept: return "kept";
    case RetrainOutcome::failed: return "failed";
  }
  return "unknown";
}

Json to_json(const PastRetrain& retrain) {
  return {{"job", retrain.job},
          {"requested_row", retrain.requested_row},
          {"version", retrain.version},
          {"outcome", std::string(to_string(retrain.outcome))},
          {"promoted_row", retrain.promoted_row ? Json(*retrain.promoted_row) : Json(nullptr)}};
}

}  // namespace perennial::triggers
