#include "app/replay/report.hpp"

namespace perennial::app {
namespace {

/// The version that an event is about, where it is about one.
Json version_of(const Event& event) {
  for (const char* key : {"version", "to"})
    if (const auto found = event.body.find(key); found != event.body.end() && found->is_string()) return *found;
  return nullptr;
}

}  // namespace

Json replay_report(const ReportInputs& inputs, std::span<const Event> events, const registry::Registry& registry) {
  Json timeline = Json::array();
  std::uint64_t retrains = 0;
  std::uint64_t promotions = 0;
  std::uint64_t rollbacks = 0;
  for (const auto& event : events) {
    // Rows are counted from the first scored one; the report counts the file's.
    const std::uint64_t predicted = event.body.value("row", std::uint64_t{0});
    const std::uint64_t row = inputs.warmup_rows + predicted;
    timeline.push_back({{"row", row == 0 ? 0 : row - 1},
                        {"at", format_time(event.at)},
                        {"event", event.type},
                        {"version", version_of(event)},
                        {"detail", event.body}});
    if (event.type == event_type::job_started) ++retrains;
    if (event.type == event_type::promoted) ++promotions;
    if (event.type == event_type::rolled_back ||
        (event.type == event_type::cycle_ended && event.body.value("outcome", "") == "rolled_back"))
      ++rollbacks;
  }
  Json versions = Json::array();
  for (const auto& [number, version] : registry.versions(inputs.model))
    versions.push_back({{"version", number.text()},
                        {"parent", version.parent ? Json(version.parent->text()) : Json(nullptr)},
                        {"data_version", version.data_version},
                        {"config_hash", version.config_hash},
                        {"metrics", version.metrics},
                        {"status", std::string(to_string(version.status))}});
  return {{"model", inputs.model},
          {"rows", inputs.rows},
          {"warmup_rows", inputs.warmup_rows},
          {"scored_rows", inputs.scored_rows},
          {"seed", inputs.seed},
          {"metric", inputs.metric},
          {"higher_is_better", inputs.higher_is_better},
          {"score", inputs.score},
          {"baselines", {{"never_retrain", inputs.never_retrain}, {"no_change", inputs.no_change}}},
          // The first version is trained and promoted by the warm-up; it is no retrain.
          {"retrains", retrains == 0 ? 0 : retrains - 1},
          {"promotions", promotions == 0 ? 0 : promotions - 1},
          {"rollbacks", rollbacks},
          {"train_s", inputs.train_s},
          {"train_cpu_s", inputs.train_cpu_s},
          {"wall_s", inputs.wall_s},
          {"journal_digest", inputs.journal_digest},
          {"notes", inputs.notes},
          {"timeline", timeline},
          {"versions", versions}};
}

}  // namespace perennial::app
