#include "learners/catalog.hpp"

#include <gtest/gtest.h>

#include "learners/factory.hpp"

namespace perennial::learners {
namespace {

TEST(Catalog, every_listed_learner_can_be_made) {
  for (const auto& name : catalog().names()) EXPECT_TRUE(make_learner(name).has_value()) << name;
}

TEST(Catalog, defaults_are_filled_in) {
  const auto params = check_parameters("xgboost", {{"max_depth", 3}});
  ASSERT_TRUE(params.has_value());
  EXPECT_EQ(params->at("max_depth"), 3);
  EXPECT_EQ(params->at("learning_rate"), 0.1);
  EXPECT_TRUE(params->at("cap").is_null());
}

TEST(Catalog, one_value_has_one_text_however_it_is_written) {
  EXPECT_EQ(check_parameters("xgboost", {{"lambda", 2}})->dump(),
            check_parameters("xgboost", {{"lambda", 2.0}})->dump());
  EXPECT_EQ(check_parameters("xgboost", {{"max_depth", 6.0}})->dump(),
            check_parameters("xgboost", Json::object())->dump());
  EXPECT_EQ(check_parameters("xgboost", {{"lambda", 1}})->dump(), check_parameters("xgboost", Json::object())->dump());
}

TEST(Catalog, wrong_parameters_are_named_with_what_is_allowed) {
  struct Case {
    Json params;
    const char* expected;
  };
  const std::vector<Case> cases = {
      {{{"max_dept", 3}}, "max_depth"},
      {{{"max_depth", 0}}, "1..16"},
      {{{"max_depth", 2.5}}, "whole number"},
      {{{"learning_rate", 0}}, "above 0..1"},
      {{{"refit", 1}}, "true or false"},
      {{{"objective", "l2"}}, "squared_error"},
      {{{"subsample", "half"}}, "must be a number"},
  };
  for (const auto& c : cases) {
    const auto params = check_parameters("xgboost", c.params, "file:3");
    ASSERT_FALSE(params.has_value()) << c.params;
    EXPECT_EQ(params.error().code, ErrorCode::config);
    EXPECT_NE(params.error().message().find(c.expected), std::string::npos) << params.error().message();
  }
  EXPECT_NE(check_parameters("xgbost", {}).error().message().find("xgboost"), std::string::npos);
}

}  // namespace
}  // namespace perennial::learners
