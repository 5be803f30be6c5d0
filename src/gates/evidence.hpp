#pragma once
// What the gates judge: answers of challenger and champion to the SAME holdout rows. Gathered by the doers as views;
// metrics that were stored earlier have no place here (traps 12, 13).

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/signature.hpp"
#include "core/time.hpp"

namespace perennial::gates {

struct GateEvidence {
  std::span<const Target> targets;             ///< of the signature, in its order
  std::size_t stride = 0;                      ///< floats per row = Signature::output_width()
  std::span<const float> challenger_outputs;   ///< row-major, rows × stride
  std::span<const float> champion_outputs;     ///< the same rows; empty where there is no champion
  std::vector<std::span<const double>> truth;  ///< per target, one value per row; NaN = no label
  std::string challenger_holdout_digest;       ///< of the rows each side really scored; must be equal and not empty
  std::string champion_holdout_digest;
  /// Input columns of each version's signature, and the columns it was scored with: must be equal (trap 35).
  std::vector<std::string> challenger_columns;
  std::vector<std::string> challenger_scored_columns;
  std::vector<std::string> champion_columns;
  std::vector<std::string> champion_scored_columns;
  TimePoint holdout_from{};         ///< time of the first holdout row
  TimePoint challenger_train_to{};  ///< time of the newest training row of each side
  TimePoint champion_train_to{};
  /// The doer has compared row identities: no holdout row was trained on. Allows train_to == holdout_from (several rows
  /// of one instant), never a later train_to.
  bool rows_disjoint = false;
  /// Split by entity: windows may overlap in time, and `entities_disjoint` must have been shown for both sides.
  bool by_entity = false;
  bool entities_disjoint = false;
  bool first_version = false;  ///< no champion: gates against it are skipped, with a reason

  std::size_t rows() const { return stride == 0 ? 0 : challenger_outputs.size() / stride; }
};

}  // namespace perennial::gates
