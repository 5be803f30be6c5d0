#include <fmt/format.h>

#include "drift/detectors/stream.hpp"

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
                                                                    adwin_detector(),
                                                                    cusum_detector(),
                                                                    ddm_detector(),
                                                                    eddm_detector(),
                                                                    hddm_a_detector(),
                                                                    hddm_w_detector(),
                                                                    kswin_detector(),
                                                                    page_hinkley_detector(),
                                                                    self_starting_cusum_detector(),
                                                                    none_stream_detector(),
                                                                });
  return catalog;
}

Result<std::unique_ptr<StreamDetector>> make_stream_detector(std::string_view name) {
  ASSIGN_OR_RETURN(const StreamMember* member, stream_detectors().find(name));
  return member->make(ConfigNode());
}

Status check_parameters(const ConfigNode& parameters, const std::vector<std::string>& names) {
  return parameters.defined() ? parameters.check_keys(names) : Status{};
}

Result<double> number_parameter(const ConfigNode& parameters, std::string_view name, double otherwise, double least,
                                double most) {
  const ConfigNode node = parameters[name];
  if (!node.defined()) return otherwise;
  ASSIGN_OR_RETURN(const double value, node.number());
  if (value < least || value > most) return node.error(fmt::format("{} must be in {}..{}", name, least, most));
  return value;
}

Result<std::uint32_t> count_parameter(const ConfigNode& parameters, std::string_view name, std::uint32_t otherwise,
                                      std::uint32_t least, std::uint32_t most) {
  const ConfigNode node = parameters[name];
  if (!node.defined()) return otherwise;
  ASSIGN_OR_RETURN(const auto value, node.integer(least, most));
  return static_cast<std::uint32_t>(value);
}

Result<bool> flag_parameter(const ConfigNode& parameters, std::string_view name, bool otherwise) {
  const ConfigNode node = parameters[name];
  if (!node.defined()) return otherwise;
  return node.boolean();
}

Result<Side> side_parameter(const ConfigNode& parameters, Side otherwise) {
  const ConfigNode node = parameters["mode"];
  if (!node.defined()) return otherwise;
  ASSIGN_OR_RETURN(const std::string name, node.text());
  if (name == "up") return Side::up;
  if (name == "down") return Side::down;
  if (name == "both") return Side::both;
  const std::vector<std::string> known{"up", "down", "both"};
  return unknown_name("mode", name, known, node.place());
}

}  // namespace perennial::drift
