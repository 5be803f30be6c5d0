#include "drift/estimators/choice.hpp"

#include <gtest/gtest.h>

namespace perennial::drift {
namespace {

Result<EstimateChoice> parse(const std::string& text) {
  const auto node = ConfigNode::parse("estimate: " + text, "c.yaml");
  if (!node) return std::unexpected(node.error());
  return EstimateChoice::parse((*node)["estimate"]);
}

TEST(EstimateChoice, is_on_unless_it_is_switched_off) {
  EXPECT_TRUE(EstimateChoice::parse({})->on);
  EXPECT_EQ(parse("{drop: 10%}")->drop, 0.1);
  EXPECT_EQ(parse("{drop: 10%}")->labelled, 0.5);
  EXPECT_EQ(parse("{labelled: 90%}")->labelled, 0.9);
  EXPECT_FALSE(parse("none")->on);
  EXPECT_TRUE(parse("on")->on);
}

TEST(EstimateChoice, mistakes_are_named) {
  EXPECT_NE(parse("maybe").error().message().find("on, none, or a map"), std::string::npos);
  EXPECT_NE(parse("{dorp: 5%}").error().message().find("drop"), std::string::npos);
  EXPECT_FALSE(parse("{drop: 0}"));
  EXPECT_FALSE(parse("{labelled: 120%}"));
}

}  // namespace
}  // namespace perennial::drift
