#include <algorithm>
#include <cmath>

#include "drift/detectors/stream.hpp"
#include "stats/moments.hpp"

namespace perennial::drift {
namespace {

struct Levels {
  double delta = 0.2;
  double threshold = 50;
  double min_rows = 100;
};

/// One row cannot decide: a deviation counts as at most this many standard deviations.
constexpr double largest_deviation = 10;

// Page (1954) with the running mean of Hinkley (1971): sum of (x - mean - delta) over its own minimum. The loss is
// counted in its running standard deviations, so that delta and threshold mean the same for every loss. For
// independent losses the mean time between false alarms is about exp(2 * delta * threshold) rows.
class PageHinkley final : public StreamDetector {
 public:
  explicit PageHinkley(Levels levels) : levels_(levels) {}

  Zone update(double value) override {
    if (std::isnan(value)) return zone_;
    if (zone_ == Zone::drift) reset();
    const bool warm = static_cast<double>(seen_.n()) >= levels_.min_rows;
    if (!warm) {
      if (std::isfinite(value)) seen_.add(value);
      return zone_;
    }
    const double deviation = seen_.deviation();
    double z = value > seen_.mean() ? largest_deviation : value < seen_.mean() ? -largest_deviation : 0;
    if (deviation > 0) z = std::clamp((value - seen_.mean()) / deviation, -largest_deviation, largest_deviation);
    if (deviation > 0 || std::isfinite(value)) seen_.add(deviation > 0 ? seen_.mean() + z * deviation : value);
    sum_ = std::max(0.0, sum_ + z - levels_.delta);
    zone_ = sum_ > levels_.threshold ? Zone::drift : sum_ > levels_.threshold / 2 ? Zone::warning : Zone::stable;
    return zone_;
  }

  void reset() override { *this = PageHinkley(levels_); }

 private:
  Levels levels_;
  Zone zone_ = Zone::stable;
  stats::Moments seen_;
  double sum_ = 0;
};

}  // namespace

StreamMember page_hinkley_detector() {
  return {{"page_hinkley",
           "Page-Hinkley test for a rise of any loss",
           {{"delta", "0.2", "0..10", "standard deviations", "rise that is tolerated"},
            {"threshold", "50", "1..1000000", "standard deviations", "accumulated rise: drift; half of it: warning"},
            {"min_rows", "100", "2..1000000", "rows", "to learn the loss from before the first verdict"}}},
          [](const ConfigNode& parameters) -> Result<std::unique_ptr<StreamDetector>> {
            Levels levels;
            if (parameters.defined()) {
              PERENNIAL_TRY(parameters.check_keys({"delta", "threshold", "min_rows"}));
              ASSIGN_OR_RETURN(levels.delta, number_parameter(parameters, "delta", levels.delta, 0, 10));
              ASSIGN_OR_RETURN(levels.threshold, number_parameter(parameters, "threshold", levels.threshold, 1, 1e6));
              ASSIGN_OR_RETURN(levels.min_rows, number_parameter(parameters, "min_rows", levels.min_rows, 2, 1e6));
            }
            return std::make_unique<PageHinkley>(levels);
          }};
}

}  // namespace perennial::drift
