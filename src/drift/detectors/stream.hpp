#pragma once
// One function per stream detector; the family's list is in stream_catalog.cpp. What each of them must do with missing
// values, after a drift, when copied: stepped.hpp.

#include <cstdint>
#include <vector>

#include "drift/stream.hpp"

namespace perennial::drift {

StreamMember adwin_detector();
StreamMember cusum_detector();
StreamMember ddm_detector();
StreamMember eddm_detector();
StreamMember hddm_a_detector();
StreamMember hddm_w_detector();
StreamMember kswin_detector();
StreamMember none_stream_detector();
StreamMember page_hinkley_detector();
StreamMember self_starting_cusum_detector();

/// Fails where `parameters` has a key that is not in `names`. An undefined node is good: the defaults.
Status check_parameters(const ConfigNode& parameters, const std::vector<std::string>& names);

/// The value of a detector's parameter; `otherwise` where it is not given. Error: config, outside least..most, or not a
/// whole number, or not one of `known`.
Result<double> number_parameter(const ConfigNode& parameters, std::string_view name, double otherwise, double least,
                                double most);
Result<std::uint32_t> count_parameter(const ConfigNode& parameters, std::string_view name, std::uint32_t otherwise,
                                      std::uint32_t least, std::uint32_t most);
Result<bool> flag_parameter(const ConfigNode& parameters, std::string_view name, bool otherwise);

/// Which changes of the level count; the parameter `mode`.
enum class Side { up, down, both };
Result<Side> side_parameter(const ConfigNode& parameters, Side otherwise);

}  // namespace perennial::drift
