#pragma once
// One function per batch test; the family's list is in catalog.cpp.

#include "drift/detector.hpp"
#include "stats/bins.hpp"

namespace perennial::drift {

Detector ks_detector();
Detector rank_sum_detector();
Detector chi_square_detector();
Detector psi_detector();
Detector kl_detector();
Detector jensen_shannon_detector();
Detector hellinger_detector();
Detector wasserstein_detector();
Detector mmd_detector();
Detector domain_classifier_detector();
Detector none_detector();

/// Both sides in the bins of the reference, whatever its kind.
stats::BinCounts binned(const ColumnReference& reference, const ColumnView& current);

}  // namespace perennial::drift
