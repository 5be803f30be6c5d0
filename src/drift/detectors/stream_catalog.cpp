#include "drift/detectors/stream.hpp"

#include <fmt/format.h>

namespace perennial::drift {

std::string_view to_string(Zone zone) {
  switch (zone) {
    case Zone::stable: return "stable";
    case Zone::warning: return "warning";
    case Zone::drift: return "drift";
  }
  return "stable";
}

const Catalog<StreamMember>& stream_detectors() {
  static const Catalog<StreamMember> catalog("stream detector", {
                                                                    ddm_detector(),
                                                                    page_hinkley_detector(),
                                                                    none_stream_detector(),
                                                                });
  return catalog;
}

Result<std::unique_ptr<StreamDetector>> make_stream_detector(std::string_view name) {
  ASSIGN_OR_RETURN(const StreamMember* member, stream_detectors().find(name));
  return member->make(ConfigNode());
}

Result<double> number_parameter(const ConfigNode& parameters, std::string_view name, double otherwise, double least,
                                double most) {
  const ConfigNode node = parameters[name];
  if (!node.defined()) return otherwise;
  ASSIGN_OR_RETURN(const double value, node.number());
  if (value < least || value > most) return node.error(fmt::format("{} must be in {}..{}", name, least, most));
  return value;
}

}  // namespace perennial::drift
