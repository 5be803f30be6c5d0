#include "app/report/drift_html.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "core/rng.hpp"

namespace perennial::app {
namespace {

const std::string evil = "<script>alert(1)</script>";

Table table_of(double mean, const std::string& category, std::shared_ptr<Dictionary> dictionary) {
  Rng rng(7);
  Table table;
  Column number{"temperature", ColumnKind::numeric, {}, {}, nullptr};
  Column text{evil, ColumnKind::categorical, {}, {}, dictionary};
  Column flat{"flat", ColumnKind::numeric, {}, {}, nullptr};
  for (int i = 0; i < 500; ++i) {
    number.numbers.push_back(i % 50 == 0 ? std::numeric_limits<double>::quiet_NaN() : mean + rng.normal());
    text.codes.push_back(i % 10 == 0 ? -1 : dictionary->code_of(i % 2 == 0 ? category : "other <b>"));
    flat.numbers.push_back(1);
  }
  table.columns = {number, text, flat};
  table.rows = 500;
  return table;
}

struct Fixture {
  std::shared_ptr<Dictionary> dictionary = std::make_shared<Dictionary>();
  Table reference = table_of(10, "north", dictionary);
  Table current = table_of(14, "south", std::make_shared<Dictionary>());
  DriftReport report;
  Fixture() {
    report.verdict = Verdict::fail;
    report.drift = true;
    report.share = 0.5;
    report.score = 3;
    report.drifting_columns = {evil, "temperature"};
    report.columns = {
        {"flat", "psi", 0.0, -1, 0.2, false, 500, 500},       {"temperature", "ks", 0.9, 1e-30, 0.01, true, 500, 500},
        {"temperature", "psi", 3.0, -1, 0.2, true, 500, 500}, {evil, "psi", 2.0, -1, 0.2, true, 500, 500},
        {"absent", "ks", 0.1, 0.002, 0.01, true, 500, 500},   {"absent", "psi", 0.05, -1, 0.2, false, 500, 500}};
  }
  DriftPage page() const { return {"a&b.csv", "now.csv", report, reference, current, {"a note"}}; }
};

TEST(DriftHtml, the_headline_names_how_many_and_which_most) {
  Fixture f;
  EXPECT_EQ(drift_headline(f.page()), "2 of 4 columns changed between a&b.csv and now.csv; most of all " + evil + ".");
  f.report.drifting_columns.clear();
  f.report.verdict = Verdict::pass;
  EXPECT_EQ(drift_headline(f.page()), "None of 4 columns changed between a&b.csv and now.csv.");
  f.report.verdict = Verdict::invalid;
  EXPECT_EQ(drift_headline(f.page()),
            "There are too few rows to say whether anything changed between a&b.csv and now.csv.");
}

TEST(DriftHtml, most_drifted_first_with_tests_and_words) {
  const Fixture f;
  const std::string html = drift_html(f.page());
  const auto script = html.find("<h3>&lt;script&gt;");
  const auto temperature = html.find("<h3>temperature");
  const auto absent = html.find("<h3>absent");
  const auto flat = html.find("<h3>flat");
  ASSERT_NE(flat, std::string::npos);
  EXPECT_LT(script, temperature);
  EXPECT_LT(temperature, absent);
  EXPECT_LT(absent, flat);
  for (const char* part :
       {"Changed: 2 of 2 tests past the threshold: median ", "Not counted as changed: only 1 of 2 tests",
        "missing 2.0 %, now 2.0 %", "1e-30", "a note", "50 %"})
    EXPECT_NE(html.find(part), std::string::npos) << part;
}

TEST(DriftHtml, text_from_data_is_never_markup_and_the_file_stands_alone) {
  const std::string html = drift_html(Fixture().page());
  EXPECT_EQ(html.find("<script>alert"), std::string::npos);
  EXPECT_EQ(html.find("<b>\""), std::string::npos);
  EXPECT_NE(html.find("other &lt;b&gt;"), std::string::npos);
  EXPECT_NE(html.find("a&amp;b.csv"), std::string::npos);
  for (const char* outside : {"http://", "https://", "src=", "@import", "url("})
    EXPECT_EQ(html.find(outside), std::string::npos) << outside;
}

TEST(DriftHtml, equal_input_gives_equal_bytes) {
  EXPECT_EQ(drift_html(Fixture().page()), drift_html(Fixture().page()));
}

TEST(DriftHtml, empty_tables_still_give_a_page) {
  const DriftReport report;
  const Table nothing;
  EXPECT_NE(drift_html({"a", "b", report, nothing, nothing, {}}).find("</html>"), std::string::npos);
}

}  // namespace
}  // namespace perennial::app
