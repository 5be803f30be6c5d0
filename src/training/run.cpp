#include "training/run.hpp"
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <fstream>

#include "core/beside.hpp"
#include "core/hash.hpp"
#include "features/matrix.hpp"
#include "inference/child_scorer.hpp"
#include "inference/session.hpp"
#include "learners/matrix_file.hpp"
#include "learners/trainer_files.hpp"
#include "training/run_digest.hpp"

namespace perennial::training {
namespace {

namespace files = learners::trainer_files;

constexpr std::string_view cache_format = "run 2";
constexpr std::size_t cells_for_threads = 200000;  ///< below, a team's barriers cost more than its help brings
constexpr float least_weight = 0x1.0p-30F;         ///< learners take no zero
constexpr std::size_t log_tail_bytes = 2000;       ///< of the trainer's output in an error message

// A sanitizer's shadow memory is terabytes of address space, which the limit counts.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool shadow_memory = true;
#else
constexpr bool shadow_memory = false;
#endif

/// Removes the work directory however the run ends.
class WorkDirectory {
 public:
  explicit WorkDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  ~WorkDirectory() {
    std::error_code ignored;  // what cannot be removed is left for the next start to sweep
    std::filesystem::remove_all(path_, ignored);
  }
  WorkDirectory(const WorkDirectory&) = delete;
  WorkDirectory& operator=(const WorkDirectory&) = delete;

 private:
  std::filesystem::path path_;
};

Status write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.flush();
  if (!out) return fail(ErrorCode::io, "the training's input cannot be written", path.filename());
  return {};
}

Result<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::corrupt, "the trainer did not write its " + path.filename().string());
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) return fail(ErrorCode::io, "the trainer's file cannot be read", path.filename());
  return bytes;
}

/// What goes to the trainer. Holds learned rows only: what judges the model must not shape it.
struct Material {
  std::string request;
  std::string matrix;
};

Status check_request(const TrainingRequest& request) {
  const auto& rows = request.rows;
  if (rows.inputs.rows < request.config.min_rows)
    return fail(ErrorCode::invalid, fmt::format("{} labelled rows are too few to train on", rows.inputs.rows),
                request.model, fmt::format("train.min_rows is {}", request.config.min_rows));
  if (request.base.targets.empty() || rows.truth.size() != request.base.targets.size())
    return fail(ErrorCode::internal, "the rows have not one truth per target", request.model);
  for (const auto& truth : rows.truth)
    if (truth.size() != rows.inputs.rows)
      return fail(ErrorCode::internal, "a truth has another number of rows", request.model);
  if (!request.weights.empty() && request.weights.size() != rows.inputs.rows)
    return fail(ErrorCode::internal, "the weights have another number of rows", request.model);
  return {};
}

/// The newest learned row weighs 1, however many rows are held out after it.
std::vector<float> weights_of(const std::vector<float>& weights, const std::vector<std::size_t>& learned) {
  if (weights.empty()) return std::vector<float>(learned.size(), 1.0F);
  float largest = 0;
  for (const auto row : learned) largest = std::max(largest, weights[row]);
  std::vector<float> scaled;
  scaled.reserve(learned.size());
  for (const auto row : learned) scaled.push_back(std::max(least_weight, weights[row] / largest));
  return scaled;
}

Result<Material> prepare(const TrainingRequest& request, const Split& split, const std::string& hash) {
  std::vector<std::size_t> learned = split.train;
  learned.insert(learned.end(), split.validation.begin(), split.validation.end());
  std::sort(learned.begin(), learned.end());
  const Table inputs = request.rows.inputs.pick(learned);
  const auto& signature = request.base;

  std::vector<double> first_truth;
  first_truth.reserve(learned.size());
  for (const auto row : learned) first_truth.push_back(request.rows.truth.front()[row]);
  ASSIGN_OR_RETURN(auto encodings, features::fit_encodings(inputs, signature.inputs, first_truth));
  ASSIGN_OR_RETURN(auto matrix, features::to_matrix(inputs, signature.inputs, encodings, 0, inputs.rows));

  learners::MatrixFile file;
  file.rows = inputs.rows;
  file.columns = static_cast<std::uint32_t>(signature.inputs.size());
  file.targets = static_cast<std::uint32_t>(signature.targets.size());
  file.features = std::move(matrix.values);
  file.weights = weights_of(request.weights, learned);
  file.validation.assign(learned.size(), 0);
  for (std::size_t i = 0; i < learned.size(); ++i) {
    file.validation[i] = std::binary_search(split.validation.begin(), split.validation.end(), learned[i]) ? 1 : 0;
    for (const auto& truth : request.rows.truth) file.truth.push_back(truth[learned[i]]);
  }
  // No id and no date goes into the graph: the same rows and config must give the same bytes.
  learners::TrainerRequest trainer{
      signature,
      std::move(encodings),
      {{"feature_plan", request.feature_plan},
       {"training", {{"algorithm", request.config.algorithm}, {"config_hash", hash}, {"seed", request.seed}}}},
      request.config.algorithm,
      request.config.params,
      request.seed,
      0};  // OMP_NUM_THREADS decides, so that threads are not part of the key
  Material material;
  ASSIGN_OR_RETURN(material.matrix, learners::encode_matrix(file));
  material.request = to_text(learners::to_json(trainer));
  return material;
}

std::string tail_of(const std::string& log) {
  std::string tail = log.size() > log_tail_bytes ? "…" + log.substr(log.size() - log_tail_bytes) : log;
  while (!tail.empty() && tail.back() == '\n') tail.pop_back();
  return tail;
}

Status check_outcome(const ProcessOutcome& outcome, const std::filesystem::path& directory,
                     const TrainingRequest& request) {
  const auto hint = outcome.log.empty() ? std::string() : "its last words: " + tail_of(outcome.log);
  const auto what = "the trainer " + outcome.describe();
  switch (outcome.end) {
    case ProcessEnd::ok: return {};
    case ProcessEnd::cancelled: return fail(ErrorCode::cancelled, what, request.model);
    case ProcessEnd::timed_out:
      return fail(ErrorCode::timeout, fmt::format("{} of {}", what, format_duration(request.config.limit)),
                  request.model, hint);
    case ProcessEnd::out_of_memory:
    case ProcessEnd::signalled: return fail(ErrorCode::io, what, request.model, hint);
    case ProcessEnd::failed: break;
  }
  // A trainer that could say why did so in its result.
  if (auto bytes = read_file(directory / files::result))
    if (auto json = parse_json(*bytes))
      if (auto result = learners::trainer_result_from_json(*json); result && result->error)
        return fail(result->error->code, result->error->what, request.model, result->error->hint);
  return fail(ErrorCode::io, what, request.model, hint);
}

/// The trainer's two files and what they took, from the cache or from a run of it.
struct Product {
  std::string result;
  std::string onnx;
  Duration elapsed{0};
  Duration cpu{0};
};

std::string pack(const Product& product) {
  return fmt::format("{} {} {}\n{}{}", product.result.size(), product.elapsed.count(), product.cpu.count(),
                     product.result, product.onnx);
}

std::optional<Product> unpack(const std::string& bytes) {
  const auto line = bytes.find('\n');
  if (line == std::string::npos || line > 64) return std::nullopt;
  std::array<std::int64_t, 3> head{};
  const char* at = bytes.data();
  const char* end = bytes.data() + line;
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (i > 0) {
      if (at == end || *at != ' ') return std::nullopt;
      ++at;
    }
    const auto [next, error] = std::from_chars(at, end, head[i]);
    if (error != std::errc() || head[i] < 0) return std::nullopt;
    at = next;
  }
  const auto length = static_cast<std::size_t>(head[0]);
  if (at != end || length > bytes.size() - line - 1) return std::nullopt;
  return Product{bytes.substr(line + 1, length), bytes.substr(line + 1 + length), Duration(head[1]), Duration(head[2])};
}

Result<Product> train(const TrainingRequest& request, const Material& material, ProcessRunner& runner,
                      const CancelFlag& cancel, RunResult& result) {
  std::error_code error;
  std::filesystem::create_directories(request.work_directory, error);
  if (error) return fail(ErrorCode::io, "the work directory cannot be made: " + error.message(), request.model);
  const WorkDirectory removed_at_end(request.work_directory);
  TRY(write_file(request.work_directory / files::request, material.request));
  TRY(write_file(request.work_directory / files::matrix, material.matrix));

  ProcessRequest process;
  process.arguments = {request.trainer.string(), request.work_directory.string()};
  const bool small = request.rows.inputs.rows * request.base.inputs.size() < cells_for_threads;
  process.environment = {{"OMP_NUM_THREADS", std::to_string(small ? 1 : request.config.threads)}};
  process.nice = request.nice;
  process.limit = request.config.limit;
  process.memory_bytes = shadow_memory ? 0 : request.config.memory_bytes;
  ASSIGN_OR_RETURN(const auto outcome, runner.run(process, cancel));
  result.log_tail = tail_of(outcome.log);
  TRY(check_outcome(outcome, request.work_directory, request));
  Product product{{}, {}, outcome.elapsed, outcome.cpu};
  ASSIGN_OR_RETURN(product.result, read_file(request.work_directory / files::result));
  ASSIGN_OR_RETURN(product.onnx, read_file(request.work_directory / files::model));
  return product;
}

/// Believes nothing that the child says of its artifact: digest, signature and parity are looked at again.
Status accept(const TrainingRequest& request, Product product, RunResult& result,
              std::shared_ptr<const inference::Scorer>& challenger) {
  ASSIGN_OR_RETURN(const auto json, parse_json(product.result, files::result));
  ASSIGN_OR_RETURN(const auto made, learners::trainer_result_from_json(json));
  if (made.error) return fail(made.error->code, made.error->what, request.model, made.error->hint);
  if (!made.parity || !made.parity->passed)
    return fail(ErrorCode::conflict, "the trainer's artifact has not passed the parity gate", request.model);
  result.train_elapsed = product.elapsed;
  result.train_cpu = product.cpu;
  result.onnx = std::move(product.onnx);
  ASSIGN_OR_RETURN(const auto session, inference::Session::load(result.onnx));
  challenger = session;
  if (session->digest() != made.artifact_digest)
    return fail(ErrorCode::corrupt, "the trainer's artifact does not have the digest that it says", request.model);
  if (!(challenger->signature() == request.base))
    return fail(ErrorCode::corrupt, "the trainer's artifact has another signature than was asked for", request.model);
  result.artifact_digest = session->digest();
  result.signature = challenger->signature();
  result.rounds = made.rounds;
  result.validation_metrics = made.validation_metrics;
  result.importance = made.importance;
  result.parity = *made.parity;
  result.library_versions = made.library_versions;
  return {};
}

/// A graph that was made elsewhere is tried where it can harm nobody: it must load and answer there before it counts.
Status accept_foreign(const TrainingRequest& request, RunResult& result,
                      std::shared_ptr<const inference::Scorer>& challenger) {
  inference::ChildScorerOptions options;
  options.executable = request.scorer.string();
  const auto child = inference::ChildScorer::start(request.graph, request.base, std::move(options));
  if (auto loaded = child->wait_until_loaded(); !loaded)
    return fail(loaded.error().code, loaded.error().what, request.model, loaded.error().hint);
  challenger = child;
  result.foreign = true;
  result.onnx = request.graph;
  result.artifact_digest = sha256_hex(request.graph);
  result.signature = request.base;
  // Not that of the training config: the next version of our own trainer is another minor one.
  result.config_hash = sha256_hex("a graph that was made elsewhere");
  return {};
}

/// In parts, so that a process that is asked has a limit of time that a call may have.
constexpr std::size_t rows_per_call = 10000;

Result<Outputs> answers(const inference::Scorer& scorer, const Table& inputs) {
  Outputs all;
  all.width = scorer.signature().output_width();
  for (std::size_t first = 0; first < inputs.rows || first == 0; first += rows_per_call) {
    const std::size_t rows = std::min(rows_per_call, inputs.rows - first);
    ASSIGN_OR_RETURN(const auto batch, features::to_batch(inputs, scorer.signature().inputs, first, rows));
    ASSIGN_OR_RETURN(const auto part, scorer.run(batch));
    if (!std::ranges::all_of(part.values, [](float value) { return std::isfinite(value); }))
      return fail(ErrorCode::invalid, "the model gave an answer that is not finite");
    all.rows += part.rows;
    all.values.insert(all.values.end(), part.values.begin(), part.values.end());
  }
  return all;
}

Status judge(const TrainingRequest& request, const inference::Scorer& challenger, RunResult& result) {
  result.holdout.inputs = request.rows.inputs.pick(result.split.holdout);
  for (const auto& truth : request.rows.truth) {
    auto& kept = result.holdout.truth.emplace_back();
    for (const auto row : result.split.holdout) kept.push_back(truth[row]);
  }
  result.holdout_digest = data_digest(result.holdout, request.base);
  ASSIGN_OR_RETURN(result.challenger_outputs, answers(challenger, result.holdout.inputs));
  result.metrics = holdout_metrics(result.signature, result.challenger_outputs, result.holdout.truth);
  if (!request.champion) return {};
  if (request.champion->signature().targets != request.base.targets) {
    result.champion_problem = "the champion has other targets";
    return {};
  }
  auto champion = answers(*request.champion, result.holdout.inputs);
  if (!champion) {
    result.champion_problem = champion.error().message();
    return {};
  }
  result.champion_outputs = std::move(*champion);
  result.champion_metrics = holdout_metrics(result.signature, result.champion_outputs, result.holdout.truth);
  return {};
}

/// Trains, or takes from the cache what the same training made before.
Status make(const TrainingRequest& request, ProcessRunner& runner, RunCache* cache, const CancelFlag& cancel,
            RunResult& result, std::shared_ptr<const inference::Scorer>& challenger) {
  ASSIGN_OR_RETURN(const auto material, prepare(request, result.split, result.config_hash));
  Sha256 key;
  for (const std::string_view part :
       {cache_format, std::string_view(material.request), std::string_view(material.matrix)})
    key.add(part);
  const auto cache_key = key.hex();
  if (cache != nullptr)
    if (const auto bytes = cache->get(cache_key))
      if (auto product = unpack(*bytes); product && accept(request, std::move(*product), result, challenger)) {
        result.from_cache = true;
        return {};
      }
  ASSIGN_OR_RETURN(auto product, train(request, material, runner, cancel, result));
  const auto packed = cache == nullptr ? std::string() : pack(product);
  TRY(accept(request, std::move(product), result, challenger));
  if (cache != nullptr) cache->put(cache_key, packed);
  return {};
}

}  // namespace

Result<RunResult> run(const TrainingRequest& request, ProcessRunner& runner, RunCache* cache,
                      const CancelFlag& cancel) {
  if (request.sets.size() > 1) return run_candidates(request, runner, cache, cancel);
  if (request.sets.size() == 1) return run(only_set(request, 0), runner, cache, cancel);
  const auto begun = std::chrono::steady_clock::now();
  TRY(check_request(request));
  RunResult result;
  result.run_id = request.run_id;
  result.window = request.window;
  result.config_hash = config_hash(request.config, request.base, request.feature_plan);
  result.size = training_size(request);
  const auto to = request.champion ? request.champion_train_to : std::nullopt;
  ASSIGN_OR_RETURN(result.split,
                   split_rows(request.rows, {request.config.split, request.config.holdout, validation_share,
                                             request.config.seed, to, request.holdout_rows}));
  // Takes as long as a tenth of a small training, and nothing before the end needs it.
  auto digest = beside([&request] { return data_digest(request.rows, request.base, request.weights); });
  result.data_version = format_time(result.split.learned_to()).substr(0, 10);
  std::shared_ptr<const inference::Scorer> challenger;
  if (request.graph.empty()) TRY(make(request, runner, cache, cancel, result, challenger));
  else TRY(accept_foreign(request, result, challenger));
  TRY(judge(request, *challenger, result));
  result.data_digest = digest.get();
  result.run_elapsed = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begun);
  if (result.from_cache) result.run_elapsed += result.train_elapsed;
  return result;
}

}  // namespace perennial::training
