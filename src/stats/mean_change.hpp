#pragma once
// Where in a series of values in time order did the mean change last?

#include <cstddef>
#include <optional>
#include <span>

namespace perennial::stats {

struct MeanChange {
  std::size_t at = 0;  ///< first value after the change
  double before = 0;   ///< mean of the stretch that ended there
  double after = 0;    ///< and of everything since
  double p_value = 1;  ///< that so large a change stands anywhere in values whose mean is constant
};

/// The largest standardised difference of two means over all splits with `least` values on each side,
///   z^2 = max_k k (n - k) / n * (mean_right - mean_left)^2 / s^2,
/// s^2 the long-run variance (stats/serial.hpp) of what is left of the values around the two means. Its tail is that of
/// the normed Brownian bridge (Vostrikova 1981, formula 1.3.26 of Csorgo & Horvath, Limit Theorems in Change-Point
/// Analysis, 1997). After each change that is found the values behind it are searched again, so the newest is returned.
/// Nothing where no split has a p-value below `significance`, or where there are fewer than 2 * least values. All
/// values must be finite; least >= 2.
std::optional<MeanChange> newest_mean_change(std::span<const double> values, double significance = 0.01,
                                             std::size_t least = 50);

}  // namespace perennial::stats
