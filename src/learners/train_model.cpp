#include "learners/train_model.hpp"
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/hash.hpp"
#include "inference/graph.hpp"
#include "inference/probe_rows.hpp"
#include "inference/session.hpp"
#include "learners/factory.hpp"

namespace perennial::learners {
namespace {

Examples pick(const MatrixFile& matrix, std::size_t target, bool validation) {
  Examples examples;
  examples.columns = matrix.columns;
  for (std::size_t row = 0; row < matrix.rows; ++row) {
    const double truth = matrix.truth[row * matrix.targets + target];
    if (std::isnan(truth) || (matrix.validation[row] != 0) != validation) continue;
    const auto first = matrix.features.begin() + static_cast<std::ptrdiff_t>(row * matrix.columns);
    examples.features.insert(examples.features.end(), first, first + matrix.columns);
    examples.truth.push_back(static_cast<float>(truth));
    examples.weights.push_back(matrix.weights[row]);
    ++examples.rows;
  }
  return examples;
}

Status check_inputs(const TrainerRequest& request, const MatrixFile& matrix) {
  const auto& signature = request.signature;
  if (signature.inputs.size() != matrix.columns || signature.targets.size() != matrix.targets)
    return fail(ErrorCode::corrupt, "the training matrix does not fit the signature of the request");
  for (std::size_t i = 0; i < matrix.truth.size(); ++i) {
    const auto& target = signature.targets[i % matrix.targets];
    const double truth = matrix.truth[i];
    if (std::isnan(truth)) continue;
    const bool usable =
        target.task == Task::regression
            ? std::isfinite(static_cast<float>(truth))
            : truth >= 0 && truth < static_cast<double>(target.classes.size()) && truth == std::floor(truth);
    if (!usable)
      return fail(ErrorCode::invalid, fmt::format("the truth {} is impossible for '{}'", truth, target.name));
  }
  for (const float weight : matrix.weights)
    if (!(weight > 0) || !std::isfinite(weight)) return fail(ErrorCode::invalid, "a row's weight is not above 0");
  for (const float value : matrix.features)
    if (std::isinf(value)) return fail(ErrorCode::invalid, "a feature is infinite");
  return {};
}

/// The native models' answers side by side, laid out as the session's.
Result<Outputs> native_outputs(const Signature& signature, const std::vector<Trained>& heads,
                               const std::vector<float>& features, std::size_t rows) {
  Outputs outputs{rows, signature.output_width(), {}};
  outputs.values.resize(outputs.rows * outputs.width);
  for (std::size_t t = 0; t < heads.size(); ++t) {
    ASSIGN_OR_RETURN(const auto answers, heads[t].native->predict(features, rows));
    const std::size_t width = signature.targets[t].width();
    const std::size_t offset = signature.offset(t);
    if (answers.size() != rows * width)
      return fail(ErrorCode::internal, "the native model gives answers of another shape");
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t i = 0; i < width; ++i)
        outputs.values[row * outputs.width + offset + i] = answers[row * width + i];
  }
  return outputs;
}

/// Each column's share of the gain; columns that no split uses are left out.
std::map<std::string, double> importance_of(const std::vector<InputColumn>& columns, const std::vector<double>& gain) {
  double sum = 0;
  for (const double value : gain) sum += std::max(value, 0.0);
  std::map<std::string, double> shares;
  for (std::size_t i = 0; i < gain.size() && i < columns.size(); ++i)
    if (gain[i] > 0 && std::isfinite(sum)) shares[columns[i].name] = gain[i] / sum;
  return shares;
}

Status train_checked(const TrainerRequest& request, const MatrixFile& matrix, const Progress& progress,
                     TrainedModel& made) {
  TRY(check_inputs(request, matrix));
  ASSIGN_OR_RETURN(const auto learner, make_learner(request.algorithm));
  made.result.library_versions = library_versions();
  std::vector<Trained> heads;
  inference::GraphParts parts{request.signature, request.encodings, {}, request.metadata};
  for (std::size_t t = 0; t < request.signature.targets.size(); ++t) {
    const auto& target = request.signature.targets[t];
    Problem problem;
    problem.task = target.task;
    problem.classes = target.classes.size();
    problem.params = request.params;
    problem.seed = request.seed;
    problem.threads = request.threads;
    problem.train = pick(matrix, t, false);
    problem.validation = pick(matrix, t, true);
    if (problem.train.rows == 0)
      return fail(ErrorCode::invalid, "no row to train on has a truth for '" + target.name + "'");
    progress(fmt::format("training '{}' on {} rows, {} to validate, {} columns", target.name, problem.train.rows,
                         problem.validation.rows, problem.train.columns));
    auto trained = learner->train(problem);
    if (!trained) return fail(trained.error().code, trained.error().what, target.name, trained.error().hint);
    progress(fmt::format("'{}' has {} rounds", target.name, trained->rounds));
    made.result.rounds[target.name] = trained->rounds;
    for (const auto& [metric, value] : trained->validation_metrics)
      made.result.validation_metrics[target.name + "." + metric] = value;
    made.result.importance[target.name] = importance_of(request.signature.inputs, trained->gain);
    parts.ensembles.push_back(trained->ensemble);
    heads.push_back(std::move(*trained));
  }

  ASSIGN_OR_RETURN(made.onnx, inference::build_graph(parts));
  ASSIGN_OR_RETURN(const auto session, inference::Session::load(made.onnx));
  const auto probe =
      inference::probe_rows(request.signature, request.encodings, parts.ensembles, matrix.features, request.seed);
  ASSIGN_OR_RETURN(const auto native, native_outputs(request.signature, heads, probe.matrix, probe.kinds.size()));
  ASSIGN_OR_RETURN(const auto exported, session->run(probe.batch));
  ASSIGN_OR_RETURN(made.result.parity, inference::compare(native, exported, probe.kinds));
  const auto& parity = *made.result.parity;
  progress(fmt::format("parity over {} rows: largest difference {:.3g} of the scale", parity.rows, parity.worst));
  if (!parity.passed)
    return fail(
        ErrorCode::conflict,
        fmt::format("the exported graph differs from the trained model by {:.3g} of the output's scale in a row of "
                    "kind '{}' ({} natively, {} exported)",
                    parity.worst, parity.worst_kind, parity.native, parity.session),
        "", fmt::format("at most {:g} is allowed", parity.tolerance));
  made.result.artifact_digest = sha256_hex(made.onnx);
  return {};
}

}  // namespace

TrainedModel train_model(const TrainerRequest& request, const MatrixFile& matrix, const Progress& progress) {
  TrainedModel made;
  if (auto done = train_checked(request, matrix, progress, made); !done) {
    made.onnx.clear();
    made.result.error = done.error();
  }
  return made;
}

}  // namespace perennial::learners
