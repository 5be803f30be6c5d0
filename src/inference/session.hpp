#pragma once
// A loaded model version, ready to answer.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "core/result.hpp"
#include "core/signature.hpp"
#include "features/batch.hpp"
#include "features/encoding.hpp"
#include "inference/scorer.hpp"

namespace perennial::inference {

/// Immutable and thread-safe: any number of threads may run() at once. All sessions of the process share one ONNX
/// Runtime environment; a run uses the calling thread only, and its answers do not depend on the batch it is in.
class Session final : public Scorer {
 public:
  /// Loads a graph written by build_graph(). Only its operators are accepted: a graph of another origin is refused.
  /// Errors: corrupt (bytes are no such graph, or signature and graph disagree), invalid (foreign graph),
  /// internal (the ONNX Runtime library cannot be used).
  static Result<std::shared_ptr<const Session>> load(std::string_view onnx_bytes);
  /// Loads any ONNX graph whose inputs and outputs fit `signature` (foreign_graph.hpp). The runtime does not check such
  /// a graph well enough: only for a process of its own (child_scorer.hpp). Errors as load()'s.
  static Result<std::shared_ptr<const Session>> load_foreign(std::string_view onnx_bytes, const Signature& signature);
  /// Once per process, at the first use: the library's answers to a small known graph are right. Error: internal.
  static Status self_test();
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const Signature& signature() const override;
  /// The keys that were given to build_graph() as `metadata`.
  const Json& metadata() const;
  const features::Encodings& encodings() const;
  const std::string& digest() const;  ///< SHA-256 of the bytes
  std::size_t bytes() const;          ///< length of the bytes

  /// One answer per row, laid out as Signature::output_width() says. Zero rows give zero answers.
  /// Errors: invalid (the batch does not have the signature's numeric and text columns), internal (the run failed,
  /// or an answer is not finite).
  Result<Outputs> run(const features::InputBatch& batch) const override;
  /// The same into `out`, whose memory is kept from call to call.
  Status run(const features::InputBatch& batch, Outputs& out) const;
  /// The same, but answers that are not finite are given as they are.
  Status run_unchecked(const features::InputBatch& batch, Outputs& out) const;

 private:
  struct State;
  explicit Session(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The version of the ONNX Runtime library ("1.31.1"), after checking at first use that its table of functions is the
/// one we know: API 17 or later and a small graph that must give the right answer. Error: internal.
Result<std::string> runtime_version();

}  // namespace perennial::inference
