#include "drift/detectors/batch.hpp"

namespace perennial::drift {

const Catalog<Detector>& detectors() {
  static const Catalog<Detector> catalog("drift test", {
                                                           ks_detector(),
                                                           chi_square_detector(),
                                                           psi_detector(),
                                                           none_detector(),
                                                       });
  return catalog;
}

}  // namespace perennial::drift
