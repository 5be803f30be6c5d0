#include "drift/quality/triage.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace perennial::drift::quality {
namespace {

std::string since(const Finding& finding) {
  return finding.since_at ? fmt::format("since {} (row {})", format_time(*finding.since_at), finding.since_row)
                          : fmt::format("since row {}", finding.since_row);
}

std::string subject(const Finding& finding) {
  return finding.column.empty() ? std::string("the rows") : "column " + finding.column;
}

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
}

Triage bug(const std::vector<const Finding*>& faults) {
  const Finding& first = **std::ranges::min_element(faults, {}, [](const Finding* f) { return f->since_row; });
  Triage result{Cause::bug, first.column, first.check, {}, first.since_row, first.since_at, {}};
  add_once(result.columns, first.column);
  for (const Finding* fault : faults) add_once(result.columns, fault->column);
  result.sentence = fmt::format("{} is broken {}: {}", subject(first), since(first), first.detail);
  if (faults.size() > 1)
    result.sentence += fmt::format(" (and {} more {})", faults.size() - 1, faults.size() == 2 ? "fault" : "faults");
  return result;
}

}  // namespace

std::string_view to_string(Cause cause) {
  switch (cause) {
    case Cause::none: return "none";
    case Cause::bug: return "bug";
    case Cause::drift: return "drift";
  }
  return "none";
}

Triage triage(const Report& quality, const std::optional<DriftReport>& drift) {
  std::vector<const Finding*> faults;
  std::vector<const Finding*> warnings;
  for (const auto& finding : quality.findings)
    (finding.severity == Severity::fault ? faults : warnings).push_back(&finding);
  if (!faults.empty()) return bug(faults);
  if (!drift || drift->verdict != Verdict::fail) return {};
  Triage result;
  result.cause = Cause::drift;
  result.columns = drift->drifting_columns;
  if (!result.columns.empty()) result.column = result.columns.front();
  for (const auto& column : drift->columns)
    if (column.column == result.column && column.drift && result.check.empty()) result.check = column.test;
  result.sentence = fmt::format("{} of the inputs {} drifted, {} most; nothing looks broken", result.columns.size(),
                                result.columns.size() == 1 ? "has" : "have", result.column);
  if (!warnings.empty())
    result.sentence += fmt::format(", though {}: {}", subject(*warnings.front()), warnings.front()->detail);
  return result;
}

}  // namespace perennial::drift::quality
