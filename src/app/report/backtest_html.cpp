#include "app/report/backtest_html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/backtest/grid.hpp"
#include "app/backtest/tune.hpp"
#include "app/report/backtest_charts.hpp"
#include "app/report/escape.hpp"
#include "app/report/page.hpp"
#include "app/report/words.hpp"

namespace perennial::app {
namespace {

const BacktestLine* find(const Backtest& backtest, std::string_view policy) {
  const auto found = std::find_if(backtest.lines.begin(), backtest.lines.end(),
                                  [&](const auto& line) { return line.run.policy == policy; });
  return found == backtest.lines.end() ? nullptr : &*found;
}

std::string tiles(const Backtest& backtest, const BacktestLine* best) {
  std::string all = "<div class=\"tiles\">";
  if (best != nullptr)
    all += html_tile("least total cost", number_in_words(best->total_cost),
                     best->run.policy + ", " + count_in_words(best->run.retrains, "retrain"), "good");
  if (const auto* never = find(backtest, "never"); never != nullptr && never != best)
    all += html_tile("never retraining", number_in_words(never->total_cost), "total cost");
  if (const auto* oracle = find(backtest, "oracle"))
    all += html_tile("oracle", number_in_words(oracle->total_cost),
                     "total cost, " + count_in_words(oracle->run.retrains, "retrain"));
  all += html_tile("floor", number_in_words(backtest.floor), "loss of retraining all the time, for nothing");
  all += html_tile("one retrain", number_in_words(backtest.retrain_price),
                   backtest.regression ? "mean squared errors of never" : "errors");
  all += html_tile("rows scored", number_in_words(static_cast<double>(backtest.scored_rows)),
                   number_in_words(static_cast<double>(backtest.warmup_rows)) + " trained the first version");
  return all + "</div>";
}

std::string advice(const Proposal& proposal) {
  std::string body = "<p>" + escaped(proposal.policy) + " (strategy: " + escaped(proposal.strategy) +
                     ") costs least on this history.</p>" + html_list(proposal.why);
  const auto needs = [](std::string_view what, const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += (text.empty() ? "" : "; ") + line;
    return text.empty() ? std::string() : std::string(what) + ": " + text + ".";
  };
  std::vector<std::string> all;
  for (const auto& line :
       {needs("Freshness", proposal.freshness), needs("Compute", proposal.compute), needs("Labels", proposal.labels)})
    if (!line.empty()) all.push_back(line);
  return body + "<p><b>What it needs</b></p>" + html_list(all);
}

std::string policies_table(const Backtest& backtest, const std::string& chosen) {
  const std::vector<std::string> heads = {backtest.metric, "loss",         "retrains",   "wasted", "rollbacks",
                                          "train CPU s",   "retrain cost", "total cost", "excess"};
  std::string table = "<div class=\"scroll\"><table class=\"stack\"><thead><tr><th>policy</th>";
  for (const auto& head : heads) table += "<th class=\"n\">" + escaped(head) + "</th>";
  table += "</tr></thead><tbody>";
  std::vector<const BacktestLine*> order;
  for (const auto& line : backtest.lines) order.push_back(&line);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) { return a->total_cost < b->total_cost; });
  for (const auto* line : order) {
    const std::vector<std::string> cells = {
        number_in_words(line->run.score),       number_in_words(line->loss),
        fmt::format("{}", line->run.retrains),  fmt::format("{}", line->run.wasted()),
        fmt::format("{}", line->run.rollbacks), fmt::format("{:.1f}", line->run.train_cpu_s),
        number_in_words(line->retrain_cost),    number_in_words(line->total_cost),
        number_in_words(line->excess)};
    table += line->run.policy == chosen ? "<tr class=\"chosen\"><td>" : "<tr><td>";
    table += escaped(line->run.policy) + "</td>";
    for (std::size_t i = 0; i < cells.size(); ++i)
      table += "<td class=\"n\" data-name=\"" + escaped(heads[i]) + "\">" + escaped(cells[i]) + "</td>";
    table += "</tr>";
  }
  return table + "</tbody></table></div>";
}

std::string reading(const Backtest& backtest) {
  std::vector<std::string> lines = {
      backtest.regression
          ? "loss: the sum of squared errors of the served answers, divided by the mean squared error of never "
            "retraining"
          : "loss: the number of served answers that were wrong",
      "total cost: loss + price of a retrain times the number of retrains; excess: total cost minus floor",
      fmt::format("floor: the loss of retraining every {} rows for nothing, swapped in at once", grid_rows),
      "oracle: the best times to retrain, known afterwards and swapped in at once: a bound, not a run of the loop",
      "wasted: retrains whose challenger was never promoted, because gates or rollout kept the champion",
      fmt::format("every policy trains on the same window ({}) and runs the whole loop, gates and rollout included",
                  backtest.window)};
  for (const auto& change : backtest.changed) lines.push_back("in every run: " + change);
  for (const auto& note : backtest.notes) lines.push_back("note: " + note);
  return html_list(lines);
}

}  // namespace

std::string backtest_headline(const Backtest& backtest) {
  const auto proposal = propose(backtest);
  if (!proposal) return "No policy was run.";
  const BacktestLine& best = *find(backtest, proposal->policy);
  const auto* never = find(backtest, "never");
  if (never == nullptr || never == &best)
    return fmt::format("{} costs least: {} on {} rows, {}.", best.run.policy, number_in_words(best.total_cost),
                       number_in_words(static_cast<double>(backtest.scored_rows)),
                       count_in_words(best.run.retrains, "retrain"));
  return fmt::format("{} costs least: {} instead of {} without retraining, {}.", best.run.policy,
                     number_in_words(best.total_cost), number_in_words(never->total_cost),
                     count_in_words(best.run.retrains, "retrain"));
}

std::string backtest_html(const Backtest& backtest) {
  const auto proposal = propose(backtest);
  const std::string chosen = proposal ? proposal->policy : std::string();
  std::string body = backtest_style();
  body += "<header><p class=\"eyebrow\">Backtest of " + escaped(backtest.model) + ", " + escaped(backtest.metric) +
          (backtest.higher_is_better ? " (higher is better)" : " (lower is better)") + "</p><h1>" +
          escaped(backtest_headline(backtest)) + "</h1></header>\n";
  body += tiles(backtest, find(backtest, chosen)) + "\n";
  if (proposal) body += html_section("What to choose and why", advice(*proposal));
  body += html_section("Score against cost", std::string("<p>") + (backtest.higher_is_better ? "Up" : "Down") +
                                                 " and to the left is better: a good score with few retrains.</p>" +
                                                 pareto_chart(backtest, chosen));
  body += html_section("All policies", "<p>Cheapest first.</p>" + policies_table(backtest, chosen));
  body += html_section("The metric over time", policies_chart(backtest, chosen));
  body += html_section("When each policy retrained", retrains_chart(backtest));
  body += html_section("How to read this", reading(backtest));
  body += fmt::format("<footer>perennial backtest, seed {}</footer>", backtest.seed);
  return html_page("Backtest of " + backtest.model, body);
}

}  // namespace perennial::app
