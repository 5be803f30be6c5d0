#include "drift/quality/checks.hpp"

namespace perennial::drift::quality {

const Catalog<Check>& checks() {
  static const Catalog<Check> catalog(
      "data check", {schema_check(), nulls_check(), unseen_check(), cardinality_check(), range_check(), unit_check(),
                     stuck_check(), duplicates_check(), late_check(), freshness_check()});
  return catalog;
}

Finding finding_at(const Look& look, std::string check, std::string_view column, std::size_t row) {
  Finding finding;
  finding.check = std::move(check);
  finding.column = column;
  finding.threshold = look.level;
  finding.since_row = look.window.first_row + row;
  finding.since_at = look.window.time(row);
  return finding;
}

void for_each_column(const Look& look, ColumnKind kind,
                     const std::function<void(const ColumnProfile&, const ColumnView&, const ColumnView&)>& visit) {
  for (const auto& profile : look.profile.columns()) {
    if (profile.kind != kind) continue;
    const ColumnView* newest = look.newest.find(profile.name);
    const ColumnView* whole = look.window.find(profile.name);
    if (newest != nullptr && whole != nullptr && newest->kind == kind) visit(profile, *newest, *whole);
  }
}

}  // namespace perennial::drift::quality
