#pragma once
// ONNX graphs with a fault inside, made here with nothing of Perennial's: what somebody else's export may do.

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

namespace perennial::inference::testing {

enum class Fault {
  none,
  error,          ///< an index out of range
  not_a_number,   ///< 0 / 0
  wrong,          ///< the answer with the other sign
  slow,           ///< a loop of `rounds`, each a product of matrices
  memory,         ///< 2 GiB in one run
  crash,          ///< the lowest whole number divided by -1: the processor answers with a signal
  crash_at_load,  ///< the same with constants, which are computed while the graph is loaded
};

/// Takes `features` [n, 3] and answers y = 3a - 2b + 0.05 [n, 1]. The fault shows in every run that has a row whose c
/// is above 1.5, so that whoever asks decides when it begins.
class FaultyGraph {
 public:
  static std::string make(Fault fault, std::int64_t rounds = 1) {
    FaultyGraph graph;
    graph.build(fault, rounds);
    return graph.model_.SerializeAsString();
  }

 private:
  using Names = std::initializer_list<const char*>;

  static onnx::NodeProto& node(onnx::GraphProto& into, const char* type, Names inputs, Names outputs,
                               const char* domain = "") {
    auto& made = *into.add_node();
    made.set_op_type(type);
    made.set_domain(domain);
    for (const char* input : inputs) made.add_input(input);
    for (const char* output : outputs) made.add_output(output);
    return made;
  }
  static onnx::AttributeProto& attribute(onnx::NodeProto& of, const char* name,
                                         onnx::AttributeProto::AttributeType type) {
    auto& made = *of.add_attribute();
    made.set_name(name);
    made.set_type(type);
    return made;
  }
  static void integer(onnx::NodeProto& of, const char* name, std::int64_t value) {
    attribute(of, name, onnx::AttributeProto::INT).set_i(value);
  }
  static void floats(onnx::GraphProto& into, const char* name, std::vector<std::int64_t> shape,
                     const std::vector<float>& values) {
    auto& tensor = *into.add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    for (const auto dim : shape) tensor.add_dims(dim);
    for (const float value : values) tensor.add_float_data(value);
  }
  static void integers(onnx::GraphProto& into, const char* name, std::vector<std::int64_t> shape,
                       const std::vector<std::int64_t>& values) {
    auto& tensor = *into.add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::INT64);
    for (const auto dim : shape) tensor.add_dims(dim);
    for (const auto value : values) tensor.add_int64_data(value);
  }
  static void describe(onnx::ValueInfoProto& value, const char* name, int type, std::vector<std::int64_t> shape) {
    value.set_name(name);
    auto& tensor = *value.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(type);
    auto& dims = *tensor.mutable_shape();  // also where there is none: a single value
    for (const auto dim : shape) {
      auto& made = *dims.add_dim();
      if (dim >= 0) made.set_dim_value(dim);
      else made.set_dim_param("n");
    }
  }

  /// A quotient of whole numbers, as a number.
  static void quotient(onnx::GraphProto& into, const char* above, const char* below, const char* output) {
    node(into, "Div", {above, below}, {"quotient"});
    integer(node(into, "Cast", {"quotient"}, {output}), "to", onnx::TensorProto::FLOAT);
  }

  void loop(onnx::GraphProto& branch, std::int64_t rounds) {
    constexpr std::int64_t side = 256;
    integers(branch, "rounds", {}, {rounds});
    auto& begins = *branch.add_initializer();
    begins.set_name("begins");
    begins.set_data_type(onnx::TensorProto::BOOL);
    begins.add_int32_data(1);
    auto& made = node(branch, "Loop", {"rounds", "begins", "good"}, {"faulty"});
    auto& body = *attribute(made, "body", onnx::AttributeProto::GRAPH).mutable_g();
    body.set_name("body");
    describe(*body.add_input(), "i", onnx::TensorProto::INT64, {});
    describe(*body.add_input(), "on", onnx::TensorProto::BOOL, {});
    describe(*body.add_input(), "value", onnx::TensorProto::FLOAT, {-1, 1});
    floats(body, "matrix", {side, side}, std::vector<float>(side * side, 1e-3F));
    floats(body, "nothing", {}, {0});
    node(body, "Identity", {"on"}, {"goes_on"});
    integer(node(body, "ReduceMean", {"value"}, {"mean"}), "keepdims", 0);
    node(body, "Mul", {"matrix", "mean"}, {"scaled"});
    node(body, "MatMul", {"scaled", "scaled"}, {"product"});
    integer(node(body, "ReduceMean", {"product"}, {"product_mean"}), "keepdims", 0);
    node(body, "Mul", {"product_mean", "nothing"}, {"none"});
    node(body, "Add", {"value", "none"}, {"next"});
    describe(*body.add_output(), "goes_on", onnx::TensorProto::BOOL, {});
    describe(*body.add_output(), "next", onnx::TensorProto::FLOAT, {-1, 1});
  }

  void fault_into(onnx::GraphProto& branch, Fault fault, std::int64_t rounds) {
    switch (fault) {
      case Fault::error:
        integers(branch, "far", {1}, {1000});
        integer(node(branch, "Gather", {"good", "far"}, {"faulty"}), "axis", 1);
        break;
      case Fault::not_a_number:
        node(branch, "Sub", {"good", "good"}, {"zero"});
        node(branch, "Div", {"zero", "zero"}, {"faulty"});
        break;
      case Fault::wrong: node(branch, "Neg", {"good"}, {"faulty"}); break;
      case Fault::slow: loop(branch, rounds); break;
      case Fault::memory:
        integers(branch, "large", {1}, {std::int64_t{1} << 29});
        floats(branch, "nothing", {}, {0});
        integer(node(branch, "ReduceMax", {"good"}, {"one"}), "keepdims", 0);
        node(branch, "Expand", {"one", "large"}, {"many"});
        integer(node(branch, "ReduceMean", {"many"}, {"again_one"}), "keepdims", 0);
        node(branch, "Mul", {"again_one", "nothing"}, {"none"});
        node(branch, "Add", {"good", "none"}, {"faulty"});
        break;
      case Fault::crash:
        integer(node(branch, "Cast", {"good"}, {"whole"}), "to", onnx::TensorProto::INT64);
        integers(branch, "lowest", {1}, {std::numeric_limits<std::int64_t>::min()});
        integers(branch, "minus_one", {1}, {-1});
        node(branch, "Sub", {"whole", "whole"}, {"zero"});
        node(branch, "Add", {"zero", "lowest"}, {"as_low"});
        quotient(branch, "as_low", "minus_one", "faulty");
        break;
      default: node(branch, "Identity", {"good"}, {"faulty"});
    }
    describe(*branch.add_output(), "faulty", onnx::TensorProto::FLOAT, {-1, 1});
    branch.set_name("faulty_branch");
  }

  void build(Fault fault, std::int64_t rounds) {
    model_.set_ir_version(7);
    model_.set_producer_name("somebody else");
    auto& standard = *model_.add_opset_import();
    standard.set_domain("");
    standard.set_version(13);
    auto& classical = *model_.add_opset_import();
    classical.set_domain("ai.onnx.ml");
    classical.set_version(2);
    auto& graph = *model_.mutable_graph();
    graph.set_name("faulty");
    describe(*graph.add_input(), "features", onnx::TensorProto::FLOAT, {-1, 3});
    describe(*graph.add_output(), "y", onnx::TensorProto::FLOAT, {-1, 1});
    floats(graph, "weights", {3, 1}, {3, -2, 0});
    floats(graph, "bias", {1}, {0.05F});
    node(graph, "MatMul", {"features", "weights"}, {"product_of_row"});
    node(graph, "Add", {"product_of_row", "bias"}, {"good"});
    if (fault == Fault::none) {
      node(graph, "Identity", {"good"}, {"y"});
      return;
    }
    if (fault == Fault::crash_at_load) {
      integers(graph, "lowest", {1}, {std::numeric_limits<std::int64_t>::min()});
      integers(graph, "minus_one", {1}, {-1});
      quotient(graph, "lowest", "minus_one", "much");
      node(graph, "Add", {"good", "much"}, {"y"});
      return;
    }
    integers(graph, "column_c", {1}, {2});
    floats(graph, "onset", {}, {1.5F});
    integer(node(graph, "Gather", {"features", "column_c"}, {"c"}), "axis", 1);
    integer(node(graph, "ReduceMax", {"c"}, {"largest_c"}), "keepdims", 0);
    node(graph, "Greater", {"largest_c", "onset"}, {"begun"});
    auto& either = node(graph, "If", {"begun"}, {"y"});
    fault_into(*attribute(either, "then_branch", onnx::AttributeProto::GRAPH).mutable_g(), fault, rounds);
    auto& otherwise = *attribute(either, "else_branch", onnx::AttributeProto::GRAPH).mutable_g();
    otherwise.set_name("good_branch");
    node(otherwise, "Identity", {"good"}, {"fine"});
    describe(*otherwise.add_output(), "fine", onnx::TensorProto::FLOAT, {-1, 1});
  }

  onnx::ModelProto model_;
};

}  // namespace perennial::inference::testing
