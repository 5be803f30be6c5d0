#include "rollout/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include "rollout/validity.hpp"
#include "stats/always_valid.hpp"
#include "stats/binomial.hpp"
#include "stats/special.hpp"

namespace perennial::rollout {
namespace {

/// The evidence that counts, whichever way it was gathered.
bool uses_paired(const Plan& plan, const TargetLoss& loss) { return plan.use_paired && loss.paired.now.n > 0; }

bool is_finite(const LossComparison& losses) {
  return std::isfinite(losses.champion) && std::isfinite(losses.difference) && std::isfinite(losses.standard_error) &&
         losses.standard_error >= 0;
}

double margin_of(const Plan& plan, const LossComparison& losses) {
  return plan.max_regression * std::abs(losses.champion);
}

bool is_beyond(const LossComparison& losses, double margin) {
  return losses.difference > margin + 1e-12 * std::max(1.0, std::abs(losses.champion));
}

/// Beyond the margin, enough rows, and worse at all; `p` where it was computed.
bool is_harm(const Plan& plan, const LossComparison& losses, double alpha, double& p) {
  if (losses.n < std::min(least_losses, plan.min_samples) || !is_finite(losses) ||
      !is_beyond(losses, margin_of(plan, losses)))
    return false;
  p = losses.standard_error > 0
          ? stats::always_valid_p(
                losses.difference, losses.standard_error, losses.effective_n,
                static_cast<double>(losses.n) / static_cast<double>(std::min(plan.min_samples, sees_best_at)))
          : std::exp2(-static_cast<double>(losses.n));  // the sign test
  // The fewer the rows, the less is known of their spread, too.
  alpha *= std::min(1.0, static_cast<double>(losses.n) / static_cast<double>(least_recent));
  return p <= alpha && losses.serial_n >= std::min(least_effective, static_cast<double>(plan.min_samples));
}

/// One-sided: how likely losses so good are where the challenger is worse by the margin.
double p_worse_by_margin(const Plan& plan, const LossComparison& look) {
  if (look.n == 0 || !is_finite(look) || !std::isfinite(look.over_margin_error)) return 1;
  if (look.over_margin_error > 0)
    return stats::student_t_sf(-look.over_margin / look.over_margin_error, std::max(1.0, look.over_margin_n - 1));
  return is_beyond(look, margin_of(plan, look)) ? 1 : std::exp2(-static_cast<double>(look.n));  // the sign test
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

namespace {

/// A fault that began after many good answers; nothing where the newest requests show none.
std::optional<Judgement> judge_recent(const Plan& plan, const RecentEvidence& recent) {
  if (recent.requests >= least_requests)
    if (const double p = stats::binomial_sf(recent.errors, recent.requests, plan.error_rate); p < recent_significance)
      return Judgement{Verdict::fail,
                       fmt::format("{} of the newest {} requests were errors, where {:.4g} % are allowed (p {:.2g})",
                                   recent.errors, recent.requests, 100 * plan.error_rate, p),
                       static_cast<double>(recent.errors) / static_cast<double>(recent.requests), plan.error_rate,
                       true};
  // Fewer than in a short phase: the first runs of a version, which may be slow, are not among them.
  if (recent.latency_samples >= few_latency_samples / 2)
    if (const double p = stats::binomial_sf(recent.latency_over, recent.latency_samples, 0.01); p < recent_significance)
      return Judgement{
          Verdict::fail,
          fmt::format("latency: {} of the newest {} runs took longer than {:.4g} ms, where a p99 of "
                      "{:.4g} ms allows one in 100 (p {:.2g})",
                      recent.latency_over, recent.latency_samples, plan.latency_ms_p99, plan.latency_ms_p99, p),
          static_cast<double>(recent.latency_over) / static_cast<double>(recent.latency_samples), 0.01, true};
  return std::nullopt;
}

}  // namespace

Judgement judge_safety(const Plan& plan, const Evidence& evidence) {
  const ArmEvidence& arm = evidence.challenger;
  if (!arm.unusable.empty())
    return {Verdict::fail, "the challenger does not answer: " + arm.unusable, 1, plan.error_rate, true};
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
  if (auto recent = judge_recent(plan, arm.recent)) return *recent;
  return {Verdict::pass, fmt::format("{} requests, {} errors", arm.requests, arm.errors),
          static_cast<double>(arm.errors), plan.error_rate, false};
}

std::vector<std::uint64_t> planned_looks(const Plan& plan) {
  std::vector<std::uint64_t> looks;
  for (const auto times : look_at) looks.push_back(times * plan.min_samples);
  return looks;
}

bool decides_promotion(const Plan& plan, Phase phase, std::size_t step) {
  if (!plan.shadow.empty() && plan.use_paired) return phase == Phase::shadow;
  return phase == Phase::canary && step + 1 == plan.steps.size();
}

Stage stage_of(const Plan& plan, Phase phase, std::size_t step, std::size_t targets) {
  const std::size_t phases = (!plan.shadow.empty() && plan.use_paired ? 1 : 0) + plan.steps.size() + 1;  // the watch
  return {decides_promotion(plan, phase, step),
          harm_alpha / static_cast<double>(phases * std::max<std::size_t>(1, targets))};
}

Finding find(const Plan& plan, const Stage& stage, const TargetLoss& loss) {
  Finding found;
  found.paired = uses_paired(plan, loss);
  const LossEvidence& evidence = found.paired ? loss.paired : loss.unpaired;
  const LossComparison& now = found.losses = evidence.now;
  const auto is = [&found](Finding::Why why, Verdict verdict) {
    found.why = why;
    found.verdict = verdict;
    return found;
  };
  if (now.n == 0) return is(Finding::Why::no_label, Verdict::inconclusive);
  if (!is_finite(now)) return is(Finding::Why::not_finite, Verdict::invalid);

  found.margin = margin_of(plan, now);
  const bool beyond = is_beyond(now, found.margin);
  if (is_harm(plan, now, stage.harm_alpha / 2, found.p_harm)) return is(Finding::Why::harm, Verdict::fail);
  if (evidence.epoch > 0 && evidence.recent.n >= least_recent) {
    const double k = static_cast<double>(evidence.epoch) * std::numbers::pi;
    double p = 1;
    if (is_harm(plan, evidence.recent, stage.harm_alpha / 2 * 6 / (k * k), p)) {
      found.losses = evidence.recent;
      found.margin = margin_of(plan, evidence.recent);
      found.recent = true;
      found.p_harm = p;
      return is(Finding::Why::harm, Verdict::fail);
    }
  }
  const double share = (1 - plan.confidence) / static_cast<double>(std::size(look_at));
  for (const auto& look : evidence.looks) found.p_worse = std::min(found.p_worse, p_worse_by_margin(plan, look));
  const bool shown = !stage.decides || found.p_worse <= share;
  const bool last = now.n >= look_at[std::size(look_at) - 1] * plan.min_samples;
  if (last && (beyond || !shown)) return is(Finding::Why::never_shown, Verdict::fail);
  if (now.n < plan.min_samples) return is(Finding::Why::few_rows, Verdict::inconclusive);
  if (beyond) return is(Finding::Why::beyond, Verdict::inconclusive);
  if (!shown) return is(Finding::Why::not_shown_yet, Verdict::inconclusive);
  return is(stage.decides ? Finding::Why::shown : Finding::Why::not_beyond, Verdict::pass);
}

Judgement judge_target(const Plan& plan, const Stage& stage, const TargetLoss& loss) {
  const Finding found = find(plan, stage, loss);
  const LossComparison& c = found.losses;
  const auto n = static_cast<double>(c.n);
  const auto least = static_cast<double>(plan.min_samples);
  const std::string numbers =
      fmt::format("{}: loss {} by {:.4g} against {:.4g} of the champion ({}{} {}rows, worth {:.0f})", loss.target,
                  c.difference > 0 ? "worse" : "better", std::abs(c.difference), c.champion,
                  found.recent ? "the newest " : "", c.n, found.paired ? "paired " : "", c.effective_n);
  switch (found.why) {
    case Finding::Why::no_label:
      return {found.verdict, fmt::format("{}: no label has matured in this phase", loss.target), 0, least, false};
    case Finding::Why::not_finite:
      return {found.verdict, fmt::format("{}: a loss is not finite", loss.target), n, least, false};
    case Finding::Why::harm:
      return {found.verdict,
              fmt::format("{}, {:.4g} allowed; p {:.2g}, however often it is looked at", numbers, found.margin,
                          found.p_harm),
              c.difference, found.margin, true};
    case Finding::Why::never_shown:
      return {found.verdict,
              fmt::format("{}, {:.4g} allowed, and more rows have not {} it", numbers, found.margin,
                          c.difference > found.margin ? "changed" : "shown"),
              c.difference, found.margin, false};
    case Finding::Why::few_rows:
      return {found.verdict,
              fmt::format("{}: {} of {} labelled evaluations in this phase", loss.target, c.n, plan.min_samples), n,
              least, false};
    case Finding::Why::beyond:
      return {found.verdict, fmt::format("{}, {:.4g} allowed, not settled", numbers, found.margin), c.difference,
              found.margin, false};
    case Finding::Why::not_shown_yet: {
      const auto looks = planned_looks(plan);
      const auto next = std::ranges::upper_bound(looks, c.n);
      return {found.verdict,
              fmt::format("{}, {:.4g} allowed, which so many rows do not show yet (p {:.2g}); next look at {} rows",
                          numbers, found.margin, found.p_worse, next == looks.end() ? c.n : *next),
              c.difference, found.margin, false};
    }
    case Finding::Why::shown:
      return {found.verdict, fmt::format("{}, {:.4g} allowed (p {:.2g})", numbers, found.margin, found.p_worse),
              c.difference, found.margin, false};
    case Finding::Why::not_beyond: return {found.verdict, numbers, c.difference, found.margin, false};
  }
  return {};
}

Judgement judge_quality(const Plan& plan, const Evidence& evidence) {
  if (evidence.targets.empty())
    return {Verdict::inconclusive, "no target has been judged", 0, static_cast<double>(plan.min_samples), false};
  const Stage stage = stage_of(plan, evidence.phase, evidence.step, evidence.targets.size());
  Judgement worst = judge_target(plan, stage, evidence.targets[0]);
  for (std::size_t i = 1; i < evidence.targets.size(); ++i)
    if (auto judgement = judge_target(plan, stage, evidence.targets[i]); badness(judgement) > badness(worst))
      worst = std::move(judgement);
  return worst;
}

Json explain(const Plan& plan, const Evidence& evidence) {
  Json targets = Json::object();
  const Stage stage = stage_of(plan, evidence.phase, evidence.step, evidence.targets.size());
  for (const auto& target : evidence.targets) {
    const Finding found = find(plan, stage, target);
    const LossComparison& c = found.losses;
    const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
    Json entry = to_json(judge_target(plan, stage, target));
    entry["paired"] = found.paired;
    entry["rows"] = c.n;
    entry["effective_rows"] = number(c.effective_n);
    entry["decides"] = stage.decides;
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
                {"latency_over", a.latency_over},
                {"recent",
                 {{"requests", a.recent.requests},
                  {"errors", a.recent.errors},
                  {"latency_samples", a.recent.latency_samples},
                  {"latency_over", a.recent.latency_over}}},
                {"unusable", a.unusable.empty() ? Json(nullptr) : Json(a.unusable)}};
  };
  return {{"challenger", arm(evidence.challenger)},
          {"champion", arm(evidence.champion)},
          {"safety", to_json(judge_safety(plan, evidence))},
          {"validity", to_json(judge_validity(evidence))},
          {"split", to_json(evidence.split)},
          {"targets", std::move(targets)}};
}

}  // namespace perennial::rollout
