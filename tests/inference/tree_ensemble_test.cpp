#include "inference/tree_ensemble.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace perennial::inference {
namespace {

Tree stump(float threshold, bool missing_left, float low, float high) {
  return {{{1, 2, 0, threshold, missing_left, 0}, {-1, -1, 0, 0, true, low}, {-1, -1, 0, 0, true, high}}, 0};
}

TEST(TreeEnsemble, a_value_at_the_threshold_goes_right_and_a_missing_one_where_it_should) {
  TreeEnsemble ensemble{{stump(2.0F, false, 1, 5)}, {10.0F}, Link::identity, 1};
  const float below = std::nextafter(2.0F, 0.0F);
  const float at = 2.0F;
  const float missing = std::nanf("");
  EXPECT_EQ(answer(ensemble, &below), std::vector<double>{11});
  EXPECT_EQ(answer(ensemble, &at), std::vector<double>{15});
  EXPECT_EQ(answer(ensemble, &missing), std::vector<double>{15});
  ensemble.trees = {stump(2.0F, true, 1, 5)};
  EXPECT_EQ(answer(ensemble, &missing), std::vector<double>{11});
}

TEST(TreeEnsemble, damaged_ones_are_found) {
  const TreeEnsemble good{{stump(2.0F, false, 1, 5)}, {0.0F}, Link::identity, 1};
  ASSERT_TRUE(check(good).has_value());
  struct Case {
    const char* what;
    std::function<void(TreeEnsemble&)> break_it;
  };
  const std::vector<Case> cases = {
      {"a circle", [](TreeEnsemble& e) { e.trees[0].nodes[0].left = 0; }},
      {"a child that is not there", [](TreeEnsemble& e) { e.trees[0].nodes[0].right = 3; }},
      {"a column that is not there", [](TreeEnsemble& e) { e.trees[0].nodes[0].column = 1; }},
      {"a margin that is not there", [](TreeEnsemble& e) { e.trees[0].margin = 1; }},
      {"a tree without nodes", [](TreeEnsemble& e) { e.trees[0].nodes.clear(); }},
      {"a threshold that is not a number", [](TreeEnsemble& e) { e.trees[0].nodes[0].threshold = std::nanf(""); }},
      {"an infinite leaf", [](TreeEnsemble& e) { e.trees[0].nodes[1].value = INFINITY; }},
      {"no margin", [](TreeEnsemble& e) { e.base_margins.clear(); }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    auto ensemble = good;
    c.break_it(ensemble);
    const auto status = check(ensemble);
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code, ErrorCode::corrupt);
  }
}

TEST(TreeEnsemble, an_average_answers_the_mean_of_its_members) {
  const TreeEnsemble a{{stump(2.0F, false, 1, 5)}, {10.0F}, Link::identity, 1};
  const TreeEnsemble b{{stump(3.0F, false, 2, 8)}, {20.0F}, Link::identity, 1};
  const auto mean = average({a, b});
  ASSERT_TRUE(mean.has_value());
  for (const float x : {1.0F, 2.5F, 4.0F})
    EXPECT_DOUBLE_EQ(answer(*mean, &x)[0], (answer(a, &x)[0] + answer(b, &x)[0]) / 2);
}

Json xgboost_model(const char* objective, const char* base_score, const char* classes) {
  const Json tree = {{"left_children", {1, -1, -1}}, {"right_children", {2, -1, -1}},
                     {"split_indices", {0, 0, 0}},   {"split_conditions", {2.0, 1.0, 5.0}},
                     {"default_left", {1, 0, 0}},    {"categories", Json::array()}};
  return {{"learner",
           {{"learner_model_param", {{"base_score", base_score}, {"num_class", classes}, {"num_feature", "1"}}},
            {"objective", {{"name", objective}}},
            {"gradient_booster", {{"name", "gbtree"}, {"model", {{"trees", {tree}}, {"tree_info", {0}}}}}}}}};
}

TEST(TreeEnsemble, the_base_score_of_a_binary_xgboost_model_is_a_probability) {
  const auto binary = ensemble_from_xgboost(xgboost_model("binary:logistic", "2.5E-1", "0"));
  ASSERT_TRUE(binary.has_value()) << binary.error().message();
  EXPECT_NEAR(binary->base_margins[0], std::log(0.25 / 0.75), 1e-6);
  const auto regression = ensemble_from_xgboost(xgboost_model("reg:squarederror", "2.5E-1", "0"));
  ASSERT_TRUE(regression.has_value());
  EXPECT_FLOAT_EQ(regression->base_margins[0], 0.25F);
}

TEST(TreeEnsemble, xgboost_models_that_cannot_be_exported_say_why) {
  EXPECT_EQ(ensemble_from_xgboost(Json::object()).error().code, ErrorCode::corrupt);
  EXPECT_NE(ensemble_from_xgboost(xgboost_model("rank:ndcg", "0.5", "0")).error().what.find("rank:ndcg"),
            std::string::npos);
  auto circle = xgboost_model("reg:squarederror", "0.5", "0");
  circle["learner"]["gradient_booster"]["model"]["trees"][0]["left_children"][0] = 0;
  EXPECT_EQ(ensemble_from_xgboost(circle).error().code, ErrorCode::corrupt);
  auto outside = xgboost_model("reg:squarederror", "0.5", "0");
  outside["learner"]["gradient_booster"]["model"]["trees"][0]["left_children"][0] = 7;
  EXPECT_EQ(ensemble_from_xgboost(outside).error().code, ErrorCode::corrupt);
  auto categorical = xgboost_model("reg:squarederror", "0.5", "0");
  categorical["learner"]["gradient_booster"]["model"]["trees"][0]["categories"] = {1};
  EXPECT_EQ(ensemble_from_xgboost(categorical).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace perennial::inference
