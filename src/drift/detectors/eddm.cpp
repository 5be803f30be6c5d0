// Early drift detection method. Baena-García et al. (2006): the distance in rows between two errors, as mean + 2
// standard deviations, in relation to its largest value so far. It is looked at when an error comes; between errors the
// zone stays. Infinities: +infinity is an error, -infinity none.

#include <cmath>

#include "drift/detectors/running_mean.hpp"
#include "drift/detectors/stepped.hpp"
#include "drift/detectors/stream.hpp"

namespace perennial::drift {
namespace {

struct Levels {
  std::uint32_t warm_start = 30;
  double warning = 0.95;
  double drift = 0.9;
};

class Eddm {
 public:
  static constexpr bool takes_infinities = true;

  explicit Eddm(Levels levels) : levels_(levels) {}

  Zone take(double value) {
    rows_ += 1;
    if (value < 1) return zone_;
    errors_ += 1;
    const double distance = rows_ - last_error_;
    last_error_ = rows_;
    const double before = distances_.mean();
    distances_.add(distance);
    squares_ += (distance - before) * (distance - distances_.mean());
    if (rows_ <= levels_.warm_start) return zone_;
    const double variance = distances_.n() > 1 ? squares_ / (distances_.n() - 1) : 0;
    const double reach = distances_.mean() + 2 * std::sqrt(variance);
    if (reach > largest_reach_) {
      largest_reach_ = reach;
    } else if (errors_ > levels_.warm_start) {
      const double level = reach / largest_reach_;
      zone_ = level < levels_.drift ? Zone::drift : level < levels_.warning ? Zone::warning : Zone::stable;
    }
    return zone_;
  }

  void reset() { *this = Eddm(levels_); }
  std::size_t heap_bytes() const { return 0; }

 private:
  Levels levels_;
  double rows_ = 0;
  double errors_ = 0;
  double last_error_ = 0;
  RunningMean distances_;
  double squares_ = 0;
  double largest_reach_ = -1;
  Zone zone_ = Zone::stable;
};

}  // namespace

StreamMember eddm_detector() {
  return {{"eddm",
           "early drift detection method: errors (values from 1 up) that follow each other faster than before",
           {{"warm_start", "30", "1..1000000", "rows and errors", "before the first verdict"},
            {"alpha", "0.95", "0..1", "share of the largest distance", "below it: warning"},
            {"beta", "0.9", "0..1", "share of the largest distance", "below it: drift; not above alpha"}}},
          [](const ConfigNode& parameters) -> Result<std::unique_ptr<StreamDetector>> {
            Levels levels;
            PERENNIAL_TRY(check_parameters(parameters, {"warm_start", "alpha", "beta"}));
            ASSIGN_OR_RETURN(levels.warm_start,
                             count_parameter(parameters, "warm_start", levels.warm_start, 1, 1'000'000));
            ASSIGN_OR_RETURN(levels.warning, number_parameter(parameters, "alpha", levels.warning, 0, 1));
            ASSIGN_OR_RETURN(levels.drift, number_parameter(parameters, "beta", levels.drift, 0, 1));
            if (levels.warning < levels.drift) return parameters.error("alpha must not be below beta");
            return stepped(Eddm(levels));
          }};
}

}  // namespace perennial::drift
