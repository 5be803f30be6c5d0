#include "api/predictions.hpp"

#include <algorithm>

namespace perennial::api {

Json outputs_to_json(const std::vector<Target>& targets, std::span<const float> outputs) {
  Json all = Json::object();
  std::size_t at = 0;
  for (const auto& target : targets) {
    if (!is_classification(target.task)) {
      all[target.name] = outputs[at];
    } else {
      const auto slice = outputs.subspan(at, target.width());
      Json probabilities = Json::object();
      for (std::size_t c = 0; c < target.classes.size(); ++c) probabilities[target.classes[c]] = slice[c];
      const auto best = static_cast<std::size_t>(std::max_element(slice.begin(), slice.end()) - slice.begin());
      all[target.name] = {{"class", target.classes[best]}, {"probabilities", probabilities}};
    }
    at += target.width();
  }
  return all;
}

}  // namespace perennial::api
