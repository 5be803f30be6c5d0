// HDDM with the A-test. Frías-Blanco et al. (2015), "Online and non-parametric drift detection methods based on
// Hoeffding's bounds": the mean of all values against the mean at the cut, which is the moment of the smallest (for a
// rise; of the largest, for a fall) Hoeffding bound of the mean. Infinities: 1 and 0 (every value is clamped to 0..1).

#include <algorithm>
#include <cmath>

#include "drift/detectors/running_mean.hpp"
#include "drift/detectors/stepped.hpp"
#include "drift/detectors/stream.hpp"

namespace perennial::drift {
namespace {

struct Settings {
  double drift_confidence = 0.001;
  double warning_confidence = 0.005;
  bool two_sided = false;
};

class HddmA {
 public:
  static constexpr bool takes_infinities = true;

  explicit HddmA(Settings settings)
      : settings_(settings),
        log_cut_(std::log(1 / settings.drift_confidence)),
        log_drift_(std::log(2 / settings.drift_confidence)),
        log_warning_(std::log(2 / settings.warning_confidence)) {}

  Zone take(double value) {
    all_.add(std::clamp(value, 0.0, 1.0));
    const double bound = std::sqrt(1 / (2 * all_.n()) * log_cut_);
    if (lowest_.mean.n() == 0 || lowest_.mean.mean() + lowest_.bound >= all_.mean() + bound) lowest_ = {all_, bound};
    Zone zone = zone_of(all_.mean() - lowest_.mean.mean(), lowest_.mean.n());
    if (settings_.two_sided && zone != Zone::drift) {
      if (highest_.mean.n() == 0 || highest_.mean.mean() - highest_.bound <= all_.mean() - bound)
        highest_ = {all_, bound};
      zone = std::max(zone, zone_of(highest_.mean.mean() - all_.mean(), highest_.mean.n()));
    }
    return zone;
  }

  void reset() {
    all_ = {};
    lowest_ = highest_ = {};
  }
  std::size_t heap_bytes() const { return 0; }

 private:
  struct Cut {
    RunningMean mean;
    double bound = 0;
  };

  Zone zone_of(double change, double cut_n) const {
    if (cut_n == all_.n()) return Zone::stable;
    const double half = (all_.n() - cut_n) / cut_n * (1 / all_.n()) / 2;
    if (change >= std::sqrt(half * log_drift_)) return Zone::drift;
    return change >= std::sqrt(half * log_warning_) ? Zone::warning : Zone::stable;
  }

  Settings settings_;
  double log_cut_;
  double log_drift_;
  double log_warning_;
  RunningMean all_;
  Cut lowest_;
  Cut highest_;
};

}  // namespace

StreamMember hddm_a_detector() {
  return {{"hddm_a",
           "Hoeffding's bound on the mean of 0/1 errors or of any loss in 0..1, against its best moment",
           {{"drift_confidence", "0.001", "1e-12..1", "probability", "of a false alarm per row: drift"},
            {"warning_confidence", "0.005", "1e-12..1", "probability", "the same: warning"},
            {"two_sided_test", "false", "true, false", "", "a fall counts, too"}}},
          [](const ConfigNode& parameters) -> Result<std::unique_ptr<StreamDetector>> {
            Settings s;
            PERENNIAL_TRY(check_parameters(parameters, {"drift_confidence", "warning_confidence", "two_sided_test"}));
            ASSIGN_OR_RETURN(s.drift_confidence,
                             number_parameter(parameters, "drift_confidence", s.drift_confidence, 1e-12, 1));
            ASSIGN_OR_RETURN(s.warning_confidence,
                             number_parameter(parameters, "warning_confidence", s.warning_confidence, 1e-12, 1));
            ASSIGN_OR_RETURN(s.two_sided, flag_parameter(parameters, "two_sided_test", s.two_sided));
            if (s.warning_confidence < s.drift_confidence)
              return parameters.error("warning_confidence must not be below drift_confidence");
            return stepped(HddmA(s));
          }};
}

}  // namespace perennial::drift
