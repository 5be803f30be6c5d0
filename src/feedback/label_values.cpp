#include "feedback/label_values.hpp"
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "core/catalog.hpp"
#include "core/limits.hpp"
#include "core/number_text.hpp"

namespace perennial::feedback {
namespace {

struct Place {
  std::size_t label;
  std::string where() const { return fmt::format("label {}", label + 1); }
  std::unexpected<Error> invalid(std::string what, std::string hint = {}) const {
    return fail(ErrorCode::invalid, std::move(what), where(), std::move(hint));
  }
};

Result<LabelKey> key_of(const RawLabel& label, const Place& place) {
  const bool by_entity = label.entity.has_value() || label.at.has_value();
  if (label.id.has_value() == by_entity)
    return place.invalid("a label names its prediction by 'id', or by 'entity' and 'at', and not by both");
  LabelKey key;
  if (label.id) {
    key.id = *label.id;
  } else {
    if (!label.entity || !label.at) return place.invalid("'entity' and 'at' are only usable together");
    key.entity = *label.entity;
    key.at = *label.at;
  }
  const std::string& text = label.id ? key.id : key.entity;
  const std::string name = label.id ? "'id'" : "'entity'";
  if (text.empty()) return place.invalid(name + " is empty");
  if (text.size() > limits::id_bytes)
    return place.invalid(fmt::format("{} has {} bytes; at most {} are allowed", name, text.size(), limits::id_bytes));
  return key;
}

Result<double> truth_of(const Target& target, const LabelValue& value, const Place& place) {
  if (!value.is_text && !std::isfinite(value.number))
    return place.invalid(fmt::format("the value of '{}' is not a finite number", target.name));
  if (!is_classification(target.task)) {
    if (value.is_text)
      return place.invalid(fmt::format("'{}' is a number, not the text '{}'", target.name, value.text));
    return value.number;
  }
  const std::string name = value.is_text ? std::string(value.text) : number_text(value.number);
  const int index = target.class_index(name);
  if (index < 0)
    return unknown_name("class of '" + target.name + "'", name, target.classes, place.where(), ErrorCode::invalid);
  return index;
}

}  // namespace

Result<LabelBatch> label_batch(const std::shared_ptr<const std::vector<Target>>& targets,
                               std::span<const RawLabel> labels, TimePoint received_at) {
  if (labels.size() > limits::labels_per_request)
    return fail(ErrorCode::too_large, fmt::format("{} labels in one call; at most {} are allowed", labels.size(),
                                                  limits::labels_per_request));
  LabelBatch batch;
  batch.targets = targets;
  batch.received_at = received_at;
  batch.truth.assign(targets->size(), Truth(labels.size(), std::numeric_limits<double>::quiet_NaN()));
  bool any_confidence = false;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const RawLabel& label = labels[row];
    const Place place{row};
    ASSIGN_OR_RETURN(LabelKey key, key_of(label, place));
    batch.keys.push_back(std::move(key));
    if (label.values.empty()) return place.invalid("there is no value");
    for (const auto& value : label.values) {
      std::size_t target = 0;
      while (target < targets->size() && (*targets)[target].name != value.target) ++target;
      if (target == targets->size()) {
        std::vector<std::string> known;
        for (const auto& t : *targets) known.push_back(t.name);
        return unknown_name("target", value.target, known, place.where(), ErrorCode::invalid);
      }
      double& truth = batch.truth[target][row];
      if (!std::isnan(truth)) return place.invalid(fmt::format("'{}' is given twice", value.target));
      ASSIGN_OR_RETURN(truth, truth_of((*targets)[target], value, place));
    }
    const double confidence = label.confidence.value_or(1);
    if (!(confidence >= 0 && confidence <= 1)) return place.invalid("'confidence' must be between 0 and 1");
    any_confidence = any_confidence || confidence < 1;
    batch.confidence.push_back(static_cast<float>(confidence));
  }
  if (!any_confidence) batch.confidence.clear();
  return batch;
}

}  // namespace perennial::feedback
