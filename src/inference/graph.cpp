#include "inference/graph.hpp"

#include <cmath>
#include <limits>
#include <set>

#include <onnx/onnx_pb.h>

#include "inference/graph_names.hpp"

namespace perennial::inference {
namespace {

onnx::AttributeProto* attribute(onnx::NodeProto* node, const char* name, onnx::AttributeProto::AttributeType type) {
  auto* made = node->add_attribute();
  made->set_name(name);
  made->set_type(type);
  return made;
}

class GraphBuilder {
 public:
  explicit GraphBuilder(const GraphParts& parts) : parts_(parts) {}

  Result<std::string> build() {
    model_.set_ir_version(7);
    model_.set_producer_name(graph_names::producer);
    auto* standard = model_.add_opset_import();
    standard->set_domain("");
    standard->set_version(13);
    auto* classical = model_.add_opset_import();
    classical->set_domain(graph_names::ml_domain);
    classical->set_version(2);
    graph_ = model_.mutable_graph();
    graph_->set_name("model");

    TRY(add_inputs());
    for (std::size_t t = 0; t < parts_.ensembles.size(); ++t) TRY(add_target(t));
    add_metadata();
    const std::size_t bytes = model_.ByteSizeLong();
    if (bytes > graph_bytes_most)
      return fail(ErrorCode::too_large, "the model's graph has " + std::to_string(bytes) + " bytes", "",
                  "use fewer rounds, bags or a smaller max_depth");
    std::string text;
    if (!model_.SerializeToString(&text)) return fail(ErrorCode::internal, "the model's graph cannot be serialised");
    return text;
  }

 private:
  /// A name that no other value of the graph has.
  std::string fresh(const std::string& wanted) {
    std::string name = wanted;
    for (int i = 2; !taken_.insert(name).second; ++i) name = wanted + "_" + std::to_string(i);
    return name;
  }

  onnx::NodeProto* add_node(const char* type, const char* domain, const std::vector<std::string>& inputs,
                            const std::string& output) {
    auto* node = graph_->add_node();
    node->set_op_type(type);
    node->set_domain(domain);
    node->set_name("node_" + std::to_string(graph_->node_size()));
    for (const auto& input : inputs) node->add_input(input);
    node->add_output(output);
    return node;
  }

  static void describe(onnx::ValueInfoProto* value, const std::string& name, int type, std::size_t width) {
    value->set_name(name);
    auto* tensor = value->mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(type);
    tensor->mutable_shape()->add_dim()->set_dim_param("n");
    tensor->mutable_shape()->add_dim()->set_dim_value(static_cast<std::int64_t>(width));
  }

  Status add_inputs() {
    const auto& inputs = parts_.signature.inputs;
    if (inputs.empty()) return fail(ErrorCode::internal, "a graph without input columns was asked for");
    if (parts_.signature.all_numeric()) {
      matrix_ = fresh(graph_names::matrix_input);
      describe(graph_->add_input(), matrix_, onnx::TensorProto::FLOAT, inputs.size());
      return {};
    }
    for (const auto& input : inputs)
      if (!taken_.insert(input.name).second)
        return fail(ErrorCode::internal, "the signature has the input '" + input.name + "' twice");
    std::vector<std::string> pieces;
    for (const auto& input : inputs) {
      if (input.kind == ColumnKind::numeric) {
        describe(graph_->add_input(), input.name, onnx::TensorProto::FLOAT, 1);
        pieces.push_back(input.name);
        continue;
      }
      describe(graph_->add_input(), input.name, onnx::TensorProto::STRING, 1);
      const auto* encoding = parts_.encodings.find(input.name);
      if (encoding == nullptr)
        return fail(ErrorCode::internal, "the categorical input '" + input.name + "' has no encoding");
      pieces.push_back(fresh("/encoded/" + input.name));
      add_encoder(*encoding, input.name, pieces.back());
    }
    matrix_ = pieces.front();
    if (pieces.size() > 1) {
      matrix_ = fresh("/matrix");
      auto* axis = attribute(add_node("Concat", "", pieces, matrix_), "axis", onnx::AttributeProto::INT);
      axis->set_i(1);
    }
    return {};
  }

  void add_encoder(const features::CategoryEncoding& encoding, const std::string& from, const std::string& to) {
    auto* node = add_node("LabelEncoder", graph_names::ml_domain, {from}, to);
    auto* keys = attribute(node, "keys_strings", onnx::AttributeProto::STRINGS);
    auto* values = attribute(node, "values_floats", onnx::AttributeProto::FLOATS);
    std::size_t number = 0;
    for (const auto& value : encoding.values) {
      keys->add_strings(value);
      // The empty text means "missing", whatever the encoding says.
      values->add_floats(value.empty() ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(number));
      ++number;
    }
    if (encoding.values.empty()) {  // an encoder without keys is not a valid node
      keys->add_strings("");
      values->add_floats(std::numeric_limits<float>::quiet_NaN());
    }
    attribute(node, "default_float", onnx::AttributeProto::FLOAT)->set_f(std::numeric_limits<float>::quiet_NaN());
  }

  void add_trees(const TreeEnsemble& ensemble, const std::string& output) {
    auto* node = add_node("TreeEnsembleRegressor", graph_names::ml_domain, {matrix_}, output);
    const auto list = [&](const char* name, onnx::AttributeProto::AttributeType type) {
      return attribute(node, name, type);
    };
    using A = onnx::AttributeProto;
    list("n_targets", A::INT)->set_i(static_cast<std::int64_t>(ensemble.margins()));
    list("aggregate_function", A::STRING)->set_s("SUM");
    list("post_transform", A::STRING)->set_s("NONE");
    auto* base = list("base_values", A::FLOATS);
    for (const float margin : ensemble.base_margins) base->add_floats(margin);
    auto* tree_ids = list("nodes_treeids", A::INTS);
    auto* node_ids = list("nodes_nodeids", A::INTS);
    auto* columns = list("nodes_featureids", A::INTS);
    auto* modes = list("nodes_modes", A::STRINGS);
    auto* thresholds = list("nodes_values", A::FLOATS);
    auto* lefts = list("nodes_truenodeids", A::INTS);
    auto* rights = list("nodes_falsenodeids", A::INTS);
    auto* missing = list("nodes_missing_value_tracks_true", A::INTS);
    auto* leaf_trees = list("target_treeids", A::INTS);
    auto* leaf_nodes = list("target_nodeids", A::INTS);
    auto* leaf_margins = list("target_ids", A::INTS);
    auto* leaf_values = list("target_weights", A::FLOATS);
    // The runtime wants at least one tree; a leaf of zero changes nothing.
    static const std::vector<Tree> empty_tree{Tree{{TreeNode{}}, 0}};
    const auto& trees = ensemble.trees.empty() ? empty_tree : ensemble.trees;
    for (std::size_t t = 0; t < trees.size(); ++t) {
      for (std::size_t i = 0; i < trees[t].nodes.size(); ++i) {
        const auto& source = trees[t].nodes[i];
        tree_ids->add_ints(static_cast<std::int64_t>(t));
        node_ids->add_ints(static_cast<std::int64_t>(i));
        columns->add_ints(source.is_leaf() ? 0 : source.column);
        modes->add_strings(source.is_leaf() ? "LEAF" : "BRANCH_LT");
        thresholds->add_floats(source.is_leaf() ? 0.0F : source.threshold);
        lefts->add_ints(source.is_leaf() ? 0 : source.left);
        rights->add_ints(source.is_leaf() ? 0 : source.right);
        missing->add_ints(!source.is_leaf() && source.missing_left ? 1 : 0);
        if (!source.is_leaf()) continue;
        leaf_trees->add_ints(static_cast<std::int64_t>(t));
        leaf_nodes->add_ints(static_cast<std::int64_t>(i));
        leaf_margins->add_ints(trees[t].margin);
        leaf_values->add_floats(source.value);
      }
    }
  }

  Status add_target(std::size_t t) {
    const auto& target = parts_.signature.targets[t];
    const auto& ensemble = parts_.ensembles[t];
    TRY(check(ensemble));
    if (ensemble.columns != parts_.signature.inputs.size() || ensemble.width() != target.width() ||
        ensemble.link != link_of(target.task))
      return fail(ErrorCode::internal, "the ensemble of target '" + target.name + "' does not fit the signature");
    const std::string output = fresh(target.name);
    // The runtime's own post-transforms are not used: it ignores the sigmoid of a regressor with one output.
    if (ensemble.link == Link::identity) {
      add_trees(ensemble, output);
    } else if (ensemble.link == Link::softmax) {
      const auto margins = fresh("/margins/" + target.name);
      add_trees(ensemble, margins);
      attribute(add_node("Softmax", "", {margins}, output), "axis", onnx::AttributeProto::INT)->set_i(1);
    } else {
      const auto margin = fresh("/margins/" + target.name);
      const auto second = fresh("/second/" + target.name);
      const auto first = fresh("/first/" + target.name);
      add_trees(ensemble, margin);
      add_node("Sigmoid", "", {margin}, second);
      add_node("Sub", "", {one(), second}, first);
      attribute(add_node("Concat", "", {first, second}, output), "axis", onnx::AttributeProto::INT)->set_i(1);
    }
    describe(graph_->add_output(), output, onnx::TensorProto::FLOAT, target.width());
    return {};
  }

  const std::string& one() {
    if (one_.empty()) {
      one_ = fresh("/one");
      auto* tensor = graph_->add_initializer();
      tensor->set_name(one_);
      tensor->set_data_type(onnx::TensorProto::FLOAT);
      tensor->add_dims(1);
      tensor->add_float_data(1.0F);
    }
    return one_;
  }

  void add_metadata() {
    const auto put = [&](const std::string& key, const std::string& value) {
      auto* entry = model_.add_metadata_props();
      entry->set_key(graph_names::metadata_prefix + key);
      entry->set_value(value);
    };
    put(graph_names::format, "1");
    put(graph_names::signature, to_text(to_json(parts_.signature)));
    put(graph_names::encodings, to_text(features::to_json(parts_.encodings)));
    for (const auto& [key, value] : parts_.metadata.items()) put(key, to_text(value));
  }

  const GraphParts& parts_;
  onnx::ModelProto model_;
  onnx::GraphProto* graph_ = nullptr;
  std::set<std::string> taken_;
  std::string matrix_;
  std::string one_;
};

}  // namespace

Result<std::string> build_graph(const GraphParts& parts) {
  if (parts.ensembles.size() != parts.signature.targets.size() || parts.ensembles.empty())
    return fail(ErrorCode::internal, "a graph needs one ensemble per target and at least one");
  if (!parts.metadata.is_object()) return fail(ErrorCode::internal, "a graph's metadata must be a JSON object");
  for (const auto* reserved : {graph_names::format, graph_names::signature, graph_names::encodings})
    if (parts.metadata.contains(reserved))
      return fail(ErrorCode::internal, std::string("the metadata key '") + reserved + "' is the graph's own");
  return GraphBuilder(parts).build();
}

}  // namespace perennial::inference
