#include <algorithm>

#include "stats/metrics/formulas.hpp"

namespace perennial::stats {

// DeLong, DeLong & Clarke-Pearson (1988) by midranks (Sun & Xu 2014): O(n log n). A row that is not of class 1 is a
// negative. Influences are scaled so that their sum of squares gives DeLong's variance exactly.
Result<Influence> auc(const LabelledRows& rows) {
  const std::size_t n = rows.size();
  struct Item {
    float score;
    bool positive;
    std::uint32_t row;
  };
  std::vector<Item> items(n);
  std::size_t positives = 0;
  for (std::size_t k = 0; k < n; ++k) {
    const bool positive = rows.true_class(k) == 1;
    positives += positive ? 1 : 0;
    items[k] = {static_cast<float>(rows.output(k, 1)), positive, static_cast<std::uint32_t>(k)};
  }
  const std::size_t negatives = n - positives;
  if (positives == 0 || negatives == 0) return fail(ErrorCode::invalid, "all labelled rows are of one class");
  std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.score < b.score; });

  // Placement of a row: the share of the other class on its right side (below for positives, above for negatives), ties
  // counting half.
  std::vector<double> placement(n);
  const double p = static_cast<double>(positives);
  const double q = static_cast<double>(negatives);
  double positives_below = 0;
  double negatives_below = 0;
  double area = 0;
  for (std::size_t first = 0; first < n;) {
    std::size_t last = first;
    double tied_positives = 0;
    while (last < n && items[last].score == items[first].score) tied_positives += items[last++].positive ? 1 : 0;
    const double tied_negatives = static_cast<double>(last - first) - tied_positives;
    for (std::size_t i = first; i < last; ++i)
      placement[items[i].row] = items[i].positive ? (negatives_below + tied_negatives / 2) / q
                                                  : (p - positives_below - tied_positives / 2) / p;
    area += tied_positives * (negatives_below + tied_negatives / 2);
    positives_below += tied_positives;
    negatives_below += tied_negatives;
    first = last;
  }
  const double value = area / p / q;
  const double all = static_cast<double>(n);
  const auto scale = [&](double group) {
    return group > 1 ? std::sqrt(group / (group - 1) * (all - 1) / all) / group : 1 / group;
  };
  const double scale_positive = scale(p);
  const double scale_negative = scale(q);
  for (const Item& item : items)
    placement[item.row] = (placement[item.row] - value) * (item.positive ? scale_positive : scale_negative);
  return rows.spread_share(value, placement, std::min(positives, negatives));
}

}  // namespace perennial::stats
