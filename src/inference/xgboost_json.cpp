// XGBoost's JSON model format, versions 1.x, as documented with its JSON schema.

#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "inference/tree_ensemble.hpp"

namespace perennial::inference {
namespace {

/// Numbers in the parameter objects are texts ("5E-1").
double number(const Json& object, const char* key) {
  const auto& text = object.at(key).get_ref<const std::string&>();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::numeric_limits<double>::quiet_NaN();
  return value;
}

/// Nodes are renumbered in the order of a walk from the root: pruned nodes vanish and children follow their parents.
Result<Tree> read_tree(const Json& source, std::uint32_t margin) {
  const auto left = source.at("left_children").get<std::vector<std::int64_t>>();
  const auto right = source.at("right_children").get<std::vector<std::int64_t>>();
  const auto columns = source.at("split_indices").get<std::vector<std::uint32_t>>();
  const auto conditions = source.at("split_conditions").get<std::vector<float>>();
  const auto default_left = source.at("default_left").get<std::vector<int>>();
  const std::size_t count = left.size();
  if (count == 0 || right.size() != count || columns.size() != count || conditions.size() != count ||
      default_left.size() != count)
    return fail(ErrorCode::corrupt, "a tree of the XGBoost model has lists of different lengths");
  if (const auto found = source.find("categories"); found != source.end() && !found->empty())
    return fail(ErrorCode::invalid, "the XGBoost model has categorical splits", "",
                "encode categories before training");

  Tree tree;
  tree.margin = margin;
  struct Step {
    std::size_t from;
    std::int32_t parent;
    bool is_left;
  };
  std::vector<Step> todo{{0, -1, false}};
  while (!todo.empty()) {
    const Step step = todo.back();
    todo.pop_back();
    if (tree.nodes.size() >= count) return fail(ErrorCode::corrupt, "a tree of the XGBoost model runs in a circle");
    const auto index = static_cast<std::int32_t>(tree.nodes.size());
    if (step.parent >= 0) {
      auto& parent = tree.nodes[static_cast<std::size_t>(step.parent)];
      (step.is_left ? parent.left : parent.right) = index;
    }
    TreeNode node;
    const std::int64_t l = left[step.from];
    const std::int64_t r = right[step.from];
    if (l == -1 && r == -1) {
      node.value = conditions[step.from];
    } else {
      if (l < 0 || r < 0 || l >= static_cast<std::int64_t>(count) || r >= static_cast<std::int64_t>(count))
        return fail(ErrorCode::corrupt, "a tree of the XGBoost model has a child outside of it");
      node.column = columns[step.from];
      node.threshold = conditions[step.from];
      node.missing_left = default_left[step.from] != 0;
      node.left = node.right = std::numeric_limits<std::int32_t>::max();
      todo.push_back({static_cast<std::size_t>(r), index, false});
      todo.push_back({static_cast<std::size_t>(l), index, true});
    }
    tree.nodes.push_back(node);
  }
  return tree;
}

Result<TreeEnsemble> read_model(const Json& model) {
  const auto& learner = model.at("learner");
  const auto& parameters = learner.at("learner_model_param");
  const auto objective = learner.at("objective").at("name").get<std::string>();
  const auto& booster = learner.at("gradient_booster");
  if (const auto name = booster.at("name").get<std::string>(); name != "gbtree")
    return fail(ErrorCode::invalid, "the XGBoost model has booster '" + name + "'", "", "only gbtree can be exported");

  TreeEnsemble ensemble;
  const double classes = number(parameters, "num_class");
  const double columns = number(parameters, "num_feature");
  double base = number(parameters, "base_score");
  if (!(columns >= 1 && columns <= std::numeric_limits<std::int32_t>::max()) || !(classes >= 0 && classes <= 1e6) ||
      !std::isfinite(base))
    return fail(ErrorCode::corrupt, "the XGBoost model has unusable parameters");
  ensemble.columns = static_cast<std::uint32_t>(columns);
  std::size_t margins = 1;
  if (objective == "binary:logistic") {
    ensemble.link = Link::sigmoid;
    if (!(base > 0 && base < 1)) return fail(ErrorCode::corrupt, "the XGBoost model's base_score is no probability");
    const auto probability = static_cast<float>(base);
    base = static_cast<double>(-std::log(1.0F / probability - 1.0F));
  } else if (objective == "multi:softprob" || objective == "multi:softmax") {
    ensemble.link = Link::softmax;
    margins = static_cast<std::size_t>(classes);
    if (margins < 2) return fail(ErrorCode::corrupt, "the XGBoost model has fewer than two classes");
  } else if (objective == "reg:squarederror" || objective == "reg:pseudohubererror" ||
             objective == "reg:absoluteerror") {
    ensemble.link = Link::identity;
  } else {
    return fail(ErrorCode::invalid, "the XGBoost model has objective '" + objective + "'", "",
                "known: reg:squarederror, reg:pseudohubererror, reg:absoluteerror, binary:logistic, multi:softprob");
  }
  ensemble.base_margins.assign(margins, static_cast<float>(base));

  const auto& trees = booster.at("model").at("trees");
  const auto& groups = booster.at("model").at("tree_info");
  if (trees.size() != groups.size()) return fail(ErrorCode::corrupt, "the XGBoost model's trees have no groups");
  ensemble.trees.reserve(trees.size());
  for (std::size_t t = 0; t < trees.size(); ++t) {
    ASSIGN_OR_RETURN(auto tree, read_tree(trees[t], groups[t].get<std::uint32_t>()));
    ensemble.trees.push_back(std::move(tree));
  }
  TRY(check(ensemble));
  return ensemble;
}

}  // namespace

Result<TreeEnsemble> ensemble_from_xgboost(const Json& model) {
  try {
    return read_model(model);
  } catch (const Json::exception& e) {
    return fail(ErrorCode::corrupt, std::string("the XGBoost model cannot be read: ") + e.what());
  }
}

}  // namespace perennial::inference
