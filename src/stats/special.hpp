#pragma once
// Distribution functions. NaN in gives NaN out; nothing throws.

namespace perennial::stats {

double normal_cdf(double z);
/// p in (0, 1); -inf at 0, +inf at 1, NaN outside.
double normal_quantile(double p);
/// P(T <= t) of Student's t; any df > 0, infinite df is the normal distribution.
double student_t_cdf(double t, double df);
/// P(T > t), exact in the far tail.
double student_t_sf(double t, double df);
/// P(X > x) of chi-squared with df degrees of freedom; 1 where x <= 0 or df <= 0.
double chi_squared_sf(double x, double df);
/// The x with P(X > x) = p; 0 where df <= 0 or p >= 1, +inf where p <= 0.
double chi_squared_quantile_upper(double p, double df);
/// Kolmogorov's limit distribution: 2 * sum (-1)^(k-1) exp(-2 k^2 x^2), 1 at 0.
double kolmogorov_sf(double x);

}  // namespace perennial::stats
