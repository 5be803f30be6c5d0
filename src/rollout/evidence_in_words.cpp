#include "rollout/evidence_in_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rollout/validity.hpp"

namespace perennial::rollout {
namespace {

std::string arm_in_words(std::string_view name, const ArmEvidence& arm, double latency_limit_ms) {
  std::string words =
      fmt::format("{}: {} requests, {} errors, {} answers not finite", name, arm.requests, arm.errors, arm.non_finite);
  if (arm.latency_samples > 0)
    words += fmt::format(", p99 {:.4g} ms of {} runs ({} over {:.4g} ms)", arm.latency_ms_p99, arm.latency_samples,
                         arm.latency_over, latency_limit_ms);
  return words;
}

std::string losses_in_words(const LossComparison& losses) {
  return fmt::format("the champion's loss {:.4g}, the challenger's {:.4g} {} ± {:.2g}", losses.champion,
                     std::abs(losses.difference), losses.difference > 0 ? "higher" : "lower", losses.standard_error);
}

std::string rows_in_words(const LossComparison& losses, std::string_view how) {
  return fmt::format("{} labelled rows {}, worth {:.4g} independent ones{}", losses.n, how, losses.effective_n,
                     losses.n < least_losses ? " (insufficient)" : "");
}

std::uint64_t next_look(const Plan& plan, std::uint64_t rows) {
  for (const auto look : planned_looks(plan))
    if (look > rows) return look;
  return 0;
}

}  // namespace

std::vector<std::string> in_words(const Plan& plan, const Evidence& evidence) {
  std::vector<std::string> lines = {arm_in_words("challenger", evidence.challenger, plan.latency_ms_p99),
                                    arm_in_words("champion", evidence.champion, plan.latency_ms_p99)};
  if (const SplitEvidence& split = evidence.split; evidence.phase == Phase::canary && split.share > 0)
    lines.push_back(fmt::format("dealt: {} of {} units to the challenger, meant were {:.4g} %; {}",
                                split.challenger_units, split.challenger_units + split.champion_units,
                                100 * split.share, judge_validity(evidence).reason));
  const Stage stage = stage_of(plan, evidence.phase, evidence.step, evidence.targets.size());
  for (const auto& target : evidence.targets) {
    const Finding found = find(plan, stage, target);
    if (target.paired.now.n + target.unpaired.now.n == 0) {
      lines.push_back(target.target + ": no labelled row yet (insufficient)");
      continue;
    }
    if (target.paired.now.n > 0)
      lines.push_back(fmt::format("{}: {}; {}", target.target,
                                  rows_in_words(target.paired.now, "answered by both versions"),
                                  losses_in_words(target.paired.now)));
    if (target.unpaired.now.n > 0)
      lines.push_back(
          fmt::format("{}: {}; {}", target.target,
                      rows_in_words(target.unpaired.now, "in the smaller of two arms with rows of their own"),
                      losses_in_words(target.unpaired.now)));
    const LossEvidence& used = found.paired ? target.paired : target.unpaired;
    if (used.epoch > 0 && used.recent.n > 0)
      lines.push_back(
          fmt::format("{}: of these the newest {}; {}", target.target, used.recent.n, losses_in_words(used.recent)));
    std::string judged = fmt::format("{}: judged by {}; {:.4g} higher is allowed", target.target,
                                     found.paired ? "the rows of both" : "each version's own rows", found.margin);
    if (found.p_harm < 1) judged += fmt::format("; p that this is no harm {:.2g}", found.p_harm);
    if (stage.decides) {
      std::string looks;
      for (const auto& look : used.looks) looks += fmt::format("{}{}", looks.empty() ? "" : ", ", look.n);
      judged += looks.empty() ? "; no look for the promotion yet"
                              : fmt::format("; looks for the promotion at {} rows, p that it is worse by more {:.2g}",
                                            looks, found.p_worse);
      if (const auto next = next_look(plan, used.now.n); next > 0) judged += fmt::format("; next look at {}", next);
    }
    lines.push_back(std::move(judged));
  }
  return lines;
}

Json findings(const Plan& plan, const Evidence& evidence) {
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
  const Stage stage = stage_of(plan, evidence.phase, evidence.step, evidence.targets.size());
  Json targets = Json::object();
  for (const auto& target : evidence.targets) {
    const Finding found = find(plan, stage, target);
    const Judgement judgement = judge_target(plan, stage, target);
    const LossEvidence& used = found.paired ? target.paired : target.unpaired;
    Json looks = Json::array();
    for (const auto& look : used.looks) looks.push_back(look.n);
    const auto next = stage.decides ? next_look(plan, used.now.n) : 0;
    targets[target.target] = {{"paired", found.paired},
                              {"rows", used.now.n},
                              {"insufficient", used.now.n < least_losses},
                              {"loss_champion", number(found.losses.champion)},
                              {"loss_difference", number(found.losses.difference)},
                              {"standard_error", number(found.losses.standard_error)},
                              {"margin", number(found.margin)},
                              {"p_harm", number(found.p_harm)},
                              {"p_worse", number(found.p_worse)},
                              {"looks", std::move(looks)},
                              {"next_look", next > 0 ? Json(next) : Json(nullptr)},
                              {"decides", stage.decides},
                              {"newest_rows", found.recent},
                              {"verdict", std::string(to_string(judgement.verdict))},
                              {"reason", judgement.reason}};
  }
  return targets;
}

}  // namespace perennial::rollout
