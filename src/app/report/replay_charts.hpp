#pragma once
// The three charts of a replay's report, as markup.

#include <cstddef>
#include <span>
#include <string>

#include "app/report/replay_html.hpp"
#include "app/report/timeline.hpp"

namespace perennial::app {

/// Neighbouring windows that the bold lines of the metric's chart average; 1 = none.
std::size_t smoothing_of(std::size_t points);

/// The metric over time, served and never retrained, on the champions' bands.
std::string metric_chart(const ReplayPage& page, const Timeline& timeline);
/// A strip per column that ever drifted; "" where none did.
std::string drift_chart(const Timeline& timeline);
/// Alarms, decisions, trainings, gates and rollouts as lanes.
std::string lanes_chart(const Timeline& timeline);

}  // namespace perennial::app
