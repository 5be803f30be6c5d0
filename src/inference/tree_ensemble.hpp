#pragma once
// A boosted ensemble without the library that trained it: what learners hand over and what the ONNX graph is built
// from.

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "core/result.hpp"
#include "core/signature.hpp"

namespace perennial::inference {

/// How a margin becomes an answer.
enum class Link {
  identity,  ///< regression: the margin is the value
  sigmoid,   ///< binary: one margin, probabilities {1 - p, p}
  softmax,   ///< multi-class: one margin per class
};

/// One node. A row goes left where value < threshold (both 32-bit floats), where NaN as `missing_left` says.
struct TreeNode {
  std::int32_t left = -1;  ///< -1: a leaf; otherwise the index of a later node of the same tree
  std::int32_t right = -1;
  std::uint32_t column = 0;
  float threshold = 0;
  bool missing_left = true;
  float value = 0;  ///< of a leaf: added to the margin

  bool is_leaf() const { return left < 0; }
};

/// nodes[0] is the root.
struct Tree {
  std::vector<TreeNode> nodes;
  std::uint32_t margin = 0;  ///< which margin its leaves are added to
};

struct TreeEnsemble {
  std::vector<Tree> trees;
  std::vector<float> base_margins;  ///< one per margin; margins start from these
  Link link = Link::identity;
  std::uint32_t columns = 0;  ///< of the feature matrix

  std::size_t margins() const { return base_margins.size(); }
  /// Floats per row of the answer: 1 for identity, 2 for sigmoid, one per class for softmax.
  std::size_t width() const { return link == Link::sigmoid ? 2 : base_margins.size(); }
};

Link link_of(Task task);

/// An ensemble that answers the same for every row: one leaf per margin.
TreeEnsemble constant_ensemble(std::vector<float> margins, Link link, std::uint32_t columns);

/// Every child index is inside its tree and larger than its parent's (so no walk can run in a circle), columns and
/// margins are in range, at least one margin, thresholds and leaves are finite. Error: corrupt.
Status check(const TreeEnsemble& ensemble);

/// The mean of several ensembles of the same shape: all trees with values divided by their number. Error: internal.
Result<TreeEnsemble> average(const std::vector<TreeEnsemble>& members);

/// Reads a model saved by XGBoost 1.7 as JSON (gbtree; objectives reg:*, binary:logistic, multi:softprob,
/// multi:softmax). `base_score` is a probability there for binary:logistic and is turned into a margin. Errors:
/// corrupt, invalid (categorical splits, another booster or objective).
Result<TreeEnsemble> ensemble_from_xgboost(const Json& model);

/// Margins and link in plain double arithmetic: for tests and explanations, not for serving. `row` has `columns`
/// values.
std::vector<double> answer(const TreeEnsemble& ensemble, const float* row);

}  // namespace perennial::inference
