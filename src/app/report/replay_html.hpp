#pragma once
// The HTML report of a replay: one self-contained file that needs no explanation, no network and no script.

#include <cstdint>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/json.hpp"

namespace perennial::app {

/// The metric over the rows since the point before, up to and with `row`.
struct MetricPoint {
  std::uint64_t row = 0;     ///< 0-based row of the file, warm-up counted (events' "row" counts predicted rows only)
  double score = 0;          ///< of the answers that were served; NaN = not defined there
  double never_retrain = 0;  ///< of version 1.0.0 on the same rows
  std::string version;       ///< the champion at that row
};

struct ReplayPage {
  Json report;                      ///< as `replay --report` writes it; absent fields are left out of the page
  std::vector<MetricPoint> points;  ///< in order of row
  std::vector<Event> events;        ///< the journal, oldest first
  std::vector<std::string> notes;   ///< what the user should know about the data
};

/// The outcome in one sentence, computed from score, never_retrain, scored_rows, retrains, promotions and rollbacks:
/// "Retraining raised accuracy from 0.607 to 0.752 on 43,953 rows: 15 promotions, 1 rollback." Also for the terminal.
std::string replay_headline(const Json& report);

/// The whole file. Equal input gives equal bytes. All text that comes from data is escaped. The table of events shows
/// at most `replay_html_events` events (the newest are kept whole, a line says how many were left out).
std::string replay_html(const ReplayPage& page);

inline constexpr std::size_t replay_html_events = 2000;
inline constexpr std::size_t replay_html_drift_columns = 15;

}  // namespace perennial::app
