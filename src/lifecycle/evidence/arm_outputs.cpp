#include "lifecycle/evidence/arm_outputs.hpp"

#include <algorithm>
#include <cmath>

namespace perennial::lifecycle {

void ArmOutputs::Moments::add(double value) {
  ++rows;
  const double step = value - mean;
  mean += step / static_cast<double>(rows);
  squares += step * (value - mean);
}

void ArmOutputs::begin(std::string challenger, std::string champion, TimePoint from) {
  std::size_t width = 0;
  for (const auto& target : targets_) width += target.width();
  const std::lock_guard lock(mutex_);
  from_ = from;
  sides_[0] = {std::move(challenger), std::vector<Moments>(width)};
  sides_[1] = {std::move(champion), std::vector<Moments>(width)};
}

void ArmOutputs::end() {
  const std::lock_guard lock(mutex_);
  from_.reset();
  sides_ = {};
}

void ArmOutputs::add(const feedback::PredictionRecord& record) {
  const std::lock_guard lock(mutex_);
  if (!from_) return;
  for (auto& side : sides_)
    for (const auto& scored : record.versions) {
      if (scored.version != side.version || scored.outputs.width != side.outputs.size()) continue;
      for (std::size_t row = 0; row < record.rows(); ++row) {
        if (scored.scored[row] == 0 || (!record.request.times.empty() && record.request.times[row] <= *from_)) continue;
        for (std::size_t i = 0; i < side.outputs.size(); ++i)
          side.outputs[i].add(scored.outputs.values[row * side.outputs.size() + i]);
      }
    }
}

Json ArmOutputs::to_json() const {
  const std::lock_guard lock(mutex_);
  Json targets = Json::object();
  if (!from_) return targets;
  const auto of = [](const Moments& moments) {
    const bool spread = moments.rows > 1;
    return Json{{"rows", moments.rows},
                {"mean", moments.rows > 0 ? Json(moments.mean) : Json(nullptr)},
                {"std", spread ? Json(std::sqrt(moments.squares / static_cast<double>(moments.rows - 1))) : Json()}};
  };
  std::size_t at = 0;
  for (const auto& target : targets_) {
    Json& outputs = targets[target.name] = Json::array();
    for (std::size_t i = 0; i < target.width(); ++i, ++at) {
      const Moments& challenger = sides_[0].outputs[at];
      const Moments& champion = sides_[1].outputs[at];
      const bool insufficient = std::min(challenger.rows, champion.rows) < least_compared_outputs;
      outputs.push_back({{"output", target.task == Task::regression ? Json("value") : Json(target.classes[i])},
                         {"challenger", of(challenger)},
                         {"champion", of(champion)},
                         {"difference", insufficient ? Json(nullptr) : Json(challenger.mean - champion.mean)},
                         {"insufficient", insufficient}});
    }
  }
  return targets;
}

}  // namespace perennial::lifecycle
