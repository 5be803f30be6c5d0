#include "drift/detectors/batch.hpp"

namespace perennial::drift {
namespace {

Outcome test(const ColumnReference& reference, const ColumnView& current, double) {
  return {0, -1, 0, reference.rows, current.size()};
}

}  // namespace

Detector none_detector() { return {{"none", "never drifts", {}}, true, true, false, test}; }

}  // namespace perennial::drift
