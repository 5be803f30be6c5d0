#include "inference/tree_ensemble.hpp"

#include <cmath>
#include <limits>
#include <string>

namespace perennial::inference {

Link link_of(Task task) {
  switch (task) {
    case Task::regression: return Link::identity;
    case Task::binary: return Link::sigmoid;
    case Task::multiclass: return Link::softmax;
  }
  return Link::identity;
}

TreeEnsemble constant_ensemble(std::vector<float> margins, Link link, std::uint32_t columns) {
  TreeEnsemble ensemble;
  ensemble.link = link;
  ensemble.columns = columns;
  for (std::uint32_t margin = 0; margin < margins.size(); ++margin) ensemble.trees.push_back({{TreeNode{}}, margin});
  ensemble.base_margins = std::move(margins);
  return ensemble;
}

Status check(const TreeEnsemble& ensemble) {
  const auto bad = [](std::size_t tree, const std::string& what) {
    return fail(ErrorCode::corrupt, "tree " + std::to_string(tree) + " of the ensemble " + what);
  };
  if (ensemble.base_margins.empty()) return fail(ErrorCode::corrupt, "the ensemble has no output");
  if (ensemble.columns == 0) return fail(ErrorCode::corrupt, "the ensemble has no input column");
  if (ensemble.link != Link::softmax && ensemble.base_margins.size() != 1)
    return fail(ErrorCode::corrupt, "the ensemble has several margins where its link takes one");
  for (const float margin : ensemble.base_margins)
    if (!std::isfinite(margin)) return fail(ErrorCode::corrupt, "the ensemble's base margin is not finite");
  for (std::size_t t = 0; t < ensemble.trees.size(); ++t) {
    const auto& tree = ensemble.trees[t];
    if (tree.nodes.empty()) return bad(t, "has no node");
    if (tree.nodes.size() > std::numeric_limits<std::int32_t>::max()) return bad(t, "has too many nodes");
    if (tree.margin >= ensemble.margins()) return bad(t, "adds to an output that does not exist");
    const auto count = static_cast<std::int32_t>(tree.nodes.size());
    for (std::int32_t i = 0; i < count; ++i) {
      const auto& node = tree.nodes[static_cast<std::size_t>(i)];
      if (node.is_leaf()) {
        if (!std::isfinite(node.value)) return bad(t, "has a leaf that is not finite");
        continue;
      }
      if (node.left <= i || node.right <= i || node.left >= count || node.right >= count)
        return bad(t, "has a child outside of it or before its parent");
      if (node.column >= ensemble.columns) return bad(t, "splits on a column that does not exist");
      if (!std::isfinite(node.threshold)) return bad(t, "has a threshold that is not finite");
    }
  }
  return {};
}

Result<TreeEnsemble> average(const std::vector<TreeEnsemble>& members) {
  if (members.empty()) return fail(ErrorCode::internal, "an average of no ensembles was asked for");
  if (members.size() == 1) return members.front();
  TreeEnsemble mean;
  mean.link = members.front().link;
  mean.columns = members.front().columns;
  mean.base_margins.assign(members.front().margins(), 0.0F);
  const auto share = 1.0F / static_cast<float>(members.size());
  for (const auto& member : members) {
    if (member.link != mean.link || member.columns != mean.columns || member.margins() != mean.margins())
      return fail(ErrorCode::internal, "ensembles of different shapes cannot be averaged");
    for (std::size_t i = 0; i < mean.margins(); ++i) mean.base_margins[i] += member.base_margins[i] * share;
    for (auto tree : member.trees) {
      for (auto& node : tree.nodes)
        if (node.is_leaf()) node.value *= share;
      mean.trees.push_back(std::move(tree));
    }
  }
  return mean;
}

std::vector<double> answer(const TreeEnsemble& ensemble, const float* row) {
  std::vector<double> margins(ensemble.base_margins.begin(), ensemble.base_margins.end());
  for (const auto& tree : ensemble.trees) {
    const TreeNode* node = &tree.nodes.front();
    while (!node->is_leaf()) {
      const float value = row[node->column];
      const bool left = std::isnan(value) ? node->missing_left : value < node->threshold;
      node = &tree.nodes[static_cast<std::size_t>(left ? node->left : node->right)];
    }
    margins[tree.margin] += static_cast<double>(node->value);
  }
  if (ensemble.link == Link::identity) return margins;
  if (ensemble.link == Link::sigmoid) {
    const double p = 1.0 / (1.0 + std::exp(-margins.front()));
    return {1.0 - p, p};
  }
  double largest = margins.front();
  for (const double margin : margins) largest = std::max(largest, margin);
  double sum = 0;
  for (double& margin : margins) sum += margin = std::exp(margin - largest);
  for (double& margin : margins) margin /= sum;
  return margins;
}

}  // namespace perennial::inference
