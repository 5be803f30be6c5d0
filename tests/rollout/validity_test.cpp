#include "rollout/validity.hpp"

#include <gtest/gtest.h>

#include "rollout/scene.hpp"

namespace perennial::rollout {
namespace {

using std::chrono::hours;
using namespace test;

RolloutState in_first_step(const Plan& p) {
  RolloutState state = begin(p);
  state.phase = Phase::canary;
  state.weight = p.steps[0].weight;
  return state;
}

ArmLabels labelled_arm(std::uint64_t rows, double share) {
  return {.rows = rows, .share = share, .standard_error = 0, .effective_n = static_cast<double>(rows)};
}

SplitEvidence fair_split() {
  return {.share = 0.05,
          .challenger_units = 500,
          .champion_units = 9500,
          .label_age = hours(1),
          .challenger_labels = labelled_arm(400, 0.8),
          .champion_labels = labelled_arm(3600, 0.81)};
}

TEST(Validity, only_arms_that_are_random_shares_with_equal_labels_are_compared) {
  struct Row {
    const char* about;
    SplitEvidence split;
    Verdict verdict;
    const char* says;
  };
  SplitEvidence lost = fair_split();
  lost.challenger_units = 350;
  SplitEvidence twice = fair_split();
  twice.challenger_units = 700;
  SplitEvidence later = fair_split();
  later.challenger_labels.share = 0.3;
  SplitEvidence none_yet = fair_split();
  none_yet.challenger_labels = labelled_arm(400, 0);
  none_yet.champion_labels = labelled_arm(3600, 1);
  SplitEvidence few = later;
  few.challenger_labels.rows = least_label_rows - 1;
  SplitEvidence slightly = fair_split();
  slightly.challenger_labels = labelled_arm(1'000'000, 0.80);
  slightly.champion_labels = labelled_arm(9'000'000, 0.84);
  SplitEvidence clustered = later;  // each arm's labels hang together: a handful of machines
  clustered.challenger_labels.standard_error = clustered.champion_labels.standard_error = 0.3;
  clustered.challenger_labels.effective_n = clustered.champion_labels.effective_n = 6;
  const Row rows[] = {
      {"as it should be", fair_split(), Verdict::pass, ""},
      {"nothing came yet", {}, Verdict::pass, ""},
      {"units of one arm get lost", lost, Verdict::invalid, "sample-ratio mismatch"},
      {"units of one arm are counted twice", twice, Verdict::invalid, "sample-ratio mismatch"},
      {"labels come later for one arm", later, Verdict::invalid, "labels come in other shares"},
      {"no label of one arm, all of the other", none_yet, Verdict::invalid, "labels come in other shares"},
      {"too few rows to say so", few, Verdict::pass, ""},
      {"a difference that does no harm, however sure", slightly, Verdict::pass, ""},
      {"labels that hang together say little", clustered, Verdict::pass, ""},
  };
  const Plan p = plan();
  for (const auto& row : rows) {
    Evidence e = evidence(in_first_step(p));
    e.split = row.split;
    const auto judged = judge_validity(e);
    EXPECT_EQ(judged.verdict, row.verdict) << row.about << ": " << judged.reason;
    EXPECT_NE(judged.reason.find(row.says), std::string::npos) << row.about << ": " << judged.reason;
    e.phase = Phase::shadow;
    EXPECT_EQ(judge_validity(e).verdict, Verdict::pass) << "shadow has one arm: " << row.about;
  }
}

TEST(Validity, invalid_arms_hold_what_is_good_and_do_not_hide_harm) {
  const Plan p = plan();
  const RolloutState state = in_first_step(p);
  Evidence e = evidence(state);
  e.split = fair_split();
  EXPECT_EQ(decide(p, state, e, t0 + hours(24)).kind, ActionKind::advance);
  e.split.challenger_units = 350;
  const auto held = decide(p, state, e, t0 + hours(24));
  EXPECT_EQ(held.kind, ActionKind::hold);
  EXPECT_EQ(held.verdict, Verdict::invalid);
  EXPECT_EQ(step_by_hand(p, state, e).kind, ActionKind::hold) << "a person needs the override";

  const auto end = decide(p, state, e, t0 + hours(24 * 11));
  EXPECT_EQ(end.kind, ActionKind::abort);
  EXPECT_NE(end.verdict, Verdict::fail) << "it was not shown to be bad";
  EXPECT_NE(end.reason.find("sample-ratio"), std::string::npos);

  Evidence harm = evidence(state, 2000, 0.5);
  harm.split = e.split;
  EXPECT_EQ(decide(p, state, harm, t0 + hours(1)).kind, ActionKind::abort);
}

}  // namespace
}  // namespace perennial::rollout
