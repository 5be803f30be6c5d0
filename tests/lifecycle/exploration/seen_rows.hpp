#pragma once
// Makes a loop see one class of evidence, by the ways on which evidence comes: answers, labels and the accounting.

#include <gtest/gtest.h>

#include "lifecycle/exploration/moment.hpp"
#include "lifecycle/model_loop.hpp"

namespace perennial::lifecycle::exploration {

inline constexpr std::size_t enough_rows = 24;  ///< min_samples of the explored plans is 20
inline constexpr std::size_t few_rows = 5;

struct Errors {
  double challenger = 0.1;      ///< what it answers where 0 is true
  double challenger_too = 0.1;  ///< … on every other row
  double champion = 1;
};

/// Rows at `at` that both versions answered; where outcomes depend on the answer, each row by its own arm only.
inline void answer_rows(ModelLoop& loop, const rollout::RolloutState& rollout, const std::string& challenger,
                        std::size_t rows, const Errors& errors, TimePoint at) {
  const bool paired = loop.config().rollout.use_paired;
  const bool split = rollout.phase == rollout::Phase::canary;
  if (split && !paired) rows *= 2;
  const bool watched = rollout.phase == rollout::Phase::watch;
  auto record = std::make_shared<feedback::PredictionRecord>();
  feedback::LabelBatch labels;
  labels.targets = std::make_shared<const std::vector<Target>>(loop.signature().targets);
  labels.truth.resize(1);
  labels.received_at = at;
  record->request.rows = rows;
  record->request.columns = {Column{"a", ColumnKind::numeric, std::vector<double>(rows, 1), {}, nullptr}};
  record->versions.resize(2);
  record->versions[0] = {challenger,
                         watched ? feedback::Arm::champion
                         : split ? feedback::Arm::challenger
                                 : feedback::Arm::shadow,
                         {rows, 1, {}},
                         {},
                         {}};
  record->versions[1] = {
      rollout.champion, watched ? feedback::Arm::shadow : feedback::Arm::champion, {rows, 1, {}}, {}, {}};
  for (std::size_t row = 0; row < rows; ++row) {
    const std::uint8_t by = watched || (split && row % 2 == 0) ? 0 : 1;
    record->ids.push_back(fmt::format("r{}", row));
    record->request.times.push_back(at);
    record->answered.push_back(by);
    labels.keys.push_back({record->ids.back(), {}, {}});
    labels.truth[0].push_back(0);
    for (std::uint8_t v = 0; v < 2; ++v) {
      auto& version = record->versions[v];
      const bool scored = paired || !split || by == v;
      const double off = v == 1 ? errors.champion : (row / 2) % 2 == 0 ? errors.challenger : errors.challenger_too;
      version.outputs.values.push_back(scored ? static_cast<float>(off) : std::numeric_limits<float>::quiet_NaN());
      version.scored.push_back(scored ? 1 : 0);
      version.failed.push_back(0);
    }
  }
  ASSERT_TRUE(record->check()) << record->check().error().message();
  loop.on_record(std::move(record));
  ASSERT_TRUE(loop.label(std::move(labels)));
}

inline void show(ModelLoop& loop, Seen seen) {
  const auto& rollout = loop.state().rollout;
  if (seen == Seen::nothing || !rollout) return;
  const auto arm = rollout->phase == rollout::Phase::watch    ? feedback::Arm::champion
                   : rollout->phase == rollout::Phase::canary ? feedback::Arm::challenger
                                                              : feedback::Arm::shadow;
  auto& accounting = loop.runtime()->accounting;
  const std::uint64_t phase = loop.state().phase;
  // Clients' clocks run ahead: rows may be there at the very instant at which the phase began.
  const TimePoint at = rollout->phase_since + std::chrono::seconds(1);
  Errors errors;
  std::size_t rows = enough_rows;
  std::string challenger = rollout->challenger;
  TimePoint when = at;
  serving::ArmSample sample{.requests = 60};
  std::uint64_t counted_in = phase;
  switch (seen) {
    case Seen::nothing: return;
    case Seen::few: rows = few_rows; break;
    case Seen::good: break;
    case Seen::unclear: errors = {0, 1.6, 1}; break;
    case Seen::harm: errors = {3, 3, 1}; break;
    case Seen::not_finite: sample.errors = sample.non_finite = 1; break;
    case Seen::errors: sample.errors = 30; break;
    case Seen::slow:
      for (int i = 0; i < 150; ++i) accounting.add(arm, phase, {.requests = 1, .latency_us = 1e6});
      break;
    case Seen::earlier_phase:
      counted_in = phase - 1;
      sample.errors = sample.non_finite = 1;
      when = rollout->phase_since;
      break;
    case Seen::other_rollout: challenger = "0.0.9"; break;
  }
  accounting.add(arm, counted_in, sample);
  answer_rows(loop, *rollout, challenger, rows, errors, when);
}

}  // namespace perennial::lifecycle::exploration
