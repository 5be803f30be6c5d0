#include "stats/paired.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <vector>

#include "stats/serial.hpp"
#include "stats/special.hpp"

namespace perennial::stats {
namespace {

/// Student's t; the sign test (n rows that all agree) where the differences do not vary.
double one_sided(double difference, double standard_error, double n, double effective_n) {
  if (standard_error > 0) return student_t_sf(difference / standard_error, std::max(effective_n - 1, 1.0));
  return difference > 0 ? std::exp2(-n) : 1;
}

}  // namespace

Result<PairedComparison> compare_paired(std::string_view metric, const Scored& challenger, const Scored& champion) {
  if (challenger.truth.size() != champion.truth.size())
    return fail(ErrorCode::invalid, fmt::format("{} challenger rows against {} champion rows", challenger.truth.size(),
                                                champion.truth.size()));
  ASSIGN_OR_RETURN(const bool higher, higher_is_better(metric));
  std::vector<bool> both(challenger.truth.size());
  for (std::size_t i = 0; i < both.size(); ++i)
    both[i] = !std::isnan(challenger.truth[i]) && !std::isnan(champion.truth[i]);
  ASSIGN_OR_RETURN(const Influence of_challenger, influence(metric, challenger, both));
  ASSIGN_OR_RETURN(const Influence of_champion, influence(metric, champion, both));
  if (of_challenger.n < 2) return fail(ErrorCode::invalid, "fewer than two labelled rows on both sides");

  std::vector<double> differences;
  differences.reserve(of_challenger.n);
  double sum = 0;
  for (std::size_t i = 0; i < both.size(); ++i) {
    if (!both[i]) continue;
    differences.push_back(of_challenger.rows[i] - of_champion.rows[i]);
    sum += differences.back() * differences.back();
  }
  PairedComparison result;
  result.n = of_challenger.n;
  const double n = static_cast<double>(result.n);
  result.effective_n = serial_variance(differences).effective_n;
  result.improvement = (of_challenger.value - of_champion.value) * (higher ? 1 : -1);
  result.standard_error = std::sqrt(sum * n / (n - 1) * n / result.effective_n);
  result.p_value = one_sided(result.improvement, result.standard_error, n, result.effective_n);
  result.challenger = to_estimate(of_challenger);
  result.champion = to_estimate(of_champion);
  return result;
}

PairedMean paired_mean(std::span<const double> loss_a, std::span<const double> loss_b) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < std::min(loss_a.size(), loss_b.size()); ++i)
    if (std::isfinite(loss_a[i]) && std::isfinite(loss_b[i])) differences.push_back(loss_a[i] - loss_b[i]);
  PairedMean result;
  result.n = differences.size();
  if (differences.empty()) return result;
  const double n = static_cast<double>(result.n);
  for (const double difference : differences) result.difference += difference / n;
  const auto serial = serial_variance(differences);
  result.effective_n = serial.effective_n;
  if (result.n < 2) return result;
  result.standard_error = std::sqrt(serial.long_run / (n - 1));
  result.p_value = one_sided(result.difference, result.standard_error, n, result.effective_n);
  return result;
}

}  // namespace perennial::stats
