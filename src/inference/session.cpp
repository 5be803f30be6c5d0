#include "inference/session.hpp"

#include <array>
#include <cmath>

#include "core/hash.hpp"
#include "inference/foreign_graph.hpp"
#include "inference/graph.hpp"
#include "inference/graph_reader.hpp"
#include "inference/runtime.hpp"

namespace perennial::inference {
namespace {

/// Values handed to or made by one run; released on every way out.
class Values {
 public:
  Values(const Runtime& runtime, std::size_t count) : runtime_(runtime), values_(count, nullptr) {}
  ~Values() {
    for (auto* value : values_)
      if (value != nullptr) runtime_.api.release_value()(value);
  }
  Values(const Values&) = delete;
  Values& operator=(const Values&) = delete;
  OrtValue*& operator[](std::size_t i) { return values_[i]; }
  OrtValue** data() { return values_.data(); }
  std::size_t size() const { return values_.size(); }

 private:
  const Runtime& runtime_;
  std::vector<OrtValue*> values_;
};

}  // namespace

struct Session::State {
  const Runtime* runtime = nullptr;
  OrtSession* session = nullptr;
  GraphHead head;
  std::string digest;
  std::size_t bytes = 0;
  std::size_t numeric_count = 0;
  std::size_t text_count = 0;
  bool one_tensor = true;
  std::vector<const char*> input_names;
  std::vector<const char*> output_names;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (session != nullptr) runtime->api.release_session()(session);
  }

  /// The runtime after it has answered a small graph rightly.
  static Result<const Runtime*> tried_runtime();
  static Status self_test(const Runtime& runtime);
  static Result<std::unique_ptr<State>> open(const Runtime& runtime, std::string_view onnx_bytes, GraphHead head);
  Status check_batch(const features::InputBatch& batch) const;
  Status run(const features::InputBatch& batch, Outputs& out) const;
  Status make_inputs(const features::InputBatch& batch, std::vector<float>& columns, Values& inputs) const;
};

Result<std::unique_ptr<Session::State>> Session::State::open(const Runtime& runtime, std::string_view onnx_bytes,
                                                             GraphHead head) {
  auto state = std::make_unique<State>();
  state->runtime = &runtime;
  state->head = std::move(head);
  const auto& api = runtime.api;
  TRY(runtime.check(api.session_from_array()(runtime.environment, onnx_bytes.data(), onnx_bytes.size(), runtime.options,
                                             &state->session),
                    ErrorCode::corrupt, "load the model's graph"));
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  TRY(runtime.check(api.input_count()(state->session, &inputs), ErrorCode::internal, "look at the model's inputs"));
  TRY(runtime.check(api.output_count()(state->session, &outputs), ErrorCode::internal, "look at the model's outputs"));
  if (inputs != state->head.input_names.size() || outputs < state->head.output_names.size())
    return fail(ErrorCode::corrupt, "the runtime sees other inputs and outputs than the model's graph has");
  for (const auto& input : state->head.signature.inputs)
    ++(input.kind == ColumnKind::numeric ? state->numeric_count : state->text_count);
  state->one_tensor = state->text_count == 0;
  for (const auto& name : state->head.input_names) state->input_names.push_back(name.c_str());
  for (const auto& name : state->head.output_names) state->output_names.push_back(name.c_str());
  state->digest = sha256_hex(onnx_bytes);
  state->bytes = onnx_bytes.size();
  return state;
}

Status Session::State::check_batch(const features::InputBatch& batch) const {
  if (batch.numeric_count != numeric_count || batch.text_count != text_count)
    return fail(ErrorCode::invalid, "the rows have " + std::to_string(batch.numeric_count) + " numeric and " +
                                        std::to_string(batch.text_count) + " text inputs, the model takes " +
                                        std::to_string(numeric_count) + " and " + std::to_string(text_count));
  if (batch.numbers.size() != batch.rows * numeric_count || batch.texts.size() != batch.rows * text_count)
    return fail(ErrorCode::internal, "a batch has another number of values than rows times columns");
  return {};
}

Status Session::State::make_inputs(const features::InputBatch& batch, std::vector<float>& columns,
                                   Values& inputs) const {
  const auto& api = runtime->api;
  const auto over = [&](const float* from, std::size_t width, OrtValue** value) {
    const std::array shape{static_cast<std::int64_t>(batch.rows), static_cast<std::int64_t>(width)};
    // The runtime only reads inputs, though its signature does not say so.
    return runtime->check(
        api.create_tensor_over()(runtime->memory, const_cast<float*>(from), batch.rows * width * sizeof(float),
                                 shape.data(), shape.size(), ort::tensor_float, value),
        ErrorCode::internal, "hand rows to the model");
  };
  if (one_tensor) return over(batch.numbers.data(), numeric_count, &inputs[0]);

  columns.resize(batch.numbers.size());
  for (std::size_t row = 0; row < batch.rows; ++row)
    for (std::size_t c = 0; c < numeric_count; ++c)
      columns[c * batch.rows + row] = batch.numbers[row * numeric_count + c];
  std::vector<const char*> texts(batch.rows);
  std::size_t numeric = 0;
  std::size_t text = 0;
  for (std::size_t i = 0; i < head.signature.inputs.size(); ++i) {
    if (head.signature.inputs[i].kind == ColumnKind::numeric) {
      TRY(over(columns.data() + numeric * batch.rows, 1, &inputs[i]));
      ++numeric;
      continue;
    }
    for (std::size_t row = 0; row < batch.rows; ++row) texts[row] = batch.texts[row * text_count + text].c_str();
    const std::array shape{static_cast<std::int64_t>(batch.rows), std::int64_t{1}};
    TRY(runtime->check(
        api.create_tensor()(runtime->allocator, shape.data(), shape.size(), ort::tensor_string, &inputs[i]),
        ErrorCode::internal, "hand texts to the model"));
    TRY(runtime->check(api.fill_strings()(inputs[i], texts.data(), texts.size()), ErrorCode::internal,
                       "hand texts to the model"));
    ++text;
  }
  return {};
}

Status Session::State::run(const features::InputBatch& batch, Outputs& out) const {
  TRY(check_batch(batch));
  const auto& targets = head.signature.targets;
  out.rows = batch.rows;
  out.width = head.signature.output_width();
  out.values.resize(out.rows * out.width);
  if (batch.rows == 0) return {};

  const auto& api = runtime->api;
  Values inputs(*runtime, input_names.size());
  Values outputs(*runtime, output_names.size());
  std::vector<float> columns;
  TRY(make_inputs(batch, columns, inputs));
  TRY(runtime->check(api.run()(session, nullptr, input_names.data(), inputs.data(), inputs.size(), output_names.data(),
                               output_names.size(), outputs.data()),
                     ErrorCode::internal, "run the model"));
  std::size_t offset = 0;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    const std::size_t width = targets[t].width();
    OrtTensorTypeAndShapeInfo* info = nullptr;
    TRY(runtime->check(api.type_and_shape()(outputs[t], &info), ErrorCode::internal, "read the model's answer"));
    std::size_t count = 0;
    int type = 0;
    auto* failed_count = api.element_count()(info, &count);
    auto* failed_type = api.element_type()(info, &type);
    api.release_type_and_shape()(info);
    TRY(runtime->check(failed_count, ErrorCode::internal, "read the model's answer"));
    TRY(runtime->check(failed_type, ErrorCode::internal, "read the model's answer"));
    if (type != ort::tensor_float || count != batch.rows * width)
      return fail(ErrorCode::internal, "the model's answer for '" + targets[t].name + "' has an unexpected shape");
    void* data = nullptr;
    TRY(runtime->check(api.tensor_data()(outputs[t], &data), ErrorCode::internal, "read the model's answer"));
    const auto* values = static_cast<const float*>(data);
    for (std::size_t row = 0; row < batch.rows; ++row)
      for (std::size_t i = 0; i < width; ++i) out.values[row * out.width + offset + i] = values[row * width + i];
    offset += width;
  }
  return {};
}

namespace {

constexpr float self_test_low = 1.25F;
constexpr float self_test_high = -2.5F;

/// One split on a number, one text column, so that every function of the ABI is used once.
Result<std::string> self_test_graph() {
  GraphParts parts;
  parts.signature.inputs = {{"x", ColumnKind::numeric}, {"kind", ColumnKind::categorical}};
  parts.signature.request = parts.signature.inputs;
  parts.signature.targets = {{"y", Task::regression, {}}};
  parts.encodings.columns = {{"kind", {"a", "b"}}};
  TreeEnsemble ensemble;
  ensemble.columns = 2;
  ensemble.base_margins = {0.5F};
  Tree by_number;
  by_number.nodes = {
      {1, 2, 0, 3.0F, false, 0}, {-1, -1, 0, 0, true, self_test_low}, {-1, -1, 0, 0, true, self_test_high}};
  Tree by_text;
  by_text.nodes = {{1, 2, 1, 0.5F, true, 0}, {-1, -1, 0, 0, true, 10}, {-1, -1, 0, 0, true, 20}};
  ensemble.trees = {by_number, by_text};
  parts.ensembles = {ensemble};
  return build_graph(parts);
}

}  // namespace

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::~Session() = default;

Status Session::State::self_test(const Runtime& runtime) {
  ASSIGN_OR_RETURN(const auto bytes, self_test_graph());
  ASSIGN_OR_RETURN(auto head, read_graph(bytes));
  ASSIGN_OR_RETURN(const auto state, open(runtime, bytes, std::move(head)));
  features::InputBatch batch;
  batch.rows = 4;
  batch.numeric_count = batch.text_count = 1;
  batch.numbers = {2.0F, 3.0F, std::nanf(""), 2.0F};
  batch.texts = {"a", "b", "a", "unseen"};
  Outputs out;
  TRY(state->run(batch, out));
  const std::vector<float> expected = {0.5F + self_test_low + 10, 0.5F + self_test_high + 20,
                                       0.5F + self_test_high + 10, 0.5F + self_test_low + 10};
  if (out.values != expected)
    return fail(ErrorCode::internal, "the ONNX Runtime library gives wrong answers to a small known graph");
  return {};
}

Result<const Runtime*> Session::State::tried_runtime() {
  static const Result<const Runtime*> tried = []() -> Result<const Runtime*> {
    ASSIGN_OR_RETURN(const Runtime* made, inference::runtime());
    TRY(self_test(*made));
    return made;
  }();
  return tried;
}

Result<std::shared_ptr<const Session>> Session::load(std::string_view onnx_bytes) {
  ASSIGN_OR_RETURN(const Runtime* tried, State::tried_runtime());
  ASSIGN_OR_RETURN(auto head, read_graph(onnx_bytes));
  ASSIGN_OR_RETURN(auto state, State::open(*tried, onnx_bytes, std::move(head)));
  return std::shared_ptr<const Session>(new Session(std::move(state)));
}

Result<std::shared_ptr<const Session>> Session::load_foreign(std::string_view onnx_bytes, const Signature& signature) {
  ASSIGN_OR_RETURN(const Runtime* tried, State::tried_runtime());
  ASSIGN_OR_RETURN(auto head, read_foreign_graph(onnx_bytes, signature));
  ASSIGN_OR_RETURN(auto state, State::open(*tried, onnx_bytes, std::move(head)));
  return std::shared_ptr<const Session>(new Session(std::move(state)));
}

Status Session::self_test() {
  ASSIGN_OR_RETURN([[maybe_unused]] const Runtime* tried, State::tried_runtime());
  return {};
}

const Signature& Session::signature() const { return state_->head.signature; }
const Json& Session::metadata() const { return state_->head.metadata; }
const features::Encodings& Session::encodings() const { return state_->head.encodings; }
const std::string& Session::digest() const { return state_->digest; }
std::size_t Session::bytes() const { return state_->bytes; }

Status Session::run_unchecked(const features::InputBatch& batch, Outputs& out) const { return state_->run(batch, out); }

Status Session::run(const features::InputBatch& batch, Outputs& out) const {
  TRY(state_->run(batch, out));
  for (const float value : out.values)
    if (!std::isfinite(value)) return fail(ErrorCode::internal, "the model gave an answer that is not finite");
  return {};
}

Result<Outputs> Session::run(const features::InputBatch& batch) const {
  Outputs out;
  TRY(run(batch, out));
  return out;
}

Result<std::string> runtime_version() {
  TRY(Session::self_test());
  ASSIGN_OR_RETURN(const Runtime* made, runtime());
  return made->version;
}

}  // namespace perennial::inference
