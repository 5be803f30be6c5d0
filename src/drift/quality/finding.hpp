#pragma once
// What a data-quality check has to say of a column, and the report of one look at all of them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "core/time.hpp"
#include "core/verdict.hpp"

namespace perennial::drift::quality {

enum class Severity {
  warning,  ///< unusual, but the world may have done it: told, and nothing is held back
  fault,    ///< no change of the world looks like this: the pipeline did it
};
std::string_view to_string(Severity severity);

struct Finding {
  std::string check;   ///< catalog name, or the expectation's rule
  std::string column;  ///< empty where it is about whole rows
  Severity severity = Severity::warning;
  double measured = 0;
  double expected = 0;
  double threshold = 0;
  std::uint64_t since_row = 0;        ///< number of the first bad row (as Window counts)
  std::optional<TimePoint> since_at;  ///< its time, where rows have times
  bool lasts = false;                 ///< the newest rows alone show it too
  std::string detail;                 ///< one clause in words: "values look like the training rows times 1000"
};

/// pass = nothing found that is a fault, fail = a fault, invalid = too few rows on either side to look.
struct Report {
  Verdict verdict = Verdict::invalid;
  std::vector<Finding> findings;  ///< one per check and column, faults first, then by column
  std::uint64_t rows = 0;         ///< looked at

  bool has_fault() const { return verdict == Verdict::fail; }
};

Json to_json(const Finding& finding);
Json to_json(const Report& report);

}  // namespace perennial::drift::quality
