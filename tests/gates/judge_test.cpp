#include "gates/judge.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "core/rng.hpp"
#include "gates/config.hpp"

namespace perennial::gates {
namespace {

TimePoint at(std::string_view text) { return parse_time(text).value(); }

/// A model with a regression and a binary target; `error` is the deviation of the regression, `hits` the share of right
/// classes. Owns what the evidence only looks at.
struct Scene {
  std::vector<Target> targets = {{.name = "y", .task = Task::regression, .classes = {}},
                                 {.name = "c", .task = Task::binary, .classes = {"no", "yes"}}};
  std::vector<float> challenger;
  std::vector<float> champion;
  Truth y;
  Truth c;
  GateEvidence evidence;

  Scene(double challenger_error, double champion_error, double challenger_hits = 0.9, double champion_hits = 0.9,
        std::size_t rows = 400) {
    Rng rng(7);
    for (std::size_t i = 0; i < rows; ++i) {
      const double truth = 100 + 10 * rng.normal();
      const double noise = rng.normal();
      const double own = rng.normal();
      const bool yes = rng.uniform() < 0.5;
      const double luck = rng.uniform();
      y.push_back(truth);
      c.push_back(yes ? 1 : 0);
      const auto add = [&](std::vector<float>& out, double error, double shared, double hits) {
        out.push_back(static_cast<float>(truth + error * shared));
        const bool says_yes = luck < hits ? yes : !yes;
        out.push_back(says_yes ? 0.2f : 0.8f);
        out.push_back(says_yes ? 0.8f : 0.2f);
      };
      add(challenger, challenger_error, noise * 0.9 + own * 0.4, challenger_hits);
      add(champion, champion_error, noise * 0.9 - own * 0.4, champion_hits);
    }
    evidence.targets = targets;
    evidence.stride = 3;
    evidence.challenger_outputs = challenger;
    evidence.champion_outputs = champion;
    evidence.truth = {y, c};
    evidence.challenger_holdout_digest = evidence.champion_holdout_digest = "digest";
    evidence.challenger_columns = evidence.challenger_scored_columns = {"a", "b"};
    evidence.champion_columns = evidence.champion_scored_columns = {"a", "b"};
    evidence.holdout_from = at("2026-03-01");
    evidence.challenger_train_to = at("2026-02-28");
    evidence.champion_train_to = at("2026-01-31");
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  GateReport judged_by(const std::string& yaml) const {
    const auto node = ConfigNode::parse("gates: " + yaml, "test.yaml").value();
    const auto parsed = parse_gates(node["gates"], targets);
    EXPECT_TRUE(parsed.has_value()) << parsed.error().message();
    return judge(parsed.value_or(std::vector<GateCheck>{}), evidence);
  }
};

TEST(Gates, verdicts_of_every_check) {
  struct Row {
    std::string says;
    double challenger_error;
    double champion_error;
    std::string gates;
    Verdict verdict;
  };
  const std::vector<Row> rows = {
      {"under an upper bound", 5, 5, "[{metric: y.rmse, max: 12}]", Verdict::pass},
      {"over it", 13, 5, "[{metric: y.rmse, max: 12}]", Verdict::fail},
      {"over a lower bound", 5, 5, "[{metric: c.accuracy, min: 0.8}]", Verdict::pass},
      {"under it", 5, 5, "[{metric: c.accuracy, min: 0.95}]", Verdict::fail},
      {"all of several must hold", 5, 5, "[{metric: y.rmse, max: 12}, {metric: c.accuracy, min: 0.95}]", Verdict::fail},
      {"a little worse is within 5 %", 5.1, 5, "[{metric: y.rmse, vs: champion, worse_by_at_most: 5%}]", Verdict::pass},
      {"20 % worse is not", 6, 5, "[{metric: y.rmse, vs: champion, worse_by_at_most: 5%}]", Verdict::fail},
      {"better is within any margin", 3, 5, "[{metric: y.rmse, vs: champion, worse_by_at_most: 0}]", Verdict::pass},
      {"absolute margins", 6, 5, "[{metric: y.rmse, vs: champion, worse_by_at_most: 2}]", Verdict::pass},
      {"confidence: clearly within", 4, 5, "[{metric: y.rmse, vs: champion, worse_by_at_most: 5%, confidence: 95%}]",
       Verdict::pass},
      {"confidence: clearly beyond", 8, 5, "[{metric: y.rmse, vs: champion, worse_by_at_most: 5%, confidence: 95%}]",
       Verdict::fail},
      {"confidence: not settled", 5.25, 5, "[{metric: y.rmse, vs: champion, worse_by_at_most: 5%, confidence: 99%}]",
       Verdict::inconclusive},
      {"much better", 3, 5, "[{metric: y.rmse, vs: champion, better_by_at_least: 5%}]", Verdict::pass},
      {"better, too little", 4.9, 5, "[{metric: y.rmse, vs: champion, better_by_at_least: 20%}]", Verdict::fail},
      {"worse", 6, 5, "[{metric: y.rmse, vs: champion, better_by_at_least: 0}]", Verdict::fail},
      {"better, but that may be luck", 4.85, 5,
       "[{metric: y.rmse, vs: champion, better_by_at_least: 0, confidence: 99.9%}]", Verdict::inconclusive},
      {"no gate at all", 5, 5, "[none]", Verdict::pass},
  };
  for (const auto& row : rows) {
    const Scene scene(row.challenger_error, row.champion_error);
    const auto report = scene.judged_by(row.gates);
    EXPECT_EQ(to_string(report.verdict), to_string(row.verdict)) << row.says << ": " << report.reason;
    EXPECT_FALSE(report.reason.empty());
  }
}

TEST(Gates, trap_12_what_is_promoted_is_what_the_gates_say) {
  const Scene worse(8, 5);
  const auto report = worse.judged_by("[{metric: y.rmse, vs: champion, better_by_at_least: 1%}]");
  EXPECT_EQ(report.verdict, Verdict::fail);
  EXPECT_LT(report.checks.at(0).improvement, 0);
  // A version compared with itself is not better: no "latest" can slip through.
  const Scene same(5, 5);
  GateEvidence itself = same.evidence;
  itself.champion_outputs = itself.challenger_outputs;
  GateCheck better;
  better.kind = "champion_better";
  better.target = "y";
  better.metric = "rmse";
  EXPECT_EQ(judge({better}, itself).verdict, Verdict::inconclusive)
      << "improvement 0 reaches the 0 that is asked for, but shows nothing";
  better.threshold = 0.01;
  EXPECT_EQ(judge({better}, itself).verdict, Verdict::fail);
}

TEST(Gates, trap_14_the_verdict_depends_on_checks_and_evidence_only) {
  // Nothing in the evidence says what started the training; the same evidence gives the same report, byte for byte.
  const Scene scene(4.9, 5);
  const std::string gates = "[{metric: y.rmse, vs: champion, better_by_at_least: 1%}, {metric: c.accuracy, min: 0.8}]";
  EXPECT_EQ(to_json(scene.judged_by(gates)).dump(), to_json(scene.judged_by(gates)).dump());
}

TEST(Gates, evidence_that_can_not_be_used_is_invalid) {
  using Change = std::function<void(Scene&)>;
  struct Row {
    std::string says;
    Change change;
  };
  const std::vector<Row> rows = {
      {"the holdout is empty", [](Scene& s) { s.evidence.challenger_outputs = {}; }},
      {"the champion has not scored the holdout", [](Scene& s) { s.evidence.champion_outputs = {}; }},
      {"another number of rows", [](Scene& s) { s.evidence.champion_outputs = s.evidence.champion_outputs.first(30); }},
      {"not whole rows", [](Scene& s) { s.evidence.challenger_outputs = s.evidence.challenger_outputs.first(31); }},
      {"the truth of some target is missing", [](Scene& s) { s.evidence.truth.pop_back(); }},
      {"have a place for a label", [](Scene& s) { s.evidence.truth[0] = s.evidence.truth[0].first(10); }},
      {"different rows", [](Scene& s) { s.evidence.champion_holdout_digest = "another"; }},
      {"not known which rows",
       [](Scene& s) { s.evidence.challenger_holdout_digest = s.evidence.champion_holdout_digest = ""; }},
      {"layout", [](Scene& s) { s.evidence.stride = 4; }},
      {"layout", [](Scene& s) { s.evidence.targets = {}; }},
      {"the new version answers with NaN", [](Scene& s) { s.challenger[7] = std::numeric_limits<float>::quiet_NaN(); }},
      {"the new version answers with NaN", [](Scene& s) { s.challenger[0] = std::numeric_limits<float>::infinity(); }},
      {"the champion answers with NaN", [](Scene& s) { s.champion[5] = -std::numeric_limits<float>::infinity(); }},
  };
  for (const auto& row : rows) {
    Scene scene(1, 5);
    row.change(scene);
    const auto report = scene.judged_by("[{metric: y.rmse, max: 100}, {metric: c.accuracy, min: 0.1}]");
    EXPECT_EQ(report.verdict, Verdict::invalid) << row.says;
    EXPECT_NE(report.reason.find(row.says), std::string::npos) << row.says << ": " << report.reason;
    EXPECT_EQ(report.checks.size(), 2u) << "each gate is in the report";
  }
}

TEST(Gates, trap_16_a_holdout_inside_a_training_window_is_invalid) {
  struct Row {
    std::string says;
    std::string challenger_to;
    std::string champion_to;
    bool rows_disjoint;
    bool by_entity;
    bool entities_disjoint;
    Verdict verdict;
  };
  const std::vector<Row> rows = {
      {"both end before", "2026-02-28", "2026-01-31", false, false, false, Verdict::pass},
      {"the challenger saw it", "2026-03-02", "2026-01-31", false, false, false, Verdict::invalid},
      {"the champion saw it", "2026-02-28", "2026-03-15", false, false, false, Verdict::invalid},
      {"the same instant may be the same row", "2026-03-01", "2026-01-31", false, false, false, Verdict::invalid},
      {"the same instant, rows compared", "2026-03-01", "2026-03-01", true, false, false, Verdict::pass},
      {"a later instant, whatever is claimed", "2026-03-01T00:00:01Z", "2026-01-31", true, false, false,
       Verdict::invalid},
      {"by entity, shown disjoint", "2026-05-01", "2026-05-01", false, true, true, Verdict::pass},
      {"by entity, not shown", "2026-02-28", "2026-01-31", false, true, false, Verdict::invalid},
  };
  for (const auto& row : rows) {
    Scene scene(4, 5);
    scene.evidence.challenger_train_to = at(row.challenger_to);
    scene.evidence.champion_train_to = at(row.champion_to);
    scene.evidence.rows_disjoint = row.rows_disjoint;
    scene.evidence.by_entity = row.by_entity;
    scene.evidence.entities_disjoint = row.entities_disjoint;
    EXPECT_EQ(scene.judged_by("[{metric: y.rmse, max: 12}]").verdict, row.verdict) << row.says;
  }
}

TEST(Gates, trap_33_a_target_without_a_gate_is_guarded) {
  const Scene broken(3, 5, 0.6, 0.9);
  const auto report = broken.judged_by("[{metric: y.rmse, vs: champion, better_by_at_least: 5%}]");
  EXPECT_EQ(report.verdict, Verdict::fail) << "the classification head broke unseen";
  ASSERT_EQ(report.checks.size(), 2u);
  EXPECT_EQ(report.checks[0].verdict, Verdict::pass);
  EXPECT_NE(report.checks[1].gate.find("c.accuracy (no gate of its own)"), std::string::npos);
  EXPECT_LT(report.checks[1].p_value, 0.05);

  EXPECT_EQ(Scene(3, 5, 0.88, 0.9).judged_by("[{metric: y.rmse, max: 12}]").verdict, Verdict::pass)
      << "a little worse is tolerated";
  const auto both_named = broken.judged_by("[{metric: y.rmse, max: 12}, {metric: c.accuracy, min: 0.5}]");
  EXPECT_EQ(both_named.verdict, Verdict::pass) << "a gate of its own replaces the guard";
  EXPECT_EQ(both_named.checks.size(), 2u);

  Scene unlabelled(3, 5);
  for (auto& label : unlabelled.c) label = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(unlabelled.judged_by("[{metric: y.rmse, max: 12}]").verdict, Verdict::invalid);
}

TEST(Gates, trap_35_scored_on_other_columns_than_trained_on_is_invalid) {
  Scene scene(4, 5);
  scene.evidence.challenger_scored_columns = {"a"};
  EXPECT_EQ(scene.judged_by("[{metric: y.rmse, max: 12}]").verdict, Verdict::invalid);
  scene.evidence.challenger_scored_columns = {"b", "a"};
  EXPECT_EQ(scene.judged_by("[{metric: y.rmse, max: 12}]").verdict, Verdict::invalid) << "the order matters too";
  scene.evidence.challenger_scored_columns = {"a", "b"};
  scene.evidence.champion_scored_columns = {"a", "b", "c"};
  EXPECT_EQ(scene.judged_by("[{metric: y.rmse, max: 12}]").verdict, Verdict::invalid);
}

TEST(Gates, trap_36_missing_metric_is_invalid) {
  Scene unlabelled(1, 5);
  for (auto& label : unlabelled.y) label = std::numeric_limits<double>::quiet_NaN();
  for (const std::string gate :
       {"{metric: y.rmse, max: 1000}", "{metric: y.rmse, vs: champion, worse_by_at_most: 900%}",
        "{metric: y.rmse, vs: champion, better_by_at_least: 0}"}) {
    const auto report = unlabelled.judged_by("[" + gate + "]");
    EXPECT_EQ(report.verdict, Verdict::invalid) << gate;
    EXPECT_TRUE(to_json(report)["gates"][0]["new"].is_null()) << "not known is not a number";
  }
  Scene one_class(1, 5);
  for (auto& label : one_class.c) label = 1;
  EXPECT_EQ(one_class.judged_by("[{metric: c.auc, min: 0}]").verdict, Verdict::invalid) << "no AUC of one class";
  GateCheck unknown;
  unknown.kind = "psychic";
  EXPECT_EQ(judge({unknown}, Scene(1, 5).evidence).verdict, Verdict::invalid);
  GateCheck elsewhere = default_gates("z.rmse")[0];
  EXPECT_EQ(judge({elsewhere}, Scene(1, 5).evidence).verdict, Verdict::invalid);
}

TEST(Gates, trap_41_percent_works_near_the_best_value_in_both_directions_and_at_zero) {
  // A champion of 0.985: "2 % better" as a factor would ask for more than 1.
  const Scene near_one(5, 5, 1.0, 0.985, 2000);
  const auto report = near_one.judged_by("[{metric: c.accuracy, vs: champion, better_by_at_least: 2%}]");
  EXPECT_EQ(report.checks[0].verdict, Verdict::pass) << report.checks[0].reason;
  EXPECT_LT(report.checks[0].champion_value + report.checks[0].threshold, 1.0);
  // Lower is better: 2 % better is a smaller value.
  EXPECT_EQ(Scene(4, 5).judged_by("[{metric: y.rmse, vs: champion, better_by_at_least: 2%}]").checks[0].verdict,
            Verdict::pass);
  EXPECT_EQ(Scene(6, 5).judged_by("[{metric: y.rmse, vs: champion, better_by_at_least: 2%}]").checks[0].verdict,
            Verdict::fail);
  // Higher is better: 5 % worse is a smaller value.
  EXPECT_EQ(
      Scene(5, 5, 0.7, 0.9).judged_by("[{metric: c.accuracy, vs: champion, worse_by_at_most: 5%}]").checks[0].verdict,
      Verdict::fail);
  EXPECT_EQ(
      Scene(5, 5, 0.95, 0.9).judged_by("[{metric: c.accuracy, vs: champion, worse_by_at_most: 5%}]").checks[0].verdict,
      Verdict::pass);
  // A perfect champion leaves no margin, and nothing is divided by its zero.
  const auto perfect = Scene(0, 0).judged_by("[{metric: y.rmse, vs: champion, worse_by_at_most: 5%}]");
  EXPECT_EQ(perfect.verdict, Verdict::pass) << perfect.reason;
  EXPECT_EQ(Scene(1, 0).judged_by("[{metric: y.rmse, vs: champion, worse_by_at_most: 5%}]").checks[0].verdict,
            Verdict::fail);
  // A negative r2 of the champion: better is larger, and the margin has the right sign.
  const auto negative = Scene(8, 25).judged_by("[{metric: y.r2, vs: champion, better_by_at_least: 10%}]");
  EXPECT_LT(negative.checks[0].champion_value, 0);
  EXPECT_EQ(negative.checks[0].verdict, Verdict::pass) << negative.reason;
}

TEST(Gates, a_first_version_is_judged_by_absolute_gates_only) {
  Scene first(5, 5);
  first.evidence.first_version = true;
  first.evidence.champion_outputs = {};
  first.evidence.champion_holdout_digest.clear();
  const std::string gates = "[{metric: y.rmse, max: 12}, {metric: y.rmse, vs: champion, better_by_at_least: 10%}]";
  const auto report = first.judged_by(gates);
  EXPECT_EQ(report.verdict, Verdict::pass) << report.reason;
  const auto json = to_json(report);
  ASSERT_EQ(json["gates"].size(), 3u);
  EXPECT_EQ(json["gates"][0]["verdict"], "pass");
  EXPECT_EQ(json["gates"][1]["verdict"], "skipped");
  EXPECT_NE(json["gates"][1]["reason"].get<std::string>().find("no champion"), std::string::npos);
  EXPECT_EQ(json["gates"][2]["verdict"], "skipped") << "the guard of the other target";
  EXPECT_EQ(first.judged_by("[{metric: y.rmse, max: 1}]").verdict, Verdict::fail);
  first.challenger[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(first.judged_by(gates).verdict, Verdict::invalid);
}

TEST(Gates, noise_is_not_an_improvement) {
  // Labels that no version can know: over many holdouts a challenger as good as the champion passes about 10 % of the
  // time.
  GateCheck better;
  better.kind = "champion_better";
  better.target = "y";
  better.metric = "rmse";
  better.confidence = 0.9;
  int passes = 0;
  constexpr int repeats = 300;
  Rng rng(11);
  const std::vector<Target> targets = {{.name = "y", .task = Task::regression, .classes = {}}};
  for (int repeat = 0; repeat < repeats; ++repeat) {
    std::vector<float> challenger;
    std::vector<float> champion;
    Truth truth;
    for (int i = 0; i < 200; ++i) {
      truth.push_back(rng.normal());
      challenger.push_back(static_cast<float>(0.1 * rng.normal()));
      champion.push_back(static_cast<float>(0.1 * rng.normal()));
    }
    GateEvidence evidence;
    evidence.targets = targets;
    evidence.stride = 1;
    evidence.challenger_outputs = challenger;
    evidence.champion_outputs = champion;
    evidence.truth = {truth};
    evidence.challenger_holdout_digest = evidence.champion_holdout_digest = "d";
    evidence.holdout_from = at("2026-03-01");
    passes += judge({better}, evidence).verdict == Verdict::pass;
  }
  EXPECT_LT(passes, repeats * 0.16);
  EXPECT_GT(passes, repeats * 0.04);
}

}  // namespace
}  // namespace perennial::gates
