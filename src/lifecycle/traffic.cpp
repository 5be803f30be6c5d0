// What comes in: how many rows, and how many of their labels.

#include <algorithm>
#include <set>

#include "lifecycle/model_loop.hpp"

namespace perennial::lifecycle {
namespace {

/// The newest rows that tell the present traffic.
constexpr std::size_t traffic_rows = 2000;

}  // namespace

rollout::Traffic ModelLoop::traffic(TimePoint now) const {
  rollout::Traffic traffic;
  const Table rows = recent_.newest(traffic_rows);
  if (rows.rows == 0 || rows.times.empty()) return traffic;
  const TimePoint first = *std::ranges::min_element(rows.times);
  const Duration span = std::max<Duration>(std::max(now, rows.times.back()) - first, std::chrono::seconds(1));
  traffic.requests_per_hour =
      static_cast<double>(rows.rows) / std::chrono::duration<double, std::ratio<3600>>(span).count();
  if (!rows.entities.empty())
    traffic.entities =
        static_cast<double>(std::set<std::string_view>(rows.entities.begin(), rows.entities.end()).size());
  const drift::LabelEvidence labels = look_at_labels(champion_text(), now);
  const feedback::JoinerCounts counts = joiner_->counts();
  if (labels.rows > 0) {
    traffic.labelled_share = labels.eventual_share;
    traffic.label_wait = labels.age;
  } else if (counts.predictions > 0) {
    traffic.labelled_share =
        std::min(1.0, static_cast<double>(counts.joined) / static_cast<double>(counts.predictions));
  }
  return traffic;
}

}  // namespace perennial::lifecycle
