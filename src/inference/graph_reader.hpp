#pragma once
// Reads back what build_graph() wrote, trusting nothing: the runtime does not check tree tables well enough to be given
// bytes that came from a damaged disk.

#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "core/result.hpp"
#include "core/signature.hpp"
#include "features/encoding.hpp"
#include "inference/tree_ensemble.hpp"

namespace perennial::inference {

struct GraphHead {
  Signature signature;
  features::Encodings encodings;
  Json metadata = Json::object();
  std::vector<std::string> input_names;   ///< in the graph's order
  std::vector<std::string> output_names;  ///< one per target, in signature order
};

/// Checks that the bytes are a graph of ours: producer, operators, tree tables without circles or foreign indexes,
/// inputs and outputs as the signature in the metadata says. Errors: corrupt, invalid (another producer or operator).
Result<GraphHead> read_graph(std::string_view bytes);

}  // namespace perennial::inference
