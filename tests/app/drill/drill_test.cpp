#include "app/drill/drill.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/rng.hpp"
#include "storage/temporary_directory.hpp"

namespace perennial::app {
namespace {

class DrillRun : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(PERENNIAL_TRAINER)) FAIL() << "perennial-trainer is not built";
    std::ofstream classes(folder_ / "drill_classes.csv");
    std::ofstream numbers(folder_ / "drill_numbers.csv");
    classes << "a,b,y\n";
    numbers << "a,b,y\n";
    Rng rng(3);
    for (int row = 0; row < 2000; ++row) {
      const double a = rng.uniform();
      const double b = rng.uniform();
      const bool noise = rng.uniform() < 0.05;
      classes << a << ',' << b << ',' << ((a > 0.5) != noise ? "yes" : "no") << '\n';
      numbers << a << ',' << b << ',' << 8 * a + 0.3 * rng.normal() << '\n';
    }
  }

  DrillOptions drilled(const std::string& task, const std::string& rollout) {
    const bool classes = task == "classification";
    auto config = lifecycle::parse_fleet(
        "version: 1\nmodels:\n"
        "  - name: drilled\n"
        "    targets: {y: " +
            task + "}\n    primary: y." + (classes ? "accuracy" : "rmse") +
            "\n"
            "    train: {params: {rounds: 20, max_depth: 3}, holdout: 20%}\n"
            "    retrain: {window: 800rows, cooldown: 5000rows}\n"
            "    gates: [{metric: y." +
            (classes ? "accuracy, min: 0.8}]\n" : "rmse, max: 1}]\n") + "    rollout: " + rollout + "\n",
        "drill.yaml");
    EXPECT_TRUE(config.has_value()) << config.error().message();
    DrillOptions options;
    options.config = *config;
    options.data = {(folder_ / (classes ? "drill_classes.csv" : "drill_numbers.csv")).string()};
    options.trainer = PERENNIAL_TRAINER;
    return options;
  }

  test::TemporaryDirectory folder_;
};

TEST_F(DrillRun, every_fault_is_caught_and_no_request_fails) {
  for (const std::string task : {"classification", "regression"}) {
    const auto result = drill(drilled(
        task, "{shadow: 100rows, canary: {steps: [{weight: 20%, bake: 100rows}], min_samples: 100}, watch: 1000rows}"));
    ASSERT_TRUE(result.has_value()) << result.error().message();
    ASSERT_EQ(result->at("faults").size(), 4u) << result->dump(2);
    for (const auto& fault : result->at("faults")) {
      EXPECT_EQ(fault.at("caught"), true) << fault.dump(2);
      EXPECT_EQ(fault.at("failed_requests"), 0) << fault.dump(2);
    }
    EXPECT_EQ(result->at("ok"), true);
    const auto& forced = result->at("faults").at(2);
    EXPECT_EQ(forced.at("by"), "watch");
    EXPECT_EQ(forced.at("status"), "quarantined");
    EXPECT_GT(forced.at("answered_by_it"), 0) << "it had all of the traffic";
    EXPECT_LE(forced.at("rows"), 1000);
    const auto& slipped = result->at("faults").at(1);
    EXPECT_EQ(slipped.at("by"), "shadow") << slipped.dump(2);
    EXPECT_EQ(slipped.at("answered_by_it"), 0) << "nobody was hurt";
    EXPECT_EQ(result->at("faults").at(3).at("by"), "operator");
  }
}

TEST_F(DrillRun, a_configuration_that_catches_nothing_is_told_so) {
  // A watch that is over at once, and a shadow that sees too little to speak.
  const auto result =
      drill(drilled("classification",
                    "{shadow: 20rows, canary: {steps: [{weight: 20%, bake: 20rows}], min_samples: 1, max_regression: "
                    "100%, confidence: 50%}, watch: 20rows}"));
  ASSERT_TRUE(result.has_value()) << result.error().message();
  EXPECT_EQ(result->at("ok"), false) << result->dump(2);
}

}  // namespace
}  // namespace perennial::app
