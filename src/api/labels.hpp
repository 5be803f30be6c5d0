#pragma once
// Labels: what really happened, arriving later.

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace perennial::api {

/// Either `id`, or `entity` and `at`, names the prediction.
struct Label {
  std::optional<std::string> id;
  std::optional<std::string> entity;
  std::optional<TimePoint> at;
  std::map<std::string, std::variant<double, std::string>> labels;  ///< target → value or class name
  std::optional<double> confidence;                                 ///< 0..1
};

struct LabelsAnswer {
  std::size_t accepted = 0;    ///< stored now, durably
  std::size_t duplicates = 0;  ///< the same label was stored before
  std::size_t unmatched = 0;   ///< stored, but no prediction with that id or entity and time is known (yet)
};

/// Thread-safe. Returns only after the labels are on disk. All labels of one call are stored or none is.
/// Errors: not_found (model), invalid (unknown target, unknown class, NaN, both or neither of id and entity+at),
/// conflict (the same id came with another value before), disk_full, io, overloaded.
class Labels {
 public:
  virtual ~Labels() = default;
  virtual Result<LabelsAnswer> label(const std::string& model, const std::vector<Label>& labels) = 0;
};

}  // namespace perennial::api
