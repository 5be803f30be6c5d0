// Self-starting CUSUM for a rise. Hawkins (1987): each value in standard deviations from the running mean, both of all
// values before it; clipped (winsorised), so that one row cannot decide, also not by what is learned from it. That is
// Page (1954) in a unit of its own: k and h mean the same for every loss. For independent losses near the normal the
// mean time between false alarms is about exp(2 k h) rows. Infinities: not learned from at first; ±clip afterwards.

#include <algorithm>
#include <cmath>

#include "drift/detectors/standardised.hpp"
#include "drift/detectors/stepped.hpp"
#include "drift/detectors/stream.hpp"
#include "stats/moments.hpp"

namespace perennial::drift {
namespace {

struct Settings {
  double k = 0.2;
  double h = 50;
  double clip = 10;
  double warning = 0.5;
  std::uint32_t warm_up = 100;
};

class SelfStartingCusum {
 public:
  static constexpr bool takes_infinities = true;

  explicit SelfStartingCusum(Settings settings) : settings_(settings) {}

  Zone take(double value) {
    const bool ordinary = std::abs(value) <= largest_learned;
    if (seen_.n() < settings_.warm_up) {
      if (ordinary) seen_.add(value);
      return Zone::stable;
    }
    const double mean = seen_.mean();
    const double deviation = seen_.deviation();
    const double z = standardised(value, mean, deviation, settings_.clip);
    // Apart, so that what is learned waits for root and division in the rare case alone.
    if (deviation > 0 && std::abs(z) >= settings_.clip) [[unlikely]]
      seen_.add(mean + z * deviation);
    else if (ordinary) seen_.add(value);
    rise_ = std::max(0.0, rise_ + z - settings_.k);
    if (rise_ > settings_.h) return Zone::drift;
    return rise_ > settings_.warning * settings_.h ? Zone::warning : Zone::stable;
  }

  void reset() { *this = SelfStartingCusum(settings_); }
  std::size_t heap_bytes() const { return 0; }

 private:
  static constexpr double largest_learned = 1e100;  // its square is no infinity

  Settings settings_;
  stats::Moments seen_;
  double rise_ = 0;
};

}  // namespace

StreamMember self_starting_cusum_detector() {
  return {{"self_starting_cusum",
           "CUSUM for a rise of any loss, in the loss's own running deviations: what `auto` stands for",
           {{"k", "0.2", "0..100", "standard deviations", "rise per row that is tolerated"},
            {"h", "50", "0..1e9", "standard deviations", "accumulated rise: drift"},
            {"warning", "0.5", "0..1", "share of h", "accumulated rise: warning"},
            {"warm_up", "100", "2..1000000", "rows", "to learn the loss from before the first verdict"},
            {"clip", "10", "0.1..1e9", "standard deviations", "that one row counts at most"}}},
          [](const ConfigNode& parameters) -> Result<std::unique_ptr<StreamDetector>> {
            Settings s;
            PERENNIAL_TRY(check_parameters(parameters, {"k", "h", "warning", "warm_up", "clip"}));
            ASSIGN_OR_RETURN(s.k, number_parameter(parameters, "k", s.k, 0, 100));
            ASSIGN_OR_RETURN(s.h, number_parameter(parameters, "h", s.h, 0, 1e9));
            ASSIGN_OR_RETURN(s.warning, number_parameter(parameters, "warning", s.warning, 0, 1));
            ASSIGN_OR_RETURN(s.warm_up, count_parameter(parameters, "warm_up", s.warm_up, 2, 1'000'000));
            ASSIGN_OR_RETURN(s.clip, number_parameter(parameters, "clip", s.clip, 0.1, 1e9));
            return stepped(SelfStartingCusum(s));
          }};
}

}  // namespace perennial::drift
