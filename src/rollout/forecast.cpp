#include "rollout/forecast.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "rollout/judge.hpp"
#include "stats/special.hpp"

namespace perennial::rollout {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();
/// The largest share that a proposal gives to a version that is still to be judged.
constexpr double largest_proposed_weight = 0.5;

double hours_of(Duration duration) { return std::chrono::duration<double, std::ratio<3600>>(duration).count(); }

double over(double part, double rate) { return rate > 0 ? part / rate : never; }

double hours_of(const Span& span, const Traffic& traffic) {
  return span.rows > 0 ? over(static_cast<double>(span.rows), traffic.requests_per_hour) : hours_of(span.duration);
}

/// Which share of the labelled rows counts in this phase.
double seen_share(const Plan& plan, double weight) { return plan.use_paired ? 1 : std::min(weight, 1 - weight); }

PhaseForecast of_phase(const Plan& plan, const Traffic& traffic, Phase phase, std::size_t step) {
  PhaseForecast result{.phase = phase, .step = step};
  const bool answers_only = phase == Phase::shadow && !plan.use_paired;
  const double seen =
      answers_only ? 1
                   : traffic.labelled_share * seen_share(plan, phase == Phase::shadow ? 1 : plan.steps[step].weight);
  result.evaluations = answers_only ? least_requests : plan.min_samples;
  const Span& dwell = dwell_of(plan, phase, step);
  result.requests = std::max(seen > 0 ? std::ceil(static_cast<double>(result.evaluations) / seen) : never,
                             static_cast<double>(dwell.rows));
  const double wait = answers_only ? 0 : hours_of(traffic.label_wait);
  result.hours = std::max(hours_of(dwell, traffic), over(result.requests, traffic.requests_per_hour) + wait);
  result.deadline_hours = hours_of(phase_deadline(plan, phase, step), traffic);
  result.starves = !(result.hours <= result.deadline_hours);
  return result;
}

std::string hours_in_words(double hours) {
  if (!std::isfinite(hours)) return "never";
  if (hours < 1) return fmt::format("{:.0f} minutes", std::ceil(60 * hours));
  if (hours < 72) return fmt::format("{:.1f} hours", hours);
  return fmt::format("{:.1f} days", hours / 24);
}

void propose(const Plan& plan, const Traffic& traffic, Forecast& all) {
  if (!(traffic.requests_per_hour > 0)) {
    all.proposals.push_back("no traffic was seen: nothing can be shown until requests come");
    return;
  }
  if (!(traffic.labelled_share > 0)) {
    all.proposals.push_back("no label has come yet: send labels, or let a person promote with an override");
    return;
  }
  // The labelled rows that a phase gets within its deadline, were all of them to count.
  double reach = never;
  for (const auto& phase : all.phases) {
    const double hours = phase.deadline_hours - hours_of(traffic.label_wait);
    reach = std::min(reach, std::max(0.0, hours) * traffic.requests_per_hour * traffic.labelled_share);
  }
  const auto needed = static_cast<double>(plan.min_samples);
  if (!plan.use_paired && reach * largest_proposed_weight >= needed)
    all.proposals.push_back(fmt::format("a weight of {:.0f} % in each step would do",
                                        std::clamp(std::ceil(100 * needed / reach), 1.0, 50.0)));
  if (!plan.use_paired && plan.effect > 0)
    all.proposals.push_back("a canary judged by shadow scores needs less than half of the labels of an A/B test");
  else if (!plan.use_paired)
    all.proposals.push_back(
        "`outcome: independent`, if it is true, lets shadow scores of all traffic count instead of the arm's own rows");
  if (const double labels = needed / (reach / traffic.labelled_share); labels <= 1)
    all.proposals.push_back(fmt::format("labels for {:.2g} % of the answers instead of {:.2g} %", 100 * labels,
                                        100 * traffic.labelled_share));
  const double counted = plan.use_paired || plan.steps.empty() ? reach : reach * seen_share(plan, plan.steps[0].weight);
  if (counted >= 1)
    all.proposals.push_back(
        fmt::format("`min_samples: {:.0f}`, which sees only larger differences", std::floor(counted)));
  all.proposals.push_back(
      fmt::format("else nothing is promoted: it ends after {} and the champion stays", format_span(plan.deadline)));
}

}  // namespace

Forecast forecast(const Plan& plan, const Traffic& traffic) {
  Forecast all;
  if (!plan.shadow.empty()) all.phases.push_back(of_phase(plan, traffic, Phase::shadow, 0));
  for (std::size_t step = 0; step < plan.steps.size(); ++step)
    all.phases.push_back(of_phase(plan, traffic, Phase::canary, step));
  for (const auto& phase : all.phases) {
    all.requests += phase.requests;
    all.hours += phase.hours;
    all.starves = all.starves || phase.starves;
  }
  if (all.starves) propose(plan, traffic, all);
  if (traffic.entities && !plan.use_paired && !plan.steps.empty())
    if (const double fewest = *traffic.entities * seen_share(plan, plan.steps.front().weight);
        fewest < least_entities_per_arm)
      all.proposals.push_back(fmt::format(
          "{:.0f} entities came lately: a step of {:.4g} % has about {:.1f} of them, too few to say something "
          "of the others; shadow scores would",
          *traffic.entities, 100 * plan.steps.front().weight, fewest));
  return all;
}

std::uint64_t likely_evaluations(const Plan& plan, const Evidence& evidence) {
  if (!decides_promotion(plan, evidence.phase, evidence.step)) return plan.min_samples;
  const auto looks = planned_looks(plan);
  const double z = stats::normal_quantile(1 - (1 - plan.confidence) / static_cast<double>(looks.size()));
  std::uint64_t likely = plan.min_samples;
  for (const auto& target : evidence.targets) {
    const LossEvidence& losses = plan.use_paired && target.paired.now.n > 0 ? target.paired : target.unpaired;
    const LossComparison& now = losses.now;
    if (now.n < 2 || !std::isfinite(now.over_margin_error)) continue;
    // over_margin + z * error <= 0 is what has to be shown; the error falls with the root of the rows.
    double rows = never;
    if (now.over_margin < 0) {
      const double ratio = z * now.over_margin_error / -now.over_margin;
      rows = static_cast<double>(now.n) * ratio * ratio;
    }
    const auto at = std::ranges::find_if(
        looks, [&](std::uint64_t look) { return static_cast<double>(look) >= rows && look >= now.n; });
    likely = std::max(likely, at == looks.end() ? looks.back() : *at);
  }
  return likely;
}

std::optional<TimePoint> likely_verdict_at(const Plan& plan, const RolloutState& state, const Evidence& evidence,
                                           TimePoint now) {
  if (is_over(state.phase) || state.phase == Phase::watch) return std::nullopt;
  const double elapsed = hours_of(now - state.phase_since);
  if (!(elapsed > 0) || evidence.targets.empty()) return std::nullopt;
  const auto needed = static_cast<double>(likely_evaluations(plan, evidence));
  double hours = 0;
  for (const auto& target : evidence.targets) {
    const auto& losses = plan.use_paired && target.paired.now.n > 0 ? target.paired : target.unpaired;
    if (losses.now.n == 0) return std::nullopt;
    hours = std::max(hours, elapsed * needed / static_cast<double>(losses.now.n));
  }
  const Span& dwell = dwell_of(plan, state.phase, state.step);
  const std::uint64_t rows =
      evidence.rows_now > state.rows_at_phase_start ? evidence.rows_now - state.rows_at_phase_start : 0;
  if (dwell.rows > 0) {
    if (rows == 0) return std::nullopt;
    hours = std::max(hours, elapsed * static_cast<double>(dwell.rows) / static_cast<double>(rows));
  } else {
    hours = std::max(hours, hours_of(dwell.duration));
  }
  if (!(hours < hours_of(longest_rollout))) return std::nullopt;
  const auto at =
      state.phase_since + std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::ratio<3600>>(hours));
  return std::max(at, now);
}

Json to_json(const Forecast& forecast) {
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
  Json phases = Json::array();
  for (const auto& phase : forecast.phases)
    phases.push_back({{"phase", std::string(to_string(phase.phase))},
                      {"step", phase.step},
                      {"evaluations", phase.evaluations},
                      {"requests", number(phase.requests)},
                      {"hours", number(phase.hours)},
                      {"deadline_hours", number(phase.deadline_hours)},
                      {"starves", phase.starves}});
  return {{"phases", phases},
          {"requests", number(forecast.requests)},
          {"hours", number(forecast.hours)},
          {"starves", forecast.starves},
          {"proposals", forecast.proposals}};
}

std::string in_words(const Plan& plan, const Forecast& forecast) {
  std::string words = forecast.starves ? fmt::format("at this traffic it cannot be decided before its deadline of {}",
                                                     format_span(plan.deadline))
                                       : fmt::format("a verdict needs {:.0f} requests, about {}, at least",
                                                     forecast.requests, hours_in_words(forecast.hours));
  for (const auto& phase : forecast.phases)
    if (phase.starves)
      words +=
          fmt::format("; {}{}: {} evaluations take {}, and {} are left", to_string(phase.phase),
                      phase.phase == Phase::canary ? fmt::format(" at {:.4g} %", 100 * plan.steps[phase.step].weight)
                                                   : std::string(),
                      phase.evaluations, hours_in_words(phase.hours), hours_in_words(phase.deadline_hours));
  for (const auto& proposal : forecast.proposals) words += "; " + proposal;
  return words;
}

}  // namespace perennial::rollout
