#include "inference/foreign_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include <onnx/onnx_pb.h>

#include "inference/graph.hpp"

namespace perennial::inference {
namespace {

std::string shape_of(const onnx::ValueInfoProto& value) {
  const auto& tensor = value.type().tensor_type();
  std::string text;
  for (const auto& dim : tensor.shape().dim())
    text += fmt::format("{}{}", text.empty() ? "" : ", ", dim.has_dim_value() ? std::to_string(dim.dim_value()) : "n");
  return fmt::format("'{}' {} [{}]", value.name(),
                     onnx::TensorProto::DataType_Name(static_cast<onnx::TensorProto::DataType>(tensor.elem_type())),
                     text);
}

/// A dimension that is not stated may be anything; the run checks what comes.
bool may_be(const onnx::TensorShapeProto_Dimension& dim, std::size_t width) {
  return !dim.has_dim_value() || dim.dim_value() == static_cast<std::int64_t>(width);
}

bool fits(const onnx::ValueInfoProto& value, int type, std::size_t width, bool flat_allowed) {
  if (!value.type().has_tensor_type()) return false;
  const auto& tensor = value.type().tensor_type();
  if (tensor.elem_type() != type) return false;
  if (!tensor.has_shape()) return true;
  if (tensor.shape().dim_size() == 1) return flat_allowed && width == 1;
  return tensor.shape().dim_size() == 2 && may_be(tensor.shape().dim(1), width);
}

std::unexpected<Error> does_not_fit(std::string_view what, const onnx::ValueInfoProto& value, std::string wanted) {
  return fail(ErrorCode::invalid, fmt::format("the graph's {} {} does not fit the model", what, shape_of(value)), "",
              "expected: " + std::move(wanted));
}

Status match_inputs(const std::vector<const onnx::ValueInfoProto*>& inputs, GraphHead& head) {
  const auto& columns = head.signature.inputs;
  const bool matrix = head.signature.all_numeric() && inputs.size() == 1 &&
                      fits(*inputs[0], onnx::TensorProto::FLOAT, columns.size(), false);
  if (matrix) {
    head.input_names = {inputs[0]->name()};
    return {};
  }
  if (head.signature.all_numeric() && inputs.size() == 1)
    return does_not_fit("input", *inputs[0], fmt::format("FLOAT [n, {}]", columns.size()));
  if (head.signature.all_numeric())
    return fail(ErrorCode::invalid, fmt::format("the graph has {} inputs", inputs.size()), "",
                fmt::format("a model of numbers takes one: FLOAT [n, {}]", columns.size()));
  if (inputs.size() != columns.size())
    return fail(ErrorCode::invalid,
                fmt::format("the graph has {} inputs, the model {} columns", inputs.size(), columns.size()), "",
                "one input [n, 1] per column, with the column's name");
  for (const auto& column : columns) {
    const auto found = std::ranges::find_if(inputs, [&](const auto* input) { return input->name() == column.name; });
    if (found == inputs.end())
      return fail(ErrorCode::invalid, fmt::format("the graph has no input '{}'", column.name), "",
                  "one input [n, 1] per column, with the column's name");
    const bool number = column.kind == ColumnKind::numeric;
    if (!fits(**found, number ? onnx::TensorProto::FLOAT : onnx::TensorProto::STRING, 1, false))
      return does_not_fit("input", **found, number ? "FLOAT [n, 1]" : "STRING [n, 1]");
    head.input_names.push_back(column.name);
  }
  return {};
}

Status match_outputs(const onnx::GraphProto& graph, GraphHead& head) {
  const auto& targets = head.signature.targets;
  const auto named = [&](const std::string& name) -> const onnx::ValueInfoProto* {
    for (const auto& output : graph.output())
      if (output.name() == name) return &output;
    return nullptr;
  };
  const bool by_name = std::ranges::all_of(targets, [&](const auto& target) { return named(target.name) != nullptr; });
  if (!by_name && graph.output_size() != static_cast<int>(targets.size()))
    return fail(ErrorCode::invalid,
                fmt::format("the graph has {} outputs, the model {} targets", graph.output_size(), targets.size()), "",
                "one output per target, in their order or with their names");
  for (std::size_t t = 0; t < targets.size(); ++t) {
    const auto& output = by_name ? *named(targets[t].name) : graph.output(static_cast<int>(t));
    if (!fits(output, onnx::TensorProto::FLOAT, targets[t].width(), true))
      return does_not_fit("output", output, fmt::format("FLOAT [n, {}]", targets[t].width()));
    head.output_names.push_back(output.name());
  }
  return {};
}

}  // namespace

Result<GraphHead> read_foreign_graph(std::string_view bytes, const Signature& signature) {
  if (bytes.empty() || bytes.size() > graph_bytes_most)
    return fail(ErrorCode::corrupt, fmt::format("a graph of {} bytes is none", bytes.size()));
  onnx::ModelProto model;
  if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return fail(ErrorCode::corrupt, "the bytes are no ONNX model", "", "the file may be truncated");
  if (model.graph().node_size() == 0 || model.graph().output_size() == 0)
    return fail(ErrorCode::corrupt, "the ONNX model has no graph", "", "the file may be truncated");
  GraphHead head;
  head.signature = signature;
  std::set<std::string> constants;
  for (const auto& initializer : model.graph().initializer()) constants.insert(initializer.name());
  std::vector<const onnx::ValueInfoProto*> inputs;
  for (const auto& input : model.graph().input())
    if (!constants.contains(input.name())) inputs.push_back(&input);
  TRY(match_inputs(inputs, head));
  TRY(match_outputs(model.graph(), head));
  return head;
}

}  // namespace perennial::inference
