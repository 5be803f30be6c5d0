#pragma once
// Checks the labels of a call against what the model predicts, and turns them into truth values.

#include <optional>
#include <span>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"
#include "feedback/label_batch.hpp"

namespace perennial::feedback {

/// One value of one label as it came in.
struct LabelValue {
  std::string_view target;
  double number = 0;
  std::string_view text;  ///< used where is_text
  bool is_text = false;
};

/// One label as it came in. Views must outlive the call.
struct RawLabel {
  std::optional<std::string_view> id;
  std::optional<std::string_view> entity;
  std::optional<TimePoint> at;
  std::vector<LabelValue> values;
  std::optional<double> confidence;
};

/// Error: invalid, naming the label's position and what is wrong: unknown target (known ones listed), unknown class,
/// text for a regression target, NaN or infinity, no value, both or neither of id and entity+at, an empty or too long
/// key (limits::id_bytes), confidence outside 0..1; too_large beyond limits::labels_per_request.
/// A number for a classification target is matched by its shortest text ("1", "2.5").
Result<LabelBatch> label_batch(const std::shared_ptr<const std::vector<Target>>& targets,
                               std::span<const RawLabel> labels, TimePoint received_at);

}  // namespace perennial::feedback
