#include "rollout/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stats/binomial.hpp"
#include "stats/special.hpp"

namespace perennial::rollout {
namespace {

/// The comparison that counts, whichever way it was gathered.
struct Comparison {
  std::uint64_t n = 0;
  double champion = 0;
  double difference = 0;  ///< > 0 is worse
  double standard_error = 0;
  bool paired = false;
};

Comparison comparison_of(const Plan& plan, const TargetLoss& loss) {
  if (plan.use_paired && loss.paired.n > 0)
    return {loss.paired.n, loss.paired.mean_champion, loss.paired.mean_diff, loss.paired.standard_error, true};
  const auto& u = loss.unpaired;
  return {std::min(u.n_challenger, u.n_champion), u.mean_champion, u.mean_challenger - u.mean_champion,
          std::hypot(u.standard_error_challenger, u.standard_error_champion), false};
}

/// One-sided: how likely so much worse would be, were it not worse. Without any variation the sign decides.
double p_worse(const Comparison& c) {
  if (c.standard_error > 0) return 1 - stats::normal_cdf(c.difference / c.standard_error);
  return c.difference > 0 ? 0 : 1;
}

int badness(const Judgement& judgement) {
  switch (judgement.verdict) {
    case Verdict::pass: return 0;
    case Verdict::inconclusive: return 1;
    case Verdict::invalid: return 2;
    case Verdict::fail: return judgement.significant ? 4 : 3;
  }
  return 4;
}

Json to_json(const Judgement& judgement) {
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
  return {{"verdict", std::string(to_string(judgement.verdict))},
          {"reason", judgement.reason},
          {"measured", number(judgement.measured)},
          {"threshold", number(judgement.threshold)}};
}

}  // namespace

Judgement judge_safety(const Plan& plan, const Evidence& evidence) {
  const ArmEvidence& arm = evidence.challenger;
  if (arm.non_finite > 0)
    return {Verdict::fail, fmt::format("{} answers of the challenger are not finite", arm.non_finite),
            static_cast<double>(arm.non_finite), 0, true};
  if (arm.requests >= least_requests) {
    const double rate = static_cast<double>(arm.errors) / static_cast<double>(arm.requests);
    if (rate > plan.error_rate)
      return {Verdict::fail,
              fmt::format("error rate {:.4g} % over {:.4g} % ({} of {} requests)", 100 * rate, 100 * plan.error_rate,
                          arm.errors, arm.requests),
              rate, plan.error_rate, true};
  }
  // A p99 that is not a number, with samples behind it, is a broken measurement: harm can't be excluded.
  if (arm.latency_samples >= least_latency_samples && !(arm.latency_ms_p99 <= plan.latency_ms_p99))
    return {Verdict::fail, fmt::format("p99 latency {:.4g} ms over {:.4g} ms", arm.latency_ms_p99, plan.latency_ms_p99),
            arm.latency_ms_p99, plan.latency_ms_p99, true};
  if (arm.latency_samples >= few_latency_samples && arm.latency_samples < least_latency_samples)
    if (const double p = stats::binomial_sf(arm.latency_over, arm.latency_samples, 0.01); p < few_latency_significance)
      return {Verdict::fail,
              fmt::format("latency: {} of {} runs took longer than {:.4g} ms, where a p99 of {:.4g} ms allows one in "
                          "100 (p {:.2g})",
                          arm.latency_over, arm.latency_samples, plan.latency_ms_p99, plan.latency_ms_p99, p),
              arm.latency_ms_p99, plan.latency_ms_p99, true};
  return {Verdict::pass, fmt::format("{} requests, {} errors", arm.requests, arm.errors),
          static_cast<double>(arm.errors), plan.error_rate, false};
}

std::uint64_t samples(const Plan& plan, const TargetLoss& loss) { return comparison_of(plan, loss).n; }

Judgement judge_target(const Plan& plan, const TargetLoss& loss) {
  const Comparison c = comparison_of(plan, loss);
  const auto n = static_cast<double>(c.n);
  if (c.n == 0)
    return {Verdict::inconclusive, fmt::format("{}: no label has matured in this phase", loss.target), 0,
            static_cast<double>(plan.min_samples), false};
  if (!std::isfinite(c.champion) || !std::isfinite(c.difference) || !std::isfinite(c.standard_error) ||
      c.standard_error < 0)
    return {Verdict::invalid, fmt::format("{}: a loss is not finite", loss.target), n,
            static_cast<double>(plan.min_samples), false};

  const double margin = plan.max_regression * std::abs(c.champion);
  const bool beyond = c.difference > margin + 1e-12 * std::max(1.0, std::abs(c.champion));
  const double p = p_worse(c);
  const std::string numbers = fmt::format("{}: loss {} by {:.4g} against {:.4g} of the champion ({} {}rows, p {:.2g})",
                                          loss.target, c.difference > 0 ? "worse" : "better", std::abs(c.difference),
                                          c.champion, c.n, c.paired ? "paired " : "", p);
  if (beyond && p < harm_significance && c.n >= std::min(least_losses, plan.min_samples))
    return {Verdict::fail, fmt::format("{}, {:.4g} allowed", numbers, margin), c.difference, margin, true};
  if (beyond && c.n >= patience * plan.min_samples)
    return {Verdict::fail, fmt::format("{}, {:.4g} allowed, and more rows have not changed it", numbers, margin),
            c.difference, margin, false};
  if (c.n < plan.min_samples)
    return {Verdict::inconclusive,
            fmt::format("{}: {} of {} labelled evaluations in this phase", loss.target, c.n, plan.min_samples), n,
            static_cast<double>(plan.min_samples), false};
  if (beyond)
    return {Verdict::inconclusive, fmt::format("{}, {:.4g} allowed, not settled", numbers, margin), c.difference,
            margin, false};
  return {Verdict::pass, numbers, c.difference, margin, false};
}

Judgement judge_quality(const Plan& plan, const Evidence& evidence) {
  if (evidence.targets.empty())
    return {Verdict::inconclusive, "no target has been judged", 0, static_cast<double>(plan.min_samples), false};
  Judgement worst = judge_target(plan, evidence.targets[0]);
  for (std::size_t i = 1; i < evidence.targets.size(); ++i)
    if (auto judgement = judge_target(plan, evidence.targets[i]); badness(judgement) > badness(worst))
      worst = std::move(judgement);
  return worst;
}

Json explain(const Plan& plan, const Evidence& evidence) {
  Json targets = Json::object();
  for (const auto& target : evidence.targets) {
    const Comparison c = comparison_of(plan, target);
    const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
    Json entry = to_json(judge_target(plan, target));
    entry["paired"] = c.paired;
    entry["rows"] = c.n;
    entry["loss_champion"] = number(c.champion);
    entry["loss_difference"] = number(c.difference);
    entry["standard_error"] = number(c.standard_error);
    targets[target.target] = std::move(entry);
  }
  const auto arm = [](const ArmEvidence& a) {
    return Json{{"requests", a.requests},
                {"errors", a.errors},
                {"non_finite", a.non_finite},
                {"latency_ms_p99",
                 a.latency_samples > 0 && std::isfinite(a.latency_ms_p99) ? Json(a.latency_ms_p99) : Json(nullptr)},
                {"latency_samples", a.latency_samples},
                {"latency_over", a.latency_over}};
  };
  return {{"challenger", arm(evidence.challenger)},
          {"champion", arm(evidence.champion)},
          {"safety", to_json(judge_safety(plan, evidence))},
          {"targets", std::move(targets)}};
}

}  // namespace perennial::rollout
