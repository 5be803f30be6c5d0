#include "drift/detectors/batch.hpp"

namespace perennial::drift {

const Catalog<Detector>& detectors() {
  static const Catalog<Detector> catalog("drift test", {
                                                           ks_detector(),
                                                           rank_sum_detector(),
                                                           chi_square_detector(),
                                                           psi_detector(),
                                                           kl_detector(),
                                                           jensen_shannon_detector(),
                                                           hellinger_detector(),
                                                           wasserstein_detector(),
                                                           mmd_detector(),
                                                           domain_classifier_detector(),
                                                           none_detector(),
                                                       });
  return catalog;
}

stats::BinCounts binned(const ColumnReference& reference, const ColumnView& current) {
  if (reference.kind == ColumnKind::numeric) return reference.bins.count(current.numbers);
  return stats::count_bins(reference.categories,
                           reference.categories.align(stats::count_categories(current.codes, current.dictionary)));
}

}  // namespace perennial::drift
