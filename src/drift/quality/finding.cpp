#include "drift/quality/finding.hpp"

namespace perennial::drift::quality {

std::string_view to_string(Severity severity) { return severity == Severity::fault ? "fault" : "warning"; }

Json to_json(const Finding& finding) {
  return {{"check", finding.check},
          {"column", finding.column},
          {"severity", std::string(to_string(finding.severity))},
          {"measured", finding.measured},
          {"expected", finding.expected},
          {"threshold", finding.threshold},
          {"since_row", finding.since_row},
          {"since_at", finding.since_at ? Json(format_time(*finding.since_at)) : Json(nullptr)},
          {"detail", finding.detail}};
}

Json to_json(const Report& report) {
  Json findings = Json::array();
  for (const auto& finding : report.findings) findings.push_back(to_json(finding));
  return {{"verdict", std::string(to_string(report.verdict))}, {"rows", report.rows}, {"findings", findings}};
}

}  // namespace perennial::drift::quality
