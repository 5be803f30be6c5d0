// Boosted trees by XGBoost 1.7 through its C API (Chen & Guestrin 2016).

#include <fmt/format.h>
#include <xgboost/c_api.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "learners/factory.hpp"

namespace perennial::learners {
namespace {

constexpr double least_share = 1e-6;
/// A change of the validation metric below this is no improvement: it is noise of the last places.
constexpr double least_improvement = 1e-9;

Status check(int code, const char* doing) {
  if (code == 0) return {};
  return fail(ErrorCode::internal, std::string("XGBoost cannot ") + doing + ": " + XGBGetLastError());
}

/// Owns a DMatrix or a booster.
template <int (*Free)(void*)>
class Handle {
 public:
  Handle() = default;
  Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Handle() {
    if (handle_ != nullptr) Free(handle_);
  }
  void* get() const { return handle_; }
  void** out() { return &handle_; }

 private:
  void* handle_ = nullptr;
};
using Matrix = Handle<XGDMatrixFree>;
using Booster = Handle<XGBoosterFree>;

Result<Matrix> make_matrix(std::span<const float> features, std::size_t rows, std::size_t columns) {
  Matrix matrix;
  TRY(check(
      XGDMatrixCreateFromMat(features.data(), rows, columns, std::numeric_limits<float>::quiet_NaN(), matrix.out()),
      "take the rows"));
  return matrix;
}

Result<Matrix> make_matrix(const Examples& examples) {
  ASSIGN_OR_RETURN(auto matrix, make_matrix(examples.features, examples.rows, examples.columns));
  TRY(check(XGDMatrixSetFloatInfo(matrix.get(), "label", examples.truth.data(), examples.rows), "take the truth"));
  TRY(check(XGDMatrixSetFloatInfo(matrix.get(), "weight", examples.weights.data(), examples.rows), "take the weights"));
  return matrix;
}

Result<std::vector<float>> predict(const Booster& booster, const Matrix& matrix, bool margin) {
  const std::string config = std::string(R"({"type": )") + (margin ? "1" : "0") +
                             R"(, "training": false, "iteration_begin": 0, "iteration_end": 0, "strict_shape": false})";
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* values = nullptr;
  TRY(check(XGBoosterPredictFromDMatrix(booster.get(), matrix.get(), config.c_str(), &shape, &dimensions, &values),
            "predict"));
  std::size_t count = 1;
  for (bst_ulong i = 0; i < dimensions; ++i) count *= shape[i];
  return std::vector<float>(values, values + count);
}

class BoostedModel final : public NativeModel {
 public:
  BoostedModel(std::vector<Booster> bags, Task task, std::size_t columns)
      : bags_(std::move(bags)), task_(task), columns_(columns) {}

  Result<std::vector<float>> predict(std::span<const float> features, std::size_t rows) const override {
    if (rows == 0) return std::vector<float>{};
    if (features.size() != rows * columns_)
      return fail(ErrorCode::internal, "rows of another width than was trained on");
    ASSIGN_OR_RETURN(const auto matrix, make_matrix(features, rows, columns_));
    // One bag answers by itself, link included; several are averaged as margins, as the exported ensemble does.
    std::vector<float> answers;
    if (bags_.size() == 1) {
      ASSIGN_OR_RETURN(answers, learners::predict(bags_.front(), matrix, false));
    } else {
      for (const auto& bag : bags_) {
        ASSIGN_OR_RETURN(const auto margins, learners::predict(bag, matrix, true));
        answers.resize(margins.size(), 0.0F);
        for (std::size_t i = 0; i < margins.size(); ++i) answers[i] += margins[i] / static_cast<float>(bags_.size());
      }
      link(answers, rows);
    }
    if (task_ != Task::binary) return answers;
    std::vector<float> both;
    both.reserve(2 * answers.size());
    for (const float p : answers) {
      both.push_back(1.0F - p);
      both.push_back(p);
    }
    return both;
  }

 private:
  void link(std::vector<float>& margins, std::size_t rows) const {
    if (task_ == Task::binary)
      for (float& m : margins) m = 1.0F / (1.0F + std::exp(-m));
    if (task_ != Task::multiclass) return;
    const std::size_t width = margins.size() / rows;
    for (std::size_t row = 0; row < rows; ++row) {
      float* first = margins.data() + row * width;
      const float largest = *std::max_element(first, first + width);
      float sum = 0;
      for (std::size_t i = 0; i < width; ++i) sum += first[i] = std::exp(first[i] - largest);
      for (std::size_t i = 0; i < width; ++i) first[i] /= sum;
    }
  }

  std::vector<Booster> bags_;
  Task task_;
  std::size_t columns_;
};

using Parameters = std::vector<std::pair<std::string, std::string>>;

std::string text(double value) { return fmt::format("{:.9g}", value); }

struct Objective {
  std::string name;
  std::string metric;     ///< XGBoost's name
  std::string published;  ///< ours
};

Objective objective_of(const Problem& problem) {
  switch (problem.task) {
    case Task::binary: return {"binary:logistic", "logloss", "log_loss"};
    case Task::multiclass: return {"multi:softprob", "mlogloss", "log_loss"};
    case Task::regression: break;
  }
  if (problem.params.at("objective") == "pseudo_huber") return {"reg:pseudohubererror", "mphe", "pseudo_huber"};
  return {"reg:squarederror", "rmse", "rmse"};
}

/// The answer of no tree at all: the mean truth, so that few rounds suffice whatever the unit of the target is.
double base_score(const Problem& problem, const Examples& examples) {
  if (problem.task == Task::multiclass) return 0.5;
  double sum = 0;
  double weight = 0;
  for (std::size_t row = 0; row < examples.rows; ++row) {
    sum += static_cast<double>(examples.truth[row]) * static_cast<double>(examples.weights[row]);
    weight += static_cast<double>(examples.weights[row]);
  }
  const double mean = sum / weight;
  return problem.task == Task::binary ? std::clamp(mean, least_share, 1 - least_share) : mean;
}

Parameters parameters(const Problem& problem, const Objective& objective, const Examples& examples,
                      std::uint64_t seed) {
  const auto& p = problem.params;
  Parameters list = {{"verbosity", "1"},
                     {"booster", "gbtree"},
                     {"tree_method", "hist"},
                     {"objective", objective.name},
                     {"eval_metric", objective.metric},
                     {"base_score", text(base_score(problem, examples))},
                     {"nthread", std::to_string(problem.threads)},
                     {"seed", std::to_string(seed & 0x7fffffffU)},
                     {"learning_rate", text(p.at("learning_rate").get<double>())}};
  for (const char* name : {"max_depth", "max_bin"})
    list.emplace_back(name, std::to_string(p.at(name).get<std::int64_t>()));
  for (const char* name : {"min_child_weight", "subsample", "colsample_bytree", "lambda", "alpha", "gamma"})
    list.emplace_back(name, text(p.at(name).get<double>()));
  if (problem.task == Task::multiclass) list.emplace_back("num_class", std::to_string(problem.classes));
  return list;
}

/// "[3]\tvalidation-rmse:1.25" → 1.25
Result<double> read_metric(const char* line) {
  const std::string_view view = line;
  const auto colon = view.rfind(':');
  double value = 0;
  if (colon == std::string_view::npos ||
      std::from_chars(view.data() + colon + 1, view.data() + view.size(), value).ec != std::errc{})
    return fail(ErrorCode::internal, "XGBoost's evaluation cannot be read: " + std::string(view));
  return value;
}

struct Fit {
  Booster booster;
  std::size_t rounds = 0;
  std::optional<double> metric;
};

Result<Fit> fit(const Parameters& list, const Matrix& train, const Matrix* validation, std::size_t rounds,
                std::size_t patience) {
  std::vector<void*> matrices{train.get()};
  if (validation != nullptr) matrices.push_back(validation->get());
  Fit best;
  TRY(check(XGBoosterCreate(matrices.data(), matrices.size(), best.booster.out()), "start"));
  for (const auto& [name, value] : list)
    TRY(check(XGBoosterSetParam(best.booster.get(), name.c_str(), value.c_str()), "take a parameter"));
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t round = 0; round < rounds; ++round) {
    TRY(check(XGBoosterUpdateOneIter(best.booster.get(), static_cast<int>(round), train.get()), "train"));
    if (validation == nullptr) {
      best.rounds = round + 1;
      continue;
    }
    const char* name = "validation";
    const char* line = nullptr;
    void* watched = validation->get();
    TRY(check(XGBoosterEvalOneIter(best.booster.get(), static_cast<int>(round), &watched, &name, 1, &line),
              "evaluate"));
    ASSIGN_OR_RETURN(const double metric, read_metric(line));
    if (best.rounds == 0 || metric < least - least_improvement) {
      least = metric;
      best.rounds = round + 1;
    } else if (round + 1 >= best.rounds + patience) {
      break;
    }
  }
  if (validation == nullptr) return best;
  best.metric = least;
  Booster kept;
  TRY(check(XGBoosterSlice(best.booster.get(), 0, static_cast<int>(best.rounds), 1, kept.out()),
            "keep the best rounds"));
  best.booster = std::move(kept);
  return best;
}

/// What the splits on each column gained: "total_gain" of XGBoost's own importance.
void add_gain(const Json& model, std::vector<double>& gain) {
  for (const auto& tree : model.at("learner").at("gradient_booster").at("model").at("trees")) {
    const auto left = tree.at("left_children").get<std::vector<std::int64_t>>();
    const auto columns = tree.at("split_indices").get<std::vector<std::uint32_t>>();
    const auto gained = tree.at("loss_changes").get<std::vector<double>>();
    for (std::size_t node = 0; node < left.size(); ++node)
      if (left[node] >= 0 && columns[node] < gain.size()) gain[columns[node]] += gained[node];
  }
}

Result<inference::TreeEnsemble> exported(const Booster& booster, std::vector<double>& gain) {
  bst_ulong length = 0;
  const char* bytes = nullptr;
  TRY(check(XGBoosterSaveModelToBuffer(booster.get(), R"({"format": "json"})", &length, &bytes), "save the model"));
  ASSIGN_OR_RETURN(const auto model, parse_json({bytes, length}, "the XGBoost model"));
  add_gain(model, gain);
  return inference::ensemble_from_xgboost(model);
}

Examples joined(const Examples& a, const Examples& b) {
  Examples all = a;
  all.rows += b.rows;
  all.features.insert(all.features.end(), b.features.begin(), b.features.end());
  all.truth.insert(all.truth.end(), b.truth.begin(), b.truth.end());
  all.weights.insert(all.weights.end(), b.weights.begin(), b.weights.end());
  return all;
}

class XGBoost final : public Learner {
 public:
  Result<Trained> train(const Problem& given) const override {
    try {
      return train_checked(given);
    } catch (const Json::exception& e) {
      return fail(ErrorCode::internal, std::string("the learner's parameters are not complete: ") + e.what());
    }
  }

 private:
  static Result<Trained> train_checked(Problem problem) {
    if (problem.train.rows == 0) return fail(ErrorCode::invalid, "there is no row to train on");
    const auto& p = problem.params;
    if (const auto& cap = p.at("cap"); problem.task == Task::regression && cap.is_number())
      for (auto* part : {&problem.train, &problem.validation})
        for (float& truth : part->truth) truth = std::min(truth, static_cast<float>(cap.get<double>()));

    const auto objective = objective_of(problem);
    const auto rounds = p.at("rounds").get<std::size_t>();
    const auto patience = p.at("early_stopping").get<std::size_t>();
    const bool stops = problem.validation.rows > 0 && patience > 0;
    const bool refits = problem.validation.rows > 0 && p.at("refit").get<bool>();
    const bool watches = problem.validation.rows > 0 && (stops || !refits);
    ASSIGN_OR_RETURN(const auto train, make_matrix(problem.train));
    Matrix validation;
    if (watches) {
      ASSIGN_OR_RETURN(validation, make_matrix(problem.validation));
    }
    Examples all;
    Matrix everything;
    if (refits) {
      all = joined(problem.train, problem.validation);
      ASSIGN_OR_RETURN(everything, make_matrix(all));
    }

    const auto bags = p.at("bags").get<std::size_t>();
    std::vector<Booster> boosters;
    std::vector<inference::TreeEnsemble> ensembles;
    Trained trained;
    trained.refitted = refits;
    trained.gain.resize(problem.train.columns);
    double metric_sum = 0;
    for (std::size_t bag = 0; bag < bags; ++bag) {
      const auto seed = problem.seed + bag;
      std::size_t kept = rounds;
      Fit fitted;
      if (watches) {
        ASSIGN_OR_RETURN(fitted, fit(parameters(problem, objective, problem.train, seed), train, &validation, rounds,
                                     stops ? patience : rounds));
        kept = stops ? fitted.rounds : rounds;
        metric_sum += fitted.metric.value_or(0);
      }
      if (refits) {
        ASSIGN_OR_RETURN(fitted, fit(parameters(problem, objective, all, seed), everything, nullptr, kept, 0));
      } else if (!watches) {
        ASSIGN_OR_RETURN(fitted, fit(parameters(problem, objective, problem.train, seed), train, nullptr, rounds, 0));
      }
      trained.rounds += fitted.rounds;
      ASSIGN_OR_RETURN(auto ensemble, exported(fitted.booster, trained.gain));
      ensembles.push_back(std::move(ensemble));
      boosters.push_back(std::move(fitted.booster));
    }
    trained.rounds /= bags;
    if (watches) trained.validation_metrics[objective.published] = metric_sum / static_cast<double>(bags);
    ASSIGN_OR_RETURN(trained.ensemble, inference::average(ensembles));
    trained.native = std::make_shared<BoostedModel>(std::move(boosters), problem.task, problem.train.columns);
    return trained;
  }
};

}  // namespace

std::unique_ptr<Learner> make_xgboost() { return std::make_unique<XGBoost>(); }

Json library_versions() {
  int major = 0;
  int minor = 0;
  int patch = 0;
  XGBoostVersion(&major, &minor, &patch);
  return {{"xgboost", fmt::format("{}.{}.{}", major, minor, patch)}};
}

}  // namespace perennial::learners
