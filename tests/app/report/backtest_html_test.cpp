#include "app/report/backtest_html.hpp"

#include <gtest/gtest.h>

#include "app/backtest/results.hpp"
#include "app/report/backtest_charts.hpp"

namespace perennial::app {
namespace {

TEST(BacktestHtml, is_one_escaped_file_that_needs_no_network) {
  const std::string page = backtest_html(testing::result());
  EXPECT_EQ(page.find("elec<2>"), std::string::npos);
  EXPECT_NE(page.find("elec&lt;2&gt;"), std::string::npos);
  for (const char* outside : {"http://", "https://", "src=", "@import", "url("})
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
  for (const char* part : {"What to choose and why", "Score against cost", "All policies", "The metric over time",
                           "When each policy retrained", "scheduled:100rows", "decay", "oracle"})
    EXPECT_NE(page.find(part), std::string::npos) << part;
  EXPECT_EQ(page, backtest_html(testing::result())) << "equal input, equal bytes";
}

TEST(BacktestHtml, the_headline_says_what_to_choose) {
  const std::string headline = backtest_headline(testing::result());
  EXPECT_NE(headline.find("decay costs least: 320"), std::string::npos) << headline;
  EXPECT_NE(headline.find("500"), std::string::npos) << headline;
}

TEST(ParetoFront, keeps_what_nothing_beats_in_score_and_retrains) {
  auto result = testing::result();
  EXPECT_EQ(pareto_front(result), (std::vector<std::size_t>{0, 2, 1})) << "the oracle is a bound, not a policy";
  result.lines[2].run.score = 0.4;  // more retrains than never, and worse
  EXPECT_EQ(pareto_front(result), (std::vector<std::size_t>{0, 1}));
  result.higher_is_better = false;
  EXPECT_EQ(pareto_front(result), (std::vector<std::size_t>{0, 2}));
}

TEST(BacktestHtml, copes_with_a_single_policy_and_without_any) {
  auto result = testing::result();
  result.lines.resize(1);
  EXPECT_NE(backtest_html(result).find("never"), std::string::npos);
  result.lines.clear();
  EXPECT_NE(backtest_html(result).find("No policy was run"), std::string::npos);
}

}  // namespace
}  // namespace perennial::app
