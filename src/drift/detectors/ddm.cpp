#include <cmath>
#include <cstdint>
#include <limits>

#include "drift/detectors/stream.hpp"

namespace perennial::drift {
namespace {

struct Levels {
  double warning = 2;
  double drift = 3;
  double min_rows = 30;
};

// Gama et al. (2004): the error rate p_i with s_i = sqrt(p_i (1 - p_i) / i) against the smallest p + s so far. The
// smallest is taken from the first error on: before it p + s is 0, and any first error would be a drift.
class Ddm final : public StreamDetector {
 public:
  explicit Ddm(Levels levels) : levels_(levels) {}

  Zone update(double value) override {
    if (std::isnan(value)) return zone_;
    if (zone_ == Zone::drift) reset();
    ++rows_;
    if (value > 0) ++errors_;
    const double n = static_cast<double>(rows_);
    const double p = static_cast<double>(errors_) / n;
    const double s = std::sqrt(p * (1 - p) / n);
    zone_ = Zone::stable;
    if (n < levels_.min_rows || errors_ == 0) return zone_;
    if (p + s <= least_p_ + least_s_) {
      least_p_ = p;
      least_s_ = s;
    }
    if (p + s > least_p_ + levels_.drift * least_s_) zone_ = Zone::drift;
    else if (p + s > least_p_ + levels_.warning * least_s_) zone_ = Zone::warning;
    return zone_;
  }

  void reset() override { *this = Ddm(levels_); }

 private:
  Levels levels_;
  Zone zone_ = Zone::stable;
  std::uint64_t rows_ = 0;
  std::uint64_t errors_ = 0;
  double least_p_ = std::numeric_limits<double>::infinity();
  double least_s_ = 0;
};

}  // namespace

StreamMember ddm_detector() {
  return {{"ddm",
           "drift detection method on 0/1 errors (anything above 0 is an error)",
           {{"warning", "2", "0..100", "standard deviations", "above the lowest error rate: warning"},
            {"drift", "3", "0..100", "standard deviations", "above the lowest error rate: drift"},
            {"min_rows", "30", "2..1000000", "rows", "before the first verdict"}}},
          [](const ConfigNode& parameters) -> Result<std::unique_ptr<StreamDetector>> {
            Levels levels;
            if (parameters.defined()) {
              PERENNIAL_TRY(parameters.check_keys({"warning", "drift", "min_rows"}));
              ASSIGN_OR_RETURN(levels.warning, number_parameter(parameters, "warning", levels.warning, 0, 100));
              ASSIGN_OR_RETURN(levels.drift, number_parameter(parameters, "drift", levels.drift, 0, 100));
              ASSIGN_OR_RETURN(levels.min_rows, number_parameter(parameters, "min_rows", levels.min_rows, 2, 1e6));
              if (levels.warning > levels.drift) return parameters.error("warning must not be above drift");
            }
            return std::make_unique<Ddm>(levels);
          }};
}

}  // namespace perennial::drift
