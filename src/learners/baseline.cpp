// The null member: what a learner must beat. Exported like any other, as trees of one leaf.

#include <cmath>

#include "learners/factory.hpp"

namespace perennial::learners {
namespace {

constexpr double least_share = 1e-6;  ///< so that a class that was not seen still has a finite margin

class ConstantModel final : public NativeModel {
 public:
  explicit ConstantModel(std::vector<float> answer) : answer_(std::move(answer)) {}
  Result<std::vector<float>> predict(std::span<const float>, std::size_t rows) const override {
    std::vector<float> answers;
    answers.reserve(rows * answer_.size());
    for (std::size_t row = 0; row < rows; ++row) answers.insert(answers.end(), answer_.begin(), answer_.end());
    return answers;
  }

 private:
  std::vector<float> answer_;
};

double capped(float truth, const Json& cap) {
  const auto value = static_cast<double>(truth);
  return cap.is_number() ? std::min(value, cap.get<double>()) : value;
}

class Baseline final : public Learner {
 public:
  Result<Trained> train(const Problem& problem) const override {
    if (problem.train.rows == 0) return fail(ErrorCode::invalid, "there is no row to train on");
    const auto columns = static_cast<std::uint32_t>(problem.train.columns);
    const Json cap = problem.params.value("cap", Json());
    double weight = 0;
    double sum = 0;
    std::vector<double> shares(problem.task == Task::regression ? 0 : problem.classes, 0.0);
    for (const auto* part : {&problem.train, &problem.validation}) {
      for (std::size_t row = 0; row < part->rows; ++row) {
        const auto w = static_cast<double>(part->weights[row]);
        weight += w;
        if (problem.task == Task::regression) sum += w * capped(part->truth[row], cap);
        else shares[static_cast<std::size_t>(part->truth[row])] += w;
      }
    }
    Trained trained;
    if (problem.task == Task::regression) {
      const auto mean = static_cast<float>(sum / weight);
      trained.ensemble = inference::constant_ensemble({mean}, inference::Link::identity, columns);
      trained.native = std::make_shared<ConstantModel>(std::vector<float>{mean});
      return trained;
    }
    double total = 0;
    for (double& share : shares) total += share = std::max(share / weight, least_share);
    std::vector<float> answer;
    std::vector<float> margins;
    for (double& share : shares) {
      share /= total;
      answer.push_back(static_cast<float>(share));
      margins.push_back(static_cast<float>(std::log(share)));
    }
    if (problem.task == Task::binary) {
      const auto margin = static_cast<float>(std::log(shares[1] / shares[0]));
      trained.ensemble = inference::constant_ensemble({margin}, inference::Link::sigmoid, columns);
    } else {
      trained.ensemble = inference::constant_ensemble(std::move(margins), inference::Link::softmax, columns);
    }
    trained.native = std::make_shared<ConstantModel>(std::move(answer));
    return trained;
  }
};

}  // namespace

std::unique_ptr<Learner> make_baseline() { return std::make_unique<Baseline>(); }

}  // namespace perennial::learners
