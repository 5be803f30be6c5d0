// Page (1954) with the running mean of Hinkley (1971) and forgetting: the sums of (x - mean - delta) and
// (x - mean + delta), against the smallest of the first and the largest of the second. In the unit of the values: see
// self_starting_cusum for one that does not depend on it. Infinities: stepped.hpp.

#include <algorithm>
#include <limits>

#include "drift/detectors/running_mean.hpp"
#include "drift/detectors/stepped.hpp"
#include "drift/detectors/stream.hpp"

namespace perennial::drift {
namespace {

struct Levels {
  std::uint32_t min_instances = 30;
  double delta = 0.005;
  double threshold = 50;
  double alpha = 1 - 0.0001;
  double warning = 0.5;
  Side side = Side::both;
};

class PageHinkley {
 public:
  static constexpr bool takes_infinities = false;

  explicit PageHinkley(Levels levels) : levels_(levels) {}

  Zone take(double value) {
    seen_.add(value);
    const double deviation = value - seen_.mean();
    rise_ = levels_.alpha * rise_ + deviation - levels_.delta;
    fall_ = levels_.alpha * fall_ + deviation + levels_.delta;
    least_rise_ = std::min(least_rise_, rise_);
    most_fall_ = std::max(most_fall_, fall_);
    if (seen_.n() < levels_.min_instances) return Zone::stable;
    const double up = levels_.side == Side::down ? 0 : rise_ - least_rise_;
    const double down = levels_.side == Side::up ? 0 : most_fall_ - fall_;
    const double change = std::max(up, down);
    if (change > levels_.threshold) return Zone::drift;
    return change > levels_.warning * levels_.threshold ? Zone::warning : Zone::stable;
  }

  void reset() { *this = PageHinkley(levels_); }
  std::size_t heap_bytes() const { return 0; }

 private:
  Levels levels_;
  RunningMean seen_;
  double rise_ = 0;
  double fall_ = 0;
  double least_rise_ = std::numeric_limits<double>::infinity();
  double most_fall_ = -std::numeric_limits<double>::infinity();
};

}  // namespace

StreamMember page_hinkley_detector() {
  return {{"page_hinkley",
           "Page-Hinkley test for a change of the mean, in the unit of the values",
           {{"min_instances", "30", "1..1000000", "rows", "before the first verdict"},
            {"delta", "0.005", "0..1e9", "unit of the values", "change that is tolerated"},
            {"threshold", "50", "1e-9..1e12", "unit of the values", "accumulated change: drift"},
            {"alpha", "0.9999", "0..1", "", "what the sums keep of themselves per row"},
            {"warning", "0.5", "0..1", "share of the threshold", "accumulated change: warning"},
            {"mode", "both", "one of up, down, both", "", "changes that count"}}},
          [](const ConfigNode& parameters) -> Result<std::unique_ptr<StreamDetector>> {
            Levels levels;
            PERENNIAL_TRY(
                check_parameters(parameters, {"min_instances", "delta", "threshold", "alpha", "warning", "mode"}));
            ASSIGN_OR_RETURN(levels.min_instances,
                             count_parameter(parameters, "min_instances", levels.min_instances, 1, 1'000'000));
            ASSIGN_OR_RETURN(levels.delta, number_parameter(parameters, "delta", levels.delta, 0, 1e9));
            ASSIGN_OR_RETURN(levels.threshold, number_parameter(parameters, "threshold", levels.threshold, 1e-9, 1e12));
            ASSIGN_OR_RETURN(levels.alpha, number_parameter(parameters, "alpha", levels.alpha, 0, 1));
            ASSIGN_OR_RETURN(levels.warning, number_parameter(parameters, "warning", levels.warning, 0, 1));
            ASSIGN_OR_RETURN(levels.side, side_parameter(parameters, levels.side));
            return stepped(PageHinkley(levels));
          }};
}

}  // namespace perennial::drift
