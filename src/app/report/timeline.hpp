#pragma once
// A replay's journal as things to draw: who served when, which columns had drifted when, what ran when.

#include <span>
#include <string>
#include <vector>

#include "app/report/svg.hpp"
#include "core/event.hpp"
#include "core/json.hpp"

namespace perennial::app {

/// From a row of the file to another.
struct Stretch {
  double from = 0;
  double to = 0;
  std::string css;
  std::string tooltip;
};

struct Mark {
  double row = 0;
  svg::Marker shape = svg::Marker::dot;
  std::string css;
  std::string tooltip;
};

struct Lane {
  std::string name;
  std::vector<Stretch> stretches;
  std::vector<Mark> marks;
};

/// A version's time as champion.
struct Reign {
  double from = 0;
  double to = 0;
  std::string version;
  bool by_rollback = false;
};

struct DriftedColumn {
  std::string column;
  double strength = 0;  ///< largest statistic that its alarms name (PSI where there is one)
  double rows = 0;      ///< under alarm
  std::vector<Stretch> stretches;
};

struct Timeline {
  double first = 0;  ///< first scored row of the file
  double last = 0;
  std::vector<double> rows;  ///< of each event: 0-based row of the file, as in the report's timeline
  std::vector<Reign> reigns;
  std::vector<DriftedColumn> drifted;  ///< strongest first, then longest, then by name
  std::vector<Lane> lanes;
};

/// Pure. `report` gives rows and warmup_rows; an event without "row" has that of the event before it.
Timeline timeline_of(const Json& report, std::span<const Event> events);

}  // namespace perennial::app
