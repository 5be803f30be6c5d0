#pragma once
// Labelled rows on their way from feedback to training and to the gates.

#include <map>
#include <string>
#include <vector>

#include "core/signature.hpp"
#include "core/table.hpp"

namespace perennial {

/// Rows whose labels have matured, oldest first. `inputs` holds the graph's input columns (derived ones included, as
/// they were when the row was predicted) with times and entities; truth[t][row] belongs to Signature::targets[t].
struct LabelledRows {
  Table inputs;
  std::vector<Truth> truth;
};

}  // namespace perennial
