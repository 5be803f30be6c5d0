#include "inference/parity.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace perennial::inference {
namespace {

TEST(Parity, judges_by_the_scale_of_each_output) {
  struct Case {
    const char* what;
    std::vector<float> native;
    std::vector<float> session;
    bool passes;
  };
  const std::vector<Case> cases = {
      {"the same answers", {0.1F, 0.2F}, {0.1F, 0.2F}, true},
      {"a probability off by 2e-5", {0.1F, 0.2F}, {0.1F, 0.20002F}, false},
      {"a probability off by 5e-6", {0.1F, 0.2F}, {0.1F, 0.200005F}, true},
      {"thousands may differ by hundredths", {1000.0F, 3000.0F}, {1000.02F, 3000.0F}, true},
      {"but not by tenths", {1000.0F, 3000.0F}, {1000.1F, 3000.0F}, false},
      {"an answer that is not a number", {0.1F, 0.2F}, {0.1F, std::nanf("")}, false},
      {"infinite on both sides is still no answer", {0.1F, INFINITY}, {0.1F, INFINITY}, false},
  };
  const std::vector<ParityKind> kinds = {ParityKind::real, ParityKind::split};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    const auto report = compare({2, 1, c.native}, {2, 1, c.session}, kinds);
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(report->passed, c.passes);
  }
}

TEST(Parity, names_the_worst_row_and_what_it_tried) {
  const std::vector<ParityKind> kinds = {ParityKind::real, ParityKind::missing, ParityKind::split};
  const auto report = compare({3, 2, {0, 0, 0, 0, 0, 0}}, {3, 2, {0, 0, 0, 0.5F, 0, 0.1F}}, kinds);
  ASSERT_TRUE(report.has_value());
  EXPECT_FALSE(report->passed);
  EXPECT_EQ(report->worst_row, 1U);
  EXPECT_EQ(report->worst_output, 1U);
  EXPECT_EQ(report->worst_kind, "missing");
  EXPECT_DOUBLE_EQ(report->worst, 0.5);
}

TEST(Parity, no_rows_are_no_proof) { EXPECT_FALSE(compare({0, 1, {}}, {0, 1, {}}, {})->passed); }

TEST(Parity, different_shapes_are_an_error) {
  const std::vector<ParityKind> kinds = {ParityKind::real};
  EXPECT_FALSE(compare({1, 1, {0}}, {1, 2, {0, 0}}, kinds).has_value());
}

TEST(Parity, a_report_survives_its_text) {
  const std::vector<ParityKind> kinds = {ParityKind::real};
  const auto report = *compare({1, 1, {0}}, {1, 1, {std::nanf("")}}, kinds);
  const auto again = parity_from_json(*parse_json(to_text(to_json(report))));
  ASSERT_TRUE(again.has_value());
  EXPECT_FALSE(again->passed);
  EXPECT_TRUE(std::isinf(again->worst));
  EXPECT_EQ(again->worst_kind, "real");
}

}  // namespace
}  // namespace perennial::inference
