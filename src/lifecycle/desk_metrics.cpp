// The Prometheus page: one name per thing, labels bounded by models, arms and versions.

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "lifecycle/desk.hpp"

namespace perennial::lifecycle {
namespace {

class Page {
 public:
  void family(const char* name, const char* type, const char* help) {
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
    name_ = name;
  }
  void value(const std::string& labels, double value) { text_ += fmt::format("{}{{{}}} {}\n", name_, labels, value); }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::string name_;
};

}  // namespace

std::string Desk::metrics() const {
  const auto lock = fleet_->lock();
  Page page;
  const auto names = fleet_->model_names();
  const auto each = [&](auto&& write) {
    for (const auto& name : names) {
      const auto loop = fleet_->model(name);
      if (loop && (*loop)->configured()) write(**loop, fmt::format("model=\"{}\"", name));
    }
  };
  static constexpr std::array arms = {feedback::Arm::champion, feedback::Arm::challenger, feedback::Arm::shadow};
  const auto per_arm = [&](auto&& read) {
    each([&](const ModelLoop& loop, const std::string& label) {
      for (const auto arm : arms)
        page.value(fmt::format("{},arm=\"{}\"", label, feedback::to_string(arm)),
                   read(loop.runtime()->accounting.total(arm)));
    });
  };
  page.family("perennial_requests_total", "counter", "rows scored, by arm");
  per_arm([](const serving::ArmCounts& counts) { return static_cast<double>(counts.requests); });
  page.family("perennial_errors_total", "counter", "rows without a usable answer, by arm");
  per_arm([](const serving::ArmCounts& counts) { return static_cast<double>(counts.errors); });
  page.family("perennial_latency_seconds", "gauge", "scoring latency quantiles since start, by arm");
  each([&](const ModelLoop& loop, const std::string& label) {
    for (const auto arm : arms) {
      const auto counts = loop.runtime()->accounting.total(arm);
      for (const double q : {0.5, 0.99})
        if (counts.latency_us.count() > 0)
          page.value(fmt::format("{},arm=\"{}\",quantile=\"{}\"", label, feedback::to_string(arm), q),
                     counts.latency_us.quantile(q) / 1e6);
    }
  });
  page.family("perennial_predictions_logged_total", "counter", "rows in the prediction log");
  each([&](const ModelLoop& loop, const std::string& label) {
    page.value(label, static_cast<double>(loop.log_status().rows_written));
  });
  page.family("perennial_predictions_lost_total", "counter", "rows that the prediction log could not keep");
  each([&](const ModelLoop& loop, const std::string& label) {
    page.value(label, static_cast<double>(loop.log_status().rows_lost));
  });
  page.family("perennial_labels_joined_total", "counter", "labels that met their prediction");
  each([&](const ModelLoop& loop, const std::string& label) {
    page.value(label, static_cast<double>(loop.joiner_counts().joined));
  });
  page.family("perennial_labels_pending", "gauge", "predictions that wait for a label");
  each([&](const ModelLoop& loop, const std::string& label) {
    page.value(label, static_cast<double>(loop.joiner_counts().pending));
  });
  page.family("perennial_labels_known_before_total", "counter",
              "labelled rows that train nothing, because the label was there before the prediction");
  each([&](const ModelLoop& loop, const std::string& label) {
    page.value(label, static_cast<double>(loop.rows_known_before()));
  });
  page.family("perennial_alerts_total", "counter",
              "alerts: queued, duplicate (told before), refused (the queue was full); delivered, failed (by channel)");
  each([&](const ModelLoop& loop, const std::string& label) {
    const auto* outbox = fleet_->outbox(loop.config().name);
    if (outbox == nullptr) return;
    const auto counts = outbox->counts();
    const std::array<std::pair<const char*, std::uint64_t>, 5> outcomes = {{{"queued", counts.queued},
                                                                            {"duplicate", counts.duplicates},
                                                                            {"refused", counts.refused},
                                                                            {"delivered", counts.delivered},
                                                                            {"failed", counts.failed}}};
    for (const auto& [outcome, count] : outcomes)
      page.value(fmt::format("{},outcome=\"{}\"", label, outcome), static_cast<double>(count));
  });
  page.family("perennial_metric", "gauge", "the champion's metrics over the monitor's window");
  each([&](const ModelLoop& loop, const std::string& label) {
    for (const auto& report : loop.newest_decay())
      if (std::isfinite(report.current))
        page.value(fmt::format("{},metric=\"{}\"", label, report.metric), report.current);
  });
  // Two versions at most: old ones would make new series for ever.
  const TimePoint now = clock_->now();
  const auto each_window = [&](auto&& write) {
    each([&](const ModelLoop& loop, const std::string& label) {
      std::vector<std::string> versions;
      if (const auto* champion = fleet_->state().registry().champion(loop.config().name))
        versions.push_back(champion->number.text());
      if (loop.state().rollout && loop.state().rollout->phase != rollout::Phase::watch)
        versions.push_back(loop.state().rollout->challenger);
      for (const auto& version : versions)
        for (const MetricWindow window : metric_windows)
          for (const auto& [metric, estimate] : loop.window_metrics(version, window, now))
            write(
                fmt::format("{},version=\"{}\",window=\"{}\",metric=\"{}\"", label, version, to_string(window), metric),
                estimate);
    });
  };
  page.family("perennial_window_metric", "gauge",
              "metrics of champion and challenger over windows of time that end where the labels have come");
  std::vector<std::pair<std::string, stats::Estimate>> estimates;
  each_window([&](const std::string& labels, const stats::Estimate& estimate) {
    page.value(labels, estimate.value);
    estimates.emplace_back(labels, estimate);
  });
  page.family("perennial_window_metric_error", "gauge", "standard errors of the same");
  for (const auto& [labels, estimate] : estimates) page.value(labels, estimate.standard_error);
  page.family("perennial_label_coverage", "gauge", "share of the rows of the monitor's window that have their label");
  each([&](const ModelLoop& loop, const std::string& label) { page.value(label, loop.newest_labels().coverage); });
  page.family("perennial_label_age_seconds", "gauge", "rows younger than this are not judged yet");
  each([&](const ModelLoop& loop, const std::string& label) {
    page.value(label, std::chrono::duration<double>(loop.newest_labels().age).count());
  });
  page.family("perennial_labels_comparable", "gauge", "0: the labels that have come are of some kinds of rows only");
  each([&](const ModelLoop& loop, const std::string& label) {
    page.value(label, loop.newest_labels().comparable ? 1 : 0);
  });
  page.family("perennial_metric_estimate", "gauge",
              "the champion's primary metric before its labels, with its interval");
  each([&](const ModelLoop& loop, const std::string& label) {
    const auto& estimate = loop.early_warning().newest.estimate;
    if (!estimate) return;
    const std::array<std::pair<const char*, double>, 3> values = {
        {{"estimate", estimate->estimate.value}, {"low", estimate->low}, {"high", estimate->high}}};
    for (const auto& [bound, value] : values)
      if (std::isfinite(value))
        page.value(fmt::format("{},metric=\"{}\",bound=\"{}\"", label, estimate->metric, bound), value);
  });
  page.family("perennial_drifting_columns", "gauge", "columns of the live drift alarm");
  each([&](const ModelLoop& loop, const std::string& label) {
    page.value(label, static_cast<double>(loop.state().drifting_columns.size()));
  });
  page.family(
      "perennial_judge_false_abort_rate", "gauge",
      "how often the judge of rollouts stops a version that is the champion itself, dealt to two arms: A/A test "
      "of the newest day, on this model's own labelled rows; at most 0.05 is promised");
  each([&](const ModelLoop& loop, const std::string& label) {
    const auto test = loop.judge_self_test();
    if (!test) return;
    const std::array<std::pair<const char*, double>, 3> values = {
        {{"rate", test->rate}, {"low", test->low}, {"high", test->high}}};
    for (const auto& [bound, value] : values) page.value(fmt::format("{},bound=\"{}\"", label, bound), value);
  });
  page.family("perennial_rollout_weight", "gauge", "the challenger's share of the traffic");
  each([&](const ModelLoop& loop, const std::string& label) {
    page.value(label, loop.state().rollout ? loop.state().rollout->weight : 0.0);
  });
  page.family("perennial_events_total", "counter", "journal events by type");
  for (const auto type : {event_type::promoted, event_type::rolled_back, event_type::retrain_requested,
                          event_type::run_failed, event_type::drift_detected})
    page.value(fmt::format("type=\"{}\"", type), static_cast<double>(fleet_->state().count(std::string(type))));
  page.family("perennial_shadow_dropped_total", "counter", "shadow copies dropped because their queue was full");
  page.value("", static_cast<double>(fleet_->predictor().shadow().rows_dropped));
  return page.take();
}

}  // namespace perennial::lifecycle
