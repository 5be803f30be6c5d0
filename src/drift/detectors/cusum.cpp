// Tabular CUSUM. Page (1954); Montgomery, "Introduction to Statistical Quality Control", section 9.1:
//
//   rise = max(0, rise + z - k),  fall = max(0, fall - z - k),  alarm where one of them is above h,
//
// with z = (x - mean) / deviation, clipped. Mean and deviation come from the first `warm_up` values and then stand. The
// textbook's k = 0.5, h = 5 alarms every 930 rows of a stable normal stream (one side, mean known; Siegmund 1985:
// (exp(2 k b) - 2 k b - 1) / (2 k²), b = h + 1.166), and sooner where losses are skewed, as they are; hence h = 20.
// Infinities: not learned from; ±clip afterwards.

#include <algorithm>
#include <cmath>

#include "drift/detectors/standardised.hpp"
#include "drift/detectors/stepped.hpp"
#include "drift/detectors/stream.hpp"
#include "stats/moments.hpp"

namespace perennial::drift {
namespace {

struct Settings {
  double k = 0.5;
  double h = 20;
  double clip = 5;
  double warning = 0.5;
  std::uint32_t warm_up = 200;
  Side side = Side::up;
};

class Cusum {
 public:
  static constexpr bool takes_infinities = true;

  explicit Cusum(Settings settings) : settings_(settings) {}

  Zone take(double value) {
    if (learned_.n() < settings_.warm_up) {
      if (std::abs(value) <= largest_learned) learned_.add(value);
      if (learned_.n() == settings_.warm_up) deviation_ = learned_.deviation();
      return Zone::stable;
    }
    const double z = standardised(value, learned_.mean(), deviation_, settings_.clip);
    rise_ = std::max(0.0, rise_ + z - settings_.k);
    fall_ = std::max(0.0, fall_ - z - settings_.k);
    const double sum = settings_.side == Side::up     ? rise_
                       : settings_.side == Side::down ? fall_
                                                      : std::max(rise_, fall_);
    if (sum > settings_.h) return Zone::drift;
    return sum > settings_.warning * settings_.h ? Zone::warning : Zone::stable;
  }

  void reset() { *this = Cusum(settings_); }
  std::size_t heap_bytes() const { return 0; }

 private:
  static constexpr double largest_learned = 1e100;  // its square is no infinity

  Settings settings_;
  stats::Moments learned_;
  double deviation_ = 0;
  double rise_ = 0;
  double fall_ = 0;
};

}  // namespace

StreamMember cusum_detector() {
  return {{"cusum",
           "tabular CUSUM against mean and deviation of the first values",
           {{"k", "0.5", "0..100", "standard deviations", "change per row that is tolerated"},
            {"h", "20", "0..1e9", "standard deviations", "accumulated change: drift"},
            {"warning", "0.5", "0..1", "share of h", "accumulated change: warning"},
            {"warm_up", "200", "2..1000000", "rows", "to learn mean and deviation from"},
            {"clip", "5", "0.1..1e9", "standard deviations", "that one row counts at most"},
            {"mode", "up", "one of up, down, both", "", "changes that count"}}},
          [](const ConfigNode& parameters) -> Result<std::unique_ptr<StreamDetector>> {
            Settings s;
            PERENNIAL_TRY(check_parameters(parameters, {"k", "h", "warning", "warm_up", "clip", "mode"}));
            ASSIGN_OR_RETURN(s.k, number_parameter(parameters, "k", s.k, 0, 100));
            ASSIGN_OR_RETURN(s.h, number_parameter(parameters, "h", s.h, 0, 1e9));
            ASSIGN_OR_RETURN(s.warning, number_parameter(parameters, "warning", s.warning, 0, 1));
            ASSIGN_OR_RETURN(s.warm_up, count_parameter(parameters, "warm_up", s.warm_up, 2, 1'000'000));
            ASSIGN_OR_RETURN(s.clip, number_parameter(parameters, "clip", s.clip, 0.1, 1e9));
            ASSIGN_OR_RETURN(s.side, side_parameter(parameters, s.side));
            return stepped(Cusum(s));
          }};
}

}  // namespace perennial::drift
