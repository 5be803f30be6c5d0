// Drift detection method. Gama, Medas, Castillo & Rodrigues (2004), "Learning with drift detection": the error rate p
// after n rows, with s = sqrt(p (1 - p) / n), against the p and s of the moment at which p + s was smallest.
// Infinities: 1 and 0 (every value is clamped to 0..1).

#include <algorithm>
#include <cmath>
#include <limits>

#include "drift/detectors/running_mean.hpp"
#include "drift/detectors/stepped.hpp"
#include "drift/detectors/stream.hpp"

namespace perennial::drift {
namespace {

struct Levels {
  std::uint32_t warm_start = 30;
  double warning = 2;
  double drift = 3;
};

class Ddm {
 public:
  static constexpr bool takes_infinities = true;

  explicit Ddm(Levels levels) : levels_(levels) {}

  Zone take(double value) {
    rate_.add(std::clamp(value, 0.0, 1.0));
    if (rate_.n() <= levels_.warm_start) return Zone::stable;
    const double p = rate_.mean();
    const double s = std::sqrt(std::max(0.0, p * (1 - p) / rate_.n()));
    const double sum = p + s;
    if (sum <= least_sum_) {
      least_sum_ = sum;
      warning_sum_ = p + levels_.warning * s;
      drift_sum_ = p + levels_.drift * s;
    }
    if (sum <= warning_sum_) return Zone::stable;
    return sum > drift_sum_ ? Zone::drift : Zone::warning;
  }

  void reset() { *this = Ddm(levels_); }
  std::size_t heap_bytes() const { return 0; }

 private:
  Levels levels_;
  RunningMean rate_;
  double least_sum_ = std::numeric_limits<double>::infinity();
  double warning_sum_ = 0;
  double drift_sum_ = 0;
};

}  // namespace

StreamMember ddm_detector() {
  return {{"ddm",
           "drift detection method: a rise of 0/1 errors above the luckiest moment so far",
           {{"warm_start", "30", "1..1000000", "rows", "before the first verdict"},
            {"warning_threshold", "2", "0..100", "standard deviations", "above the lowest error rate: warning"},
            {"drift_threshold", "3", "0..100", "standard deviations", "above the lowest error rate: drift"}}},
          [](const ConfigNode& parameters) -> Result<std::unique_ptr<StreamDetector>> {
            Levels levels;
            PERENNIAL_TRY(check_parameters(parameters, {"warm_start", "warning_threshold", "drift_threshold"}));
            ASSIGN_OR_RETURN(levels.warm_start,
                             count_parameter(parameters, "warm_start", levels.warm_start, 1, 1'000'000));
            ASSIGN_OR_RETURN(levels.warning, number_parameter(parameters, "warning_threshold", levels.warning, 0, 100));
            ASSIGN_OR_RETURN(levels.drift, number_parameter(parameters, "drift_threshold", levels.drift, 0, 100));
            if (levels.warning > levels.drift)
              return parameters.error("warning_threshold must not be above drift_threshold");
            return stepped(Ddm(levels));
          }};
}

}  // namespace perennial::drift
