// Who answers where the champion cannot: clients never see the fault of a version while another one is loaded.

#include "serving/fakes.hpp"

namespace perennial::serving {
namespace stand_in_tests {

using testing::batch_of;
using testing::Bench;
using testing::SumScorer;

PredictorOptions inline_evidence() {
  PredictorOptions options;
  options.evidence_inline = true;
  return options;
}

struct StandIn : ::testing::Test {
  Bench bench;
  std::shared_ptr<SumScorer> previous = std::make_shared<SumScorer>(bench.signature, -500.0F);
  Servable servable() const { return {"0.9.0", "pp", previous}; }
};

TEST_F(StandIn, the_version_before_answers_where_a_promoted_one_fails) {
  for (const bool watched : {true, false}) {
    SCOPED_TRACE(watched ? "it scores beside it" : "it is only kept warm");
    for (const bool run_fails : {true, false}) {
      bench.records.clear();
      bench.champion->fail_run_at.reset();
      bench.champion->nan_at.reset();
      (run_fails ? bench.champion->fail_run_at : bench.champion->nan_at) = 3.0F;
      ModelRoute route = bench.route();
      (watched ? route.shadows : route.warm).push_back(servable());
      bench.runtime = route.runtime = std::make_shared<ModelRuntime>();
      bench.install(std::move(route));
      Predictor predictor(bench.router, bench.sink(), inline_evidence());
      const auto answer = predictor.predict("m", batch_of(0, 6));
      ASSERT_TRUE(answer.has_value()) << answer.error().message();
      for (std::size_t row = 0; row < 6; ++row) {
        const auto& by = answer->answerers[answer->answered_by[row]];
        EXPECT_EQ(by.version, row == 3 ? "0.9.0" : "1.0.0") << row;
        EXPECT_EQ(by.digest, row == 3 ? "pp" : "aa") << row;
        EXPECT_EQ(by.arm, row == 3 ? feedback::Arm::shadow : feedback::Arm::champion) << row;
        EXPECT_FLOAT_EQ(answer->outputs.values[row], static_cast<float>(row) + 1 - (row == 3 ? 500.0F : 0.0F)) << row;
      }
      const auto counts = bench.runtime->accounting.total(feedback::Arm::champion);
      EXPECT_EQ(counts.errors, 1u) << "the fault is charged to the version that has it";
      EXPECT_EQ(counts.fallbacks, 1u);
      ASSERT_EQ(bench.records.size(), 1u);
      const auto& record = *bench.records[0];
      EXPECT_EQ(record.versions.at(record.answered[3]).version, "0.9.0");
      if (watched) {
        EXPECT_EQ(record.versions[1].scored, std::vector<std::uint8_t>(6, 1)) << "evidence is whole";
      }
    }
  }
}

TEST_F(StandIn, a_row_that_nobody_can_answer_fails_the_call) {
  bench.champion->fail_run_at = 3.0F;
  previous->fail_run_at = 3.0F;
  ModelRoute route = bench.route();
  route.warm.push_back(servable());
  bench.install(std::move(route));
  Predictor predictor(bench.router, bench.sink(), inline_evidence());
  const auto answer = predictor.predict("m", batch_of(0, 6));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::internal);
  EXPECT_TRUE(predictor.predict("m", batch_of(4, 6)).has_value());
}

TEST_F(StandIn, a_version_with_other_targets_does_not_stand_in) {
  bench.champion->fail_run_at = 3.0F;
  Signature other = bench.signature;
  other.targets = {{"z", Task::regression, {}}};
  ModelRoute route = bench.route();
  route.warm.push_back({"0.9.0", "pp", std::make_shared<SumScorer>(other)});
  bench.install(std::move(route));
  Predictor predictor(bench.router, bench.sink(), inline_evidence());
  EXPECT_FALSE(predictor.predict("m", batch_of(0, 6)).has_value());
}

}  // namespace stand_in_tests
}  // namespace perennial::serving
