#pragma once
// Rules that somebody has written down for the data: the file named by `expectations:`.
//
// Perennial's own form, YAML or JSON, and the suites of Great Expectations (JSON, both the older `expectation_type` and
// the newer `type`) are read by the same parser; entries of both may stand in one list:
//
//   expectations:
//     - {column: age, between: [18, 120], mostly: 99%}
//     - {column: sex, in_set: [f, m]}
//     - {column: id, not_null: true}
//     - {type: expect_column_values_to_be_between, kwargs: {column: age, min_value: 18, max_value: 120}}

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog.hpp"
#include "core/result.hpp"
#include "drift/quality/check.hpp"

namespace perennial::drift::quality {

/// One rule on one column.
struct Expectation {
  std::string rule;  ///< catalog name
  std::string column;
  std::optional<double> least, most;         ///< between and its kin; unset = no bound
  bool above = false, below = false;         ///< the bounds themselves do not count
  std::set<std::string, std::less<>> texts;  ///< in_set, not_in_set
  std::set<double> numbers;                  ///< those of the texts that are numbers
  ColumnKind kind = ColumnKind::numeric;     ///< type
  double mostly = 1;                         ///< share of the rows that must comply; missing values are left out
};

/// A member of the family of rules. Either flags single rows or judges all of them at once.
struct Rule {
  CatalogEntry entry;
  std::vector<std::string> known_as;  ///< names in suites of Great Expectations
  /// 1 = the row breaks the rule. Null where the rule is about the column as a whole.
  std::vector<std::uint8_t> (*flags)(const Expectation&, const ColumnView&) = nullptr;
  /// A number of the whole column with its standard error; null for the others.
  std::pair<double, double> (*number)(const ColumnView&) = nullptr;
  bool counts_missing = false;  ///< missing values are judged too
};

/// exists, type, not_null, null, between, in_set, not_in_set, unique, length_between, mean_between, median_between,
/// stdev_between.
const Catalog<Rule>& rules();

class Expectations {
 public:
  Expectations() = default;

  /// `text` is the file's content, `file` its name for messages. Errors: config, with line; a rule that is not known
  /// names all that are (trap 45), a key that would change a rule's meaning is refused and not passed over.
  static Result<Expectations> parse(std::string_view text, const std::string& file);

  bool empty() const { return all_.empty(); }
  const std::vector<Expectation>& all() const { return all_; }
  /// Error: config where a rule names a column that is not among `known`.
  Status check_columns(const std::vector<std::string>& known) const;

  /// Broken rules, all of them faults. With `mostly` below 100 %, and for means, medians and deviations, only what is
  /// beyond chance counts (level 0.001).
  std::vector<Finding> judge(const Look& look) const;

 private:
  std::vector<Expectation> all_;
};

}  // namespace perennial::drift::quality
