#include "core/reports.hpp"

namespace perennial {

Json to_json(const DriftReport& report) {
  Json columns = Json::array();
  for (const auto& c : report.columns)
    columns.push_back({{"column", c.column},
                       {"test", c.test},
                       {"statistic", c.statistic},
                       {"p_value", c.p_value < 0 ? Json(nullptr) : Json(c.p_value)},
                       {"threshold", c.threshold},
                       {"drift", c.drift},
                       {"reference_rows", c.reference_rows},
                       {"current_rows", c.current_rows}});
  return {{"drift", report.drift},
          {"drift_share", report.share},
          {"score", report.score},
          {"verdict", std::string(to_string(report.verdict))},
          {"drifting_columns", report.drifting_columns},
          {"columns", columns}};
}

Json to_json(const DecayReport& report) {
  // Without a baseline there is no decay, which is not a decay of nothing.
  const bool known = report.verdict != Verdict::invalid;
  const auto if_compared = [&](double value) { return known ? Json(value) : Json(nullptr); };
  return {{"verdict", std::string(to_string(report.verdict))},
          {"metric", report.metric},
          {"baseline", report.baseline_rows > 0 ? Json(report.baseline) : Json(nullptr)},
          {"current", report.current},
          {"decay", if_compared(report.decay)},
          {"decay_share", if_compared(report.decay_share)},
          {"standard_error", report.standard_error},
          {"p_value", report.p_value},
          {"significant", report.significant},
          {"detected", report.detected},
          {"threshold", report.threshold},
          {"threshold_is_relative", report.threshold_is_relative},
          {"baseline_rows", report.baseline_rows},
          {"current_rows", report.current_rows}};
}

}  // namespace perennial
