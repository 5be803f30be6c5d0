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

Json to_json(const PairedGain& gain) {
  return {
      {"rows", gain.rows}, {"champion", gain.champion}, {"challenger", gain.challenger}, {"corrected", gain.corrected}};
}

PairedGain paired_gain_from_json(const Json& value) {
  PairedGain gain;
  if (!value.is_object()) return gain;
  gain.rows = value.value("rows", std::uint64_t{0});
  gain.champion = value.value("champion", 0.0);
  gain.challenger = value.value("challenger", 0.0);
  gain.corrected = value.value("corrected", 0.0);
  return gain;
}

Json to_json(const PastRetrain& retrain) {
  return {{"job", retrain.job},
          {"requested_row", retrain.requested_row},
          {"version", retrain.version},
          {"outcome", std::string(to_string(retrain.outcome))},
          {"promoted_row", retrain.promoted_row ? Json(*retrain.promoted_row) : Json(nullptr)},
          {"paired", to_json(retrain.paired)}};
}

}  // namespace perennial::triggers
