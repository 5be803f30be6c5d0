#pragma once
// Builds the one ONNX graph that is a model version: category encodings, one ensemble per target, and everything that
// is needed to serve it again in its metadata.

#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/result.hpp"
#include "core/signature.hpp"
#include "features/encoding.hpp"
#include "inference/tree_ensemble.hpp"

namespace perennial::inference {

struct GraphParts {
  Signature signature;
  features::Encodings encodings;        ///< one entry per categorical input; unlisted and empty texts become NaN
  std::vector<TreeEnsemble> ensembles;  ///< one per target, columns in the order of signature.inputs
  Json metadata = Json::object();       ///< any further keys ("feature_plan", "training", …)
};

/// The serialised ONNX model (ai.onnx opset 13, ai.onnx.ml opset 2; the same parts give the same bytes).
/// Inputs: all-numeric models take one FP32 tensor `features` [n, k]; others one tensor [n, 1] per column, FP32 or
/// STRING, named after the column. Outputs: one FP32 tensor per target in signature order, [n, 1] values for
/// regression, [n, K] class probabilities otherwise (binary: K = 2).
/// metadata_props: "perennial.format" (1), "perennial.signature", "perennial.encodings" and "perennial.<key>" for every
/// key of `metadata`, each a JSON text. Errors: internal (parts do not fit each other), corrupt (see
/// check(TreeEnsemble)), too_large.
Result<std::string> build_graph(const GraphParts& parts);

inline constexpr std::size_t graph_bytes_most = 1u << 30;  ///< protobuf texts end at 2 GiB; larger graphs are refused

}  // namespace perennial::inference
