#pragma once
// Detectors that take one loss at a time, in time order.

#include <functional>
#include <memory>
#include <string_view>

#include "core/catalog.hpp"
#include "core/config_node.hpp"

namespace perennial::drift {

enum class Zone { stable, warning, drift };
std::string_view to_string(Zone zone);

/// Bounded memory, deterministic, not thread-safe. A value that is NaN is skipped (the zone stays). After `drift` the
/// detector starts anew with the next value.
class StreamDetector {
 public:
  virtual ~StreamDetector() = default;
  virtual Zone update(double value) = 0;
  virtual void reset() = 0;
};

struct StreamMember {
  CatalogEntry entry;
  /// `parameters`: a map of the entry's parameters, or an undefined node for the defaults. Error: config.
  std::function<Result<std::unique_ptr<StreamDetector>>(const ConfigNode& parameters)> make;
};

/// ddm, page_hinkley, none.
const Catalog<StreamMember>& stream_detectors();

/// With default parameters. Error: config, with the known names.
Result<std::unique_ptr<StreamDetector>> make_stream_detector(std::string_view name);

}  // namespace perennial::drift
