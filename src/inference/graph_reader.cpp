#include "inference/graph_reader.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include <onnx/onnx_pb.h>

#include "inference/graph.hpp"
#include "inference/graph_names.hpp"

namespace perennial::inference {
namespace {

constexpr std::array operators = {"LabelEncoder", "Concat", "TreeEnsembleRegressor", "Softmax", "Sigmoid", "Sub"};

std::unexpected<Error> corrupt(const std::string& what) {
  return fail(ErrorCode::corrupt, "the model's graph is damaged: " + what);
}

const onnx::AttributeProto& find(const onnx::NodeProto& node, std::string_view name) {
  for (const auto& attribute : node.attribute())
    if (attribute.name() == name) return attribute;
  return onnx::AttributeProto::default_instance();
}

/// Fails unless the node's tables describe an ensemble that check() accepts.
Status check_trees(const onnx::NodeProto& node, std::size_t columns, std::size_t& margins) {
  const auto& tree_ids = find(node, "nodes_treeids").ints();
  const auto& node_ids = find(node, "nodes_nodeids").ints();
  const auto& column_ids = find(node, "nodes_featureids").ints();
  const auto& modes = find(node, "nodes_modes").strings();
  const auto& thresholds = find(node, "nodes_values").floats();
  const auto& lefts = find(node, "nodes_truenodeids").ints();
  const auto& rights = find(node, "nodes_falsenodeids").ints();
  const int count = tree_ids.size();
  if (count == 0 || node_ids.size() != count || column_ids.size() != count || modes.size() != count ||
      thresholds.size() != count || lefts.size() != count || rights.size() != count ||
      find(node, "nodes_missing_value_tracks_true").ints_size() != count)
    return corrupt("a tree table has columns of different lengths");
  TreeEnsemble ensemble;
  ensemble.columns = static_cast<std::uint32_t>(columns);
  ensemble.link = Link::softmax;  // any number of margins
  ensemble.base_margins.assign(find(node, "base_values").floats().begin(), find(node, "base_values").floats().end());
  if (find(node, "n_targets").i() != static_cast<std::int64_t>(ensemble.margins()))
    return corrupt("a tree table has another number of outputs than base values");
  for (int i = 0; i < count; ++i) {
    if (node_ids[i] == 0) ensemble.trees.emplace_back();
    if (ensemble.trees.empty() || tree_ids[i] != static_cast<std::int64_t>(ensemble.trees.size()) - 1 ||
        node_ids[i] != static_cast<std::int64_t>(ensemble.trees.back().nodes.size()))
      return corrupt("a tree table is not in order");
    TreeNode read;
    if (modes[i] == "BRANCH_LT") {
      constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
      if (lefts[i] <= 0 || rights[i] <= 0 || lefts[i] > most || rights[i] > most || column_ids[i] < 0 ||
          column_ids[i] > most)
        return corrupt("a tree table has a node that leads nowhere");
      read.left = static_cast<std::int32_t>(lefts[i]);
      read.right = static_cast<std::int32_t>(rights[i]);
      read.column = static_cast<std::uint32_t>(column_ids[i]);
      read.threshold = thresholds[i];
    } else if (modes[i] != "LEAF" || column_ids[i] != 0) {
      return corrupt("a tree table has a node of an unknown kind");
    }
    ensemble.trees.back().nodes.push_back(read);
  }
  TRY(check(ensemble));

  const auto& leaf_trees = find(node, "target_treeids").ints();
  const auto& leaf_nodes = find(node, "target_nodeids").ints();
  const auto& leaf_margins = find(node, "target_ids").ints();
  const auto& leaf_values = find(node, "target_weights").floats();
  if (leaf_nodes.size() != leaf_trees.size() || leaf_margins.size() != leaf_trees.size() ||
      leaf_values.size() != leaf_trees.size())
    return corrupt("a leaf table has columns of different lengths");
  int leaf = 0;
  for (std::size_t t = 0; t < ensemble.trees.size(); ++t) {
    for (std::size_t i = 0; i < ensemble.trees[t].nodes.size(); ++i) {
      if (!ensemble.trees[t].nodes[i].is_leaf()) continue;
      if (leaf >= leaf_trees.size() || leaf_trees[leaf] != static_cast<std::int64_t>(t) ||
          leaf_nodes[leaf] != static_cast<std::int64_t>(i) || leaf_margins[leaf] < 0 ||
          leaf_margins[leaf] >= static_cast<std::int64_t>(ensemble.margins()) || !std::isfinite(leaf_values[leaf]))
        return corrupt("a leaf table does not fit its trees");
      ++leaf;
    }
  }
  if (leaf != leaf_trees.size()) return corrupt("a leaf table has leaves that no tree has");
  margins = ensemble.margins();
  return {};
}

Status check_nodes(const onnx::GraphProto& graph, const GraphHead& head) {
  std::vector<std::size_t> margins;
  for (const auto& node : graph.node()) {
    if (std::find(operators.begin(), operators.end(), node.op_type()) == operators.end())
      return fail(ErrorCode::invalid, "the model's graph has the operator '" + node.op_type() + "'", "",
                  "only graphs that were trained here are loaded");
    if (node.op_type() == "LabelEncoder" &&
        find(node, "keys_strings").strings_size() != find(node, "values_floats").floats_size())
      return corrupt("a category table has columns of different lengths");
    if (node.op_type() == "TreeEnsembleRegressor") {
      std::size_t count = 0;
      TRY(check_trees(node, head.signature.inputs.size(), count));
      margins.push_back(count);
    }
  }
  if (margins.size() != head.signature.targets.size()) return corrupt("it has not one ensemble per target");
  for (std::size_t t = 0; t < margins.size(); ++t) {
    const auto& target = head.signature.targets[t];
    if (margins[t] != (target.task == Task::multiclass ? target.width() : 1))
      return corrupt("the ensemble of '" + target.name + "' does not fit the signature");
  }
  return {};
}

bool has_shape(const onnx::ValueInfoProto& value, int type, std::size_t width) {
  const auto& tensor = value.type().tensor_type();
  return tensor.elem_type() == type && tensor.shape().dim_size() == 2 &&
         tensor.shape().dim(1).dim_value() == static_cast<std::int64_t>(width);
}

Status check_interface(const onnx::GraphProto& graph, GraphHead& head) {
  const auto& signature = head.signature;
  if (signature.inputs.empty() || signature.targets.empty()) return corrupt("its signature is empty");
  for (const auto& target : signature.targets)
    if (is_classification(target.task) &&
        (target.classes.size() < 2 || (target.task == Task::binary && target.classes.size() != 2)))
      return corrupt("the target '" + target.name + "' has an unusable list of classes");
  if (signature.all_numeric()) {
    if (graph.input_size() != 1 || !has_shape(graph.input(0), onnx::TensorProto::FLOAT, signature.inputs.size()))
      return corrupt("its input does not fit the signature");
  } else {
    if (graph.input_size() != static_cast<int>(signature.inputs.size()))
      return corrupt("it has too few or too many inputs");
    for (int i = 0; i < graph.input_size(); ++i) {
      const auto& column = signature.inputs[static_cast<std::size_t>(i)];
      const int type = column.kind == ColumnKind::numeric ? onnx::TensorProto::FLOAT : onnx::TensorProto::STRING;
      if (graph.input(i).name() != column.name || !has_shape(graph.input(i), type, 1))
        return corrupt("the input '" + column.name + "' does not fit the signature");
    }
  }
  if (graph.output_size() != static_cast<int>(signature.targets.size()))
    return corrupt("it has not one output per target");
  for (int t = 0; t < graph.output_size(); ++t)
    if (!has_shape(graph.output(t), onnx::TensorProto::FLOAT, signature.targets[static_cast<std::size_t>(t)].width()))
      return corrupt("an output does not fit the signature");
  for (const auto& input : graph.input()) head.input_names.push_back(input.name());
  for (const auto& output : graph.output()) head.output_names.push_back(output.name());
  return {};
}

Status read_metadata(const onnx::ModelProto& model, GraphHead& head) {
  const std::string prefix = graph_names::metadata_prefix;
  bool has_signature = false;
  bool has_format = false;
  for (const auto& entry : model.metadata_props()) {
    if (!entry.key().starts_with(prefix)) continue;
    const auto key = entry.key().substr(prefix.size());
    auto value = parse_json(entry.value());
    if (!value) return corrupt("its metadata '" + key + "' is " + value.error().what);
    if (key == graph_names::format) {
      has_format = *value == 1;
    } else if (key == graph_names::signature) {
      ASSIGN_OR_RETURN(head.signature, signature_from_json(*value));
      has_signature = true;
    } else if (key == graph_names::encodings) {
      auto encodings = features::encodings_from_json(*value);
      if (!encodings) return corrupt("its encodings cannot be read: " + encodings.error().what);
      head.encodings = std::move(*encodings);
    } else {
      head.metadata[key] = std::move(*value);
    }
  }
  if (!has_format) return corrupt("it has no format or one that this build does not know");
  if (!has_signature) return corrupt("it has no signature");
  return {};
}

}  // namespace

Result<GraphHead> read_graph(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > graph_bytes_most)
    return corrupt("it has " + std::to_string(bytes.size()) + " bytes");
  onnx::ModelProto model;
  if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return corrupt("it is no ONNX model");
  if (model.producer_name() != graph_names::producer)
    return fail(ErrorCode::invalid, "the model's graph was made by '" + model.producer_name() + "'", "",
                "only graphs that were trained here are loaded");
  GraphHead head;
  TRY(read_metadata(model, head));
  TRY(check_interface(model.graph(), head));
  TRY(check_nodes(model.graph(), head));
  return head;
}

}  // namespace perennial::inference
