#pragma once
// Reads the inputs and outputs of a graph that was made elsewhere.

#include <string_view>

#include "core/signature.hpp"
#include "inference/graph_reader.hpp"

namespace perennial::inference {

/// Matches the graph with the signature, as build_graph() would lay it out. Inputs: where all columns are numbers, one
/// FLOAT tensor [n, k]; or one tensor [n, 1] per column with the column's name, FLOAT or STRING. Outputs: FLOAT, per
/// target the one of its name, else the outputs in order where there is one per target; [n, 1] or [n] for regression,
/// [n, K] probabilities otherwise. Further outputs are not asked for where the targets are found by name. Errors:
/// corrupt (no ONNX model, no graph in it), invalid (does not fit the signature; says what is there).
Result<GraphHead> read_foreign_graph(std::string_view bytes, const Signature& signature);

}  // namespace perennial::inference
