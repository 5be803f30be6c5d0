#pragma once
// Detectors that take one value at a time, in time order: mostly the losses of the champion.

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/catalog.hpp"
#include "core/config_node.hpp"
#include "core/signature.hpp"

namespace perennial::drift {

enum class Zone { stable, warning, drift };
std::string_view to_string(Zone zone);

inline constexpr std::size_t stream_detector_bytes = 1u << 20;  ///< what one detector may hold, whatever its parameters

/// Bounded memory, deterministic, not thread-safe. A value that is NaN is skipped (the zone stays); each member says
/// what an infinity counts as. After `drift` the detector starts anew with the next value.
class StreamDetector {
 public:
  virtual ~StreamDetector() = default;
  virtual Zone update(double value) = 0;
  /// The same as one update() per value, without a virtual call for each: zones[i] is the zone after values[i].
  /// `zones` is at least as long as `values`.
  virtual void update(std::span<const double> values, std::span<Zone> zones) = 0;
  /// As newly made.
  virtual void reset() = 0;
  /// With all that it has seen: the copy and the original answer alike from here on, and apart.
  virtual std::unique_ptr<StreamDetector> clone() const = 0;
  /// What it holds in memory now; at most stream_detector_bytes.
  virtual std::size_t bytes() const = 0;
};

struct StreamMember {
  CatalogEntry entry;
  /// `parameters`: a map of the entry's parameters, or an undefined node for the defaults. Error: config.
  std::function<Result<std::unique_ptr<StreamDetector>>(const ConfigNode& parameters)> make;
};

/// adwin, cusum, ddm, eddm, hddm_a, hddm_w, kswin, page_hinkley, self_starting_cusum, none.
const Catalog<StreamMember>& stream_detectors();

/// With default parameters. Error: config, with the known names.
Result<std::unique_ptr<StreamDetector>> make_stream_detector(std::string_view name);

/// `monitor.stream` of a config: `auto`, a detector's name, or {name: {parameter: value}}.
struct StreamChoice {
  std::string name = "auto";
  ConfigNode parameters;  ///< undefined: the defaults

  /// Error: config, with the known names or the parameter that is wrong.
  static Result<StreamChoice> parse(const ConfigNode& node);
  /// The detector's name; `auto` is self_starting_cusum, which does not depend on the loss's unit.
  std::string name_for(Task task) const;
  Result<std::unique_ptr<StreamDetector>> make(Task task) const;
};

}  // namespace perennial::drift
