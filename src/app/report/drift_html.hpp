#pragma once
// The HTML report of `perennial drift REFERENCE CURRENT --html`: one self-contained file.

#include <string>
#include <vector>

#include "core/reports.hpp"
#include "core/table.hpp"

namespace perennial::app {

struct DriftPage {
  std::string reference_name;  ///< as the user named it
  std::string current_name;
  const DriftReport& report;
  const Table& reference;  ///< the rows that were compared; a column that is absent gets no histogram
  const Table& current;
  std::vector<std::string> notes;  ///< what the user should know about the data
};

/// "4 of 12 columns changed between a.csv and b.csv; most of all s11." Also for the terminal.
std::string drift_headline(const DriftPage& page);

/// Per column, most drifted first: histograms of both windows over each other (bars for categories), every test with
/// statistic, p-value, threshold and verdict in words. At most `drift_html_charts` columns get a histogram.
/// Equal input gives equal bytes; all text that comes from data is escaped.
std::string drift_html(const DriftPage& page);

inline constexpr std::size_t drift_html_charts = 200;

}  // namespace perennial::app
