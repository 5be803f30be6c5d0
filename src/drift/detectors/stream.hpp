#pragma once
// One function per stream detector; the family's list is in stream_catalog.cpp.

#include "drift/stream.hpp"

namespace perennial::drift {

StreamMember ddm_detector();
StreamMember page_hinkley_detector();
StreamMember none_stream_detector();

/// The number of a detector's parameter; `otherwise` where it is not given. Error: config, outside least..most.
Result<double> number_parameter(const ConfigNode& parameters, std::string_view name, double otherwise, double least,
                                double most);

}  // namespace perennial::drift
