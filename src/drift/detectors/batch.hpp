#pragma once
// One function per batch test; the family's list is in catalog.cpp.

#include "drift/detector.hpp"

namespace perennial::drift {

Detector ks_detector();
Detector chi_square_detector();
Detector psi_detector();
Detector none_detector();

}  // namespace perennial::drift
