#pragma once
// The two tables of a replay's report, as markup.

#include <string>

#include "app/report/replay_html.hpp"
#include "app/report/timeline.hpp"

namespace perennial::app {

/// Every version: parent, status, newest training row, metrics against the champion's on the same rows, why.
std::string versions_table(const ReplayPage& page);
/// Every event in plain words, newest last, at most replay_html_events of them, with filters by topic.
std::string events_table(const ReplayPage& page, const Timeline& timeline);

}  // namespace perennial::app
