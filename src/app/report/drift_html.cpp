#include "app/report/drift_html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "app/report/escape.hpp"
#include "app/report/histogram.hpp"
#include "app/report/page.hpp"
#include "app/report/svg.hpp"
#include "app/report/words.hpp"

namespace perennial::app {
namespace {

struct ColumnCard {
  std::string column;
  bool drifts = false;
  std::size_t rank = 0;  ///< of the drifting ones
  double strength = 0;   ///< largest statistic against its threshold
  std::vector<const ColumnDrift*> tests;
};

/// How far a test is beyond its threshold; 1 = just there. Small p-values count as large.
double strength_of(const ColumnDrift& test) {
  if (test.p_value >= 0) return test.threshold > 0 ? 1 + test.statistic - test.p_value : test.statistic;
  return test.threshold > 0 ? test.statistic / test.threshold : test.statistic;
}

std::vector<ColumnCard> cards_of(const DriftReport& report) {
  std::vector<ColumnCard> cards;
  std::map<std::string, std::size_t> places;
  for (const auto& test : report.columns) {
    const auto [place, fresh] = places.try_emplace(test.column, cards.size());
    if (fresh) cards.push_back({test.column, false, 0, 0, {}});
    ColumnCard& card = cards[place->second];
    card.tests.push_back(&test);
    card.strength = std::max(card.strength, strength_of(test));
  }
  for (std::size_t i = 0; i < report.drifting_columns.size(); ++i) {
    const auto found = places.find(report.drifting_columns[i]);
    if (found == places.end()) continue;
    cards[found->second].drifts = true;
    cards[found->second].rank = i;
  }
  std::stable_sort(cards.begin(), cards.end(), [](const ColumnCard& a, const ColumnCard& b) {
    if (a.drifts != b.drifts) return a.drifts;
    return a.drifts ? a.rank < b.rank : a.strength > b.strength;
  });
  return cards;
}

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

std::string draw_bins(const SideBySide& sides, std::string_view column) {
  const double top = std::max(*std::max_element(sides.reference.begin(), sides.reference.end()),
                              *std::max_element(sides.current.begin(), sides.current.end()));
  svg::Chart chart({300, 130, 6, 6, 6, 24}, {sides.ends.front(), sides.ends.back()}, {0, top * 1.05}, column,
                   "Share of rows per range of values, both files.");
  chart.histogram(sides.ends, sides.reference, "reference");
  chart.histogram(sides.ends, sides.current, "current");
  chart.x_axis("", 6);
  return chart.finish();
}

std::string draw_categories(const SideBySide& sides, std::string_view column) {
  constexpr double row_px = 22;
  const double top = std::max(*std::max_element(sides.reference.begin(), sides.reference.end()),
                              *std::max_element(sides.current.begin(), sides.current.end()));
  svg::Chart chart({300, row_px * static_cast<double>(sides.names.size()) + 8, 104, 44, 4, 4}, {0, std::max(top, 1e-9)},
                   {0, 1}, column, "Share of rows per value, both files.");
  for (std::size_t i = 0; i < sides.names.size(); ++i) {
    const double row = row_px * static_cast<double>(i);
    const std::string tooltip =
        fmt::format("{}: {:.1f} %, now {:.1f} %", sides.names[i], 100 * sides.reference[i], 100 * sides.current[i]);
    chart.row_label(row + row_px / 2, shortened(sides.names[i], 14));
    if (sides.reference[i] > 0) chart.strip(0, sides.reference[i], row + 2, 8, "reference", tooltip);
    if (sides.current[i] > 0) chart.strip(0, sides.current[i], row + 11, 8, "current", tooltip);
    chart.text(300, row + row_px / 2 + 8, "end", "tick", percent(sides.current[i]));
  }
  return chart.finish();
}

std::string verdict_in_words(const ColumnCard& card) {
  const auto found = std::count_if(card.tests.begin(), card.tests.end(), [](const auto* test) { return test->drift; });
  if (card.drifts)
    return card.tests.size() == 1
               ? "Changed: its test is past its threshold"
               : fmt::format("Changed: {} of {} past the threshold", found, count_in_words(card.tests.size(), "test"));
  if (found > 0)
    return fmt::format("Not counted as changed: only {} of {} is past the threshold", found,
                       count_in_words(card.tests.size(), "test"));
  return "No change that matters";
}

std::string tests_table(const ColumnCard& card) {
  std::string table =
      "<table><thead><tr><th>Test</th><th class=\"n\">Statistic</th><th class=\"n\">p</th><th "
      "class=\"n\">Threshold</th><th></th></tr></thead><tbody>";
  for (const auto* test : card.tests)
    table += fmt::format(
        "<tr><td class=\"t\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}{}</td><td "
        "class=\"t {}\">{}</td></tr>",
        escaped(test->test), number_in_words(test->statistic), test->p_value < 0 ? "" : number_in_words(test->p_value),
        test->p_value < 0 ? "" : "p &lt; ", number_in_words(test->threshold), test->drift ? "worse" : "",
        test->drift ? "past it" : "within");
  return table + "</tbody></table>";
}

std::string card_html(const ColumnCard& card, const DriftPage& page, bool with_chart) {
  std::string html = fmt::format("<div class=\"column\"><h3>{}<span class=\"pill {}\">{}</span></h3>",
                                 escaped(card.column), card.drifts ? "bad" : "", card.drifts ? "changed" : "same");
  const Column* reference = page.reference.find(card.column);
  const Column* current = page.current.find(card.column);
  std::string words = verdict_in_words(card);
  std::string chart;
  if (with_chart && reference != nullptr && current != nullptr) {
    const SideBySide sides = side_by_side(*reference, *current);
    if (!sides.change.empty()) words += ": " + sides.change;
    if (!sides.reference.empty())
      chart = sides.categories ? draw_categories(sides, card.column) : draw_bins(sides, card.column);
  }
  return html + "<p>" + escaped(words) + ".</p>" + chart + tests_table(card) + "</div>";
}

std::size_t columns_in(const DriftReport& report) { return cards_of(report).size(); }

}  // namespace

std::string drift_headline(const DriftPage& page) {
  const std::size_t all = columns_in(page.report);
  const std::string between = fmt::format("between {} and {}", page.reference_name, page.current_name);
  if (page.report.verdict == Verdict::invalid)
    return fmt::format("There are too few rows to say whether anything changed {}.", between);
  const auto& drifting = page.report.drifting_columns;
  if (drifting.empty()) return fmt::format("None of {} changed {}.", count_in_words(all, "column"), between);
  return fmt::format("{} of {} changed {}; most of all {}.", drifting.size(), count_in_words(all, "column"), between,
                     drifting.front());
}

std::string drift_html(const DriftPage& page) {
  const auto cards = cards_of(page.report);
  std::string body =
      fmt::format("<header><p class=\"eyebrow\">Drift between two files</p><h1>{}</h1><p>{}</p></header>\n",
                  escaped(drift_headline(page)),
                  page.report.drift ? "Together that is more change than the setting allows: the files drift."
                                    : "Together that is within what the setting allows.");
  body += "<div class=\"tiles\">" +
          html_tile("drift",
                    page.report.verdict == Verdict::invalid ? "not known"
                    : page.report.drift                     ? "yes"
                                                            : "no",
                    "over all columns", page.report.drift ? "bad" : "good") +
          html_tile("columns changed", percent(page.report.share),
                    fmt::format("{} of {}", page.report.drifting_columns.size(), cards.size())) +
          html_tile("largest PSI", number_in_words(page.report.score), "0.1 some, 0.2 material change") +
          html_tile("reference rows", number_in_words(static_cast<double>(page.reference.rows)), page.reference_name) +
          html_tile("current rows", number_in_words(static_cast<double>(page.current.rows)), page.current_name) +
          "</div>\n";
  std::string columns =
      "<p>The most changed first. Heights are shares of each file's rows, so that files of different length "
      "compare.</p>";
  columns += html_legend({{svg::legend_box("reference"), "reference: " + page.reference_name},
                          {svg::legend_box("current"), "current: " + page.current_name}});
  columns += "<div class=\"columns\">";
  for (std::size_t i = 0; i < cards.size(); ++i) columns += card_html(cards[i], page, i < drift_html_charts);
  body += html_section("Columns", columns + "</div>");
  if (!page.notes.empty()) body += html_section("Notes on the data", html_list(page.notes));
  body += html_section("How to read this page",
                       html_list({"A statistic says how far two windows are apart; a p-value says how often chance "
                                  "alone would do that, corrected for the number of columns.",
                                  "With many rows even tiny changes are certain, so a column counts as changed only "
                                  "where all its tests agree.",
                                  "The outermost bars of a histogram also hold the values beyond them (the outer half "
                                  "percent at each end)."}));
  body += "<footer>made by Perennial</footer>\n";
  return html_page("Drift: " + page.reference_name + " and " + page.current_name, body);
}

}  // namespace perennial::app
