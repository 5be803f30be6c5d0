#pragma once
// What the drift of importance between the reference rows and the newest window comes to: drift/importance.hpp makes
// it, policies judge it.

#include <cstdint>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/verdict.hpp"

namespace perennial {

/// Shares of a target's importance, 0 to 1.
struct ColumnImportance {
  std::string column;
  double reference = 0;
  double current = 0;
};

/// Of one version. Where the verdict is invalid, nothing but `why_not` and `threshold` is set.
struct ImportanceReport {
  Verdict verdict = Verdict::invalid;  ///< fail = shifted, by `threshold` at least and by more than chance; pass = not
  std::string why_not;                 ///< nothing was measured; empty where it was
  std::string target;                  ///< the one whose shares have shifted most
  double shift = 0;                    ///< total variation of its shares, 0 to 1
  double noise = 0;                    ///< the largest shift that chance explains
  double threshold = 0;                ///< of the alarm
  std::vector<ColumnImportance> columns;  ///< of that target: those with a share, the one that moved most first
  std::uint64_t reference_rows = 0;       ///< that were asked about
  std::uint64_t current_rows = 0;
};

Json to_json(const ImportanceReport& report);

/// "s11 0.40 -> 0.12, s4 0.10 -> 0.35": the shares that moved most, at most three of them, by name.
std::string largest_moves(const ImportanceReport& report);

}  // namespace perennial
