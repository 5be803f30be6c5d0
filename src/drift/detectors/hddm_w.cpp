// HDDM with the W-test. Frías-Blanco et al. (2015), "Online and non-parametric drift detection methods based on
// Hoeffding's bounds": exponentially weighted means before and after the cut, compared by McDiarmid's bound. The cut is
// the moment of the smallest (for a rise; of the largest, for a fall) bound of the weighted mean.
// Infinities: 1 and 0 (every value is clamped to 0..1).

#include <algorithm>
#include <cmath>
#include <limits>

#include "drift/detectors/stepped.hpp"
#include "drift/detectors/stream.hpp"

namespace perennial::drift {
namespace {

struct Settings {
  double drift_confidence = 0.001;
  double warning_confidence = 0.005;
  double weight = 0.05;
  bool two_sided = false;
};

/// A weighted mean, and the sum of its squared weights as the bound needs it.
struct Weighted {
  double mean = 0;
  double squares = 1;
  bool any = false;

  /// A mean of exactly 0 starts again with the value, as River has it: leading zeros do not dilute the first error.
  void add(double value, double weight) {
    mean = mean == 0 ? value : weight * value + (1 - weight) * mean;
    squares = weight * weight + (1 - weight) * (1 - weight) * squares;
    any = true;
  }
};

class HddmW {
 public:
  static constexpr bool takes_infinities = true;

  explicit HddmW(Settings settings)
      : settings_(settings),
        log_drift_(std::log(1 / settings.drift_confidence)),
        log_warning_(std::log(1 / settings.warning_confidence)) {}

  Zone take(double value) {
    const double share = std::clamp(value, 0.0, 1.0);
    all_.add(share, settings_.weight);
    const double bound = std::sqrt(all_.squares * log_drift_ / 2);
    rise_.take(all_, all_.mean + bound, share, settings_.weight);
    Zone zone = zone_of(rise_.after.mean - rise_.before.mean, rise_);
    if (settings_.two_sided && zone != Zone::drift) {
      fall_.take(all_, -(all_.mean - bound), share, settings_.weight);
      zone = std::max(zone, zone_of(fall_.before.mean - fall_.after.mean, fall_));
    }
    return zone;
  }

  void reset() {
    all_ = {};
    rise_ = fall_ = {};
  }
  std::size_t heap_bytes() const { return 0; }

 private:
  struct Cut {
    double lowest_bound = std::numeric_limits<double>::infinity();
    Weighted before;
    Weighted after;

    void take(const Weighted& all, double bound, double value, double weight) {
      if (bound < lowest_bound) {
        lowest_bound = bound;
        before = all;
        after = {};
      } else {
        after.add(value, weight);
      }
    }
  };

  Zone zone_of(double change, const Cut& cut) const {
    if (!cut.before.any || !cut.after.any) return Zone::stable;
    const double squares = cut.before.squares + cut.after.squares;
    if (change > std::sqrt(squares * log_drift_ / 2)) return Zone::drift;
    return change > std::sqrt(squares * log_warning_ / 2) ? Zone::warning : Zone::stable;
  }

  Settings settings_;
  double log_drift_;
  double log_warning_;
  Weighted all_;
  Cut rise_;
  Cut fall_;
};

}  // namespace

StreamMember hddm_w_detector() {
  return {{"hddm_w",
           "McDiarmid's bound on weighted means of 0/1 errors or of any loss in 0..1; quicker than hddm_a, errs more",
           {{"drift_confidence", "0.001", "1e-12..1", "probability", "of a false alarm per row: drift"},
            {"warning_confidence", "0.005", "1e-12..1", "probability", "the same: warning"},
            {"lambda_val", "0.05", "0..1", "share", "weight of the newest row"},
            {"two_sided_test", "false", "true, false", "", "a fall counts, too"}}},
          [](const ConfigNode& parameters) -> Result<std::unique_ptr<StreamDetector>> {
            Settings s;
            PERENNIAL_TRY(check_parameters(parameters,
                                           {"drift_confidence", "warning_confidence", "lambda_val", "two_sided_test"}));
            ASSIGN_OR_RETURN(s.drift_confidence,
                             number_parameter(parameters, "drift_confidence", s.drift_confidence, 1e-12, 1));
            ASSIGN_OR_RETURN(s.warning_confidence,
                             number_parameter(parameters, "warning_confidence", s.warning_confidence, 1e-12, 1));
            ASSIGN_OR_RETURN(s.weight, number_parameter(parameters, "lambda_val", s.weight, 0, 1));
            ASSIGN_OR_RETURN(s.two_sided, flag_parameter(parameters, "two_sided_test", s.two_sided));
            if (s.warning_confidence < s.drift_confidence)
              return parameters.error("warning_confidence must not be below drift_confidence");
            return stepped(HddmW(s));
          }};
}

}  // namespace perennial::drift
