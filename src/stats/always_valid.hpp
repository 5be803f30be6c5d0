#pragma once
// A p-value that holds however often, and whenever, one looks.

#include "stats/running_mean.hpp"

namespace perennial::stats {

/// One-sided p-value for "the mean is at most 0" after any number of looks: the chance that it EVER falls to p, over
/// all looks together, is at most p where the mean is 0. Mixture sequential probability ratio test (Robbins 1970;
/// Johari et al. 2017) over the means above 0, half-normal; the variance is estimated, so it holds once n is no longer
/// small (asymptotic confidence sequence: Waudby-Smith et al. 2021). `standard_error` > 0 and `effective_n` as
/// RunningMean gives them: Student's t is brought to the normal scale first. `information` > 0: n over the n at which
/// the test should see best; too early or too late by a factor of four costs little. 1 where nothing speaks for a mean
/// above 0.
double always_valid_p(double mean, double standard_error, double effective_n, double information);

}  // namespace perennial::stats
