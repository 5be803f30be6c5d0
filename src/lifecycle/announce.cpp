// What people are told, and the hourly summary that keeps quiet times visible in the journal.

#include "lifecycle/model_loop.hpp"

namespace perennial::lifecycle {

void ModelLoop::alert(const Event& event, const std::string& title, const std::string& detail) {
  if (alerts_.size() >= limits::alerts_queue) return;
  // What has no event in the journal has no key that would tell it from another: each is told.
  std::string key = event.seq == 0 ? "" : config_.name + "/" + event.type + "/" + std::to_string(event.seq);
  alerts_.push_back(
      {std::move(key), config_.name, event.type, config_.name + ": " + title, detail, event.at, event.seq});
}

std::vector<alerts::Alert> ModelLoop::take_alerts() { return std::exchange(alerts_, {}); }

Status ModelLoop::summarise(TimePoint now) {
  if (!configured() || services_.virtual_time) return {};
  self_test_->turn(config_.rollout, now);
  const auto& last = state().last_summary_at;
  if (last && now - *last < std::chrono::hours(1)) return {};
  const auto counts = joiner_->counts();
  const auto log = log_status();
  Json metrics = Json::object();
  for (const auto& report : newest_decay_) metrics[report.metric] = report.current;
  const auto tested = judge_self_test();
  const Json self_test = tested ? rollout::to_json(*tested) : Json(nullptr);
  const auto written = services_.events->write(now, {config_.name,
                                                     std::string(event_type::summary_recorded),
                                                     {{"champion", champion_text()},
                                                      {"predictions", rows_seen()},
                                                      {"labels", rows_labelled_},
                                                      {"pending", counts.pending},
                                                      {"predictions_lost", log.rows_lost},
                                                      {"metrics", metrics},
                                                      {"judge_self_test", self_test}}});
  if (!written) return std::unexpected(written.error());
  return {};
}

}  // namespace perennial::lifecycle
