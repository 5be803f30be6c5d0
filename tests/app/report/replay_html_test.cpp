#include "app/report/replay_html.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace perennial::app {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Event event_of(std::string_view type, Json body) {
  Event event;
  event.type = type;
  event.body = std::move(body);
  return event;
}

Json report_of(const std::string& metric, bool higher, Json score, Json never, int retrains, int promotions,
               int rollbacks) {
  return {{"model", "m"},
          {"rows", 45312},
          {"warmup_rows", 1359},
          {"scored_rows", 43953},
          {"seed", 42},
          {"metric", metric},
          {"higher_is_better", higher},
          {"score", score},
          {"baselines", {{"never_retrain", never}, {"no_change", nullptr}}},
          {"retrains", retrains},
          {"promotions", promotions},
          {"rollbacks", rollbacks},
          {"wall_s", 21.7},
          {"train_cpu_s", 12.5},
          {"versions", Json::array()}};
}

ReplayPage page_of(const std::string& name) {
  ReplayPage page;
  page.report = report_of("class.accuracy", true, 0.752, 0.607, 3, 2, 1);
  page.report["model"] = name;
  page.report["versions"] = {{{"version", "1.0.0"},
                              {"parent", nullptr},
                              {"status", "archived"},
                              {"data_version", "2026-01-02"},
                              {"metrics", {{"class.accuracy", 0.7}}}},
                             {{"version", "1.0.1"},
                              {"parent", "1.0.0"},
                              {"status", "quarantined"},
                              {"metrics", {{"class.accuracy", 0.8}, {"class.auc", nullptr}}}}};
  for (std::uint64_t i = 0; i < 120; ++i)
    page.points.push_back({1359 + i * 300, 0.7 + 0.001 * static_cast<double>(i % 7), 0.6, "1.0.0"});
  page.events = {
      event_of("Promoted", {{"row", 0}, {"version", "1.0.0"}}),
      event_of("DriftDetected", {{"row", 900}, {"columns", {name + "_column"}}, {"drift_share", 0.5}}),
      event_of("RetrainRequested", {{"row", 950}, {"policy", name}, {"reason", name}}),
      event_of("VersionRegistered",
               {{"version", "1.0.1"}, {"changelog", name}, {"champion_metrics", {{"class.accuracy", 0.75}}}}),
      event_of("Promoted", {{"row", 1500}, {"version", "1.0.1"}, {"from", "1.0.0"}, {"reason", name}}),
      event_of("RolledBack", {{"row", 2500}, {"from", "1.0.1"}, {"to", "1.0.0"}, {"reason", "it did harm"}}),
      event_of(name, {{"row", 2600}})};
  page.notes = {name};
  return page;
}

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

struct Row {
  const char* why;
  Json report;
  std::string headline;
};

TEST(ReplayHtml, the_headline_says_what_came_of_it) {
  const std::vector<Row> rows = {
      {"higher is better, and it rose", report_of("class.accuracy", true, 0.752, 0.607, 17, 15, 1),
       "Retraining raised accuracy from 0.607 to 0.752 on 43,953 rows: 15 promotions, 1 rollback."},
      {"lower is better, and it fell", report_of("rul.rmse", false, 12.34, 20.5, 3, 1, 0),
       "Retraining lowered RMSE from 20.5 to 12.34 on 43,953 rows: 1 promotion, no rollback."},
      {"higher is better, and it fell", report_of("y.roc_auc", true, 0.7, 0.8, 3, 2, 2),
       "Retraining made ROC AUC worse, 0.700 instead of 0.800 on 43,953 rows: 2 promotions, 2 rollbacks."},
      {"lower is better, and it rose", report_of("rul.mae", false, 3.0, 2.0, 3, 2, 0),
       "Retraining made MAE worse, 3 instead of 2 on 43,953 rows: 2 promotions, no rollback."},
      {"no difference that is shown", report_of("class.accuracy", true, 0.75204, 0.75201, 3, 2, 0),
       "Retraining left the accuracy at 0.752 on 43,953 rows: 2 promotions, no rollback."},
      {"no retrain at all", report_of("class.accuracy", true, 0.9, 0.9, 0, 0, 0),
       "Nothing was retrained: the first version's accuracy was 0.900 on 43,953 rows."},
      {"retrained for nothing", report_of("class.accuracy", true, 0.9, 0.9, 2, 0, 0),
       "2 retrains, none promoted: the first version kept serving, with accuracy 0.900 on 43,953 rows."},
      {"promoted by hand without a retrain", report_of("class.accuracy", true, 0.8, 0.9, 0, 1, 1),
       "Retraining made accuracy worse, 0.800 instead of 0.900 on 43,953 rows: 1 promotion, 1 rollback."},
      {"the score is not known", report_of("class.accuracy", true, nullptr, 0.9, 2, 1, 0),
       "The accuracy could not be measured on 43,953 rows: 1 promotion, no rollback."},
      {"the baseline is not known", report_of("class.log_loss", false, 0.5, nullptr, 2, 1, 0),
       "With retraining the log loss was 0.500 on 43,953 rows: 1 promotion, no rollback."},
  };
  for (const auto& row : rows) EXPECT_EQ(replay_headline(row.report), row.headline) << row.why;
  EXPECT_FALSE(replay_headline(Json::object()).empty());
}

TEST(ReplayHtml, text_from_data_is_never_markup) {
  const std::string evil = "<script>alert('x')</script>\" onload=\"y";
  const std::string html = replay_html(page_of(evil));
  EXPECT_EQ(html.find("<script>alert"), std::string::npos);
  EXPECT_EQ(html.find("onload=\"y"), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;alert(&#39;x&#39;)"), std::string::npos);
  EXPECT_EQ(times(html, "<script>"), 1U);  // our own
}

TEST(ReplayHtml, one_file_without_network) {
  const std::string html = replay_html(page_of("plain"));
  for (const char* outside : {"http://", "https://", "src=", "@import", "url(", "<link"})
    EXPECT_EQ(html.find(outside), std::string::npos) << outside;
  EXPECT_NE(html.find("Content-Security-Policy"), std::string::npos);
}

TEST(ReplayHtml, shows_the_numbers_the_versions_and_why_one_was_taken_back) {
  const std::string html = replay_html(page_of("plain"));
  for (const char* part : {"Retraining raised accuracy from 0.607 to 0.752", "0.145 better than never retraining",
                           "not known", "champion 0.750", "quarantined", "it did harm", "plain_column",
                           "Rolled back from version 1.0.1 to version 1.0.0", "Seed 42", "row of the file"})
    EXPECT_NE(html.find(part), std::string::npos) << part;
  // Measured times may differ between equal runs: they stand in the footer alone.
  EXPECT_GT(html.find("21.7"), html.find("<footer>"));
  EXPECT_GT(html.find("12.5 s"), html.find("<footer>"));
}

TEST(ReplayHtml, equal_input_gives_equal_bytes) {
  EXPECT_EQ(replay_html(page_of("plain")), replay_html(page_of("plain")));
}

TEST(ReplayHtml, an_empty_or_odd_replay_still_gives_a_page) {
  ReplayPage page;
  EXPECT_NE(replay_html(page).find("</html>"), std::string::npos);
  page.report = {{"rows", "many"}, {"versions", {1, "x", nullptr}}, {"baselines", 3}, {"metric", nullptr}};
  page.points = {{5, nan, nan, ""}, {6, nan, 1.0, ""}};
  page.events = {event_of("Promoted", nullptr), event_of("DriftDetected", {{"columns", 3}}),
                 event_of("RolloutPlanned", {{"rollout", 7}})};
  const std::string html = replay_html(page);
  EXPECT_NE(html.find("</html>"), std::string::npos);
  EXPECT_EQ(html.find(">nan"), std::string::npos);
  EXPECT_EQ(html.find(" nan"), std::string::npos);
}

TEST(ReplayHtml, a_long_journal_is_cut_and_says_so) {
  ReplayPage page = page_of("plain");
  for (std::size_t i = 0; i < replay_html_events; ++i)
    page.events.push_back(event_of("RetrainSkipped", {{"row", 3000 + i}, {"reason", "nothing new"}}));
  const std::string html = replay_html(page);
  EXPECT_NE(html.find("The oldest 7 events are left out"), std::string::npos);
  EXPECT_EQ(times(html, "<tr data-topic="), replay_html_events);
}

TEST(ReplayHtml, at_most_fifteen_columns_have_a_strip) {
  ReplayPage page = page_of("plain");
  Json columns = Json::array();
  for (int i = 0; i < 40; ++i) columns.push_back("column" + std::to_string(i));
  page.events.push_back(event_of("DriftDetected", {{"row", 4000}, {"columns", columns}}));
  const std::string html = replay_html(page);
  EXPECT_NE(html.find("26 columns with weaker drift not shown."), std::string::npos);
}

}  // namespace
}  // namespace perennial::app
