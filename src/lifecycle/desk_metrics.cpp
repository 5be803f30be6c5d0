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
  page.family("perennial_metric", "gauge", "the champion's metrics over the monitor's window");
  each([&](const ModelLoop& loop, const std::string& label) {
    for (const auto& report : loop.newest_decay())
      if (std::isfinite(report.current))
        page.value(fmt::format("{},metric=\"{}\"", label, report.metric), report.current);
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
