#pragma once
// On which rows a retrain learns. A window is a pure decider, as a policy is: it is shown when the rows that may be
// learned from were predicted, and says where the training set begins and what each row weighs. Adding one is a file in
// windows/ and a line in windows/catalog.cpp.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/catalog.hpp"
#include "core/config_node.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace perennial::triggers {

/// Trainings compared in one job (`retrain.candidates`).
inline constexpr std::size_t window_candidates = 4;
/// A window that may fall back does so where it holds fewer rows than so many times train.min_rows.
inline constexpr std::uint64_t enough_rows_factor = 4;

/// Where inputs or truth began to follow another rule, as far as anybody has noticed.
struct ChangePoint {
  TimePoint at{};        ///< of the first row after it
  std::string found_by;  ///< in words, such as "the losses of 1.0.2"
};

struct WindowInputs {
  std::span<const TimePoint> times;  ///< of the rows that may be learned from, in rising order
  TimePoint now{};
  std::optional<TimePoint> champion_train_to;  ///< newest row that the champion learned from; nothing before it
  std::optional<ChangePoint> change;           ///< the newest one that is known
  std::uint64_t min_rows = 0;                  ///< train.min_rows
};

/// Rows [first, times.size()) are the training set; early stopping and holdout are taken from its end.
struct WindowChoice {
  std::size_t first = 0;
  std::vector<float> weights;  ///< one per row of the set, in (0, 1], 1 for the newest; empty: all weigh 1
  std::string reason;          ///< one line: which rows, and why these
};

/// Pure and immutable.
class Window {
 public:
  virtual ~Window() = default;
  /// Error invalid: it has no training set to offer (no change was found, too few rows); its text is the reason.
  virtual Result<WindowChoice> choose(const WindowInputs& inputs) const = 0;
  /// As a config may say it, on one line: "5000rows", "since_change".
  virtual std::string text() const = 0;
  /// In words, for `explain config`: "the newest 5000rows".
  virtual std::string describe() const = 0;
  /// The most rows that it holds, where the config bounds them in rows; else 0.
  virtual std::uint64_t most_rows() const { return 0; }
};

/// A member of the family.
struct WindowKind {
  CatalogEntry entry;
  /// `value` is what stands behind the name; undefined where the name stands alone. Error: config.
  Result<std::shared_ptr<const Window>> (*make)(const ConfigNode& value);
};

/// sliding, expanding, since_last_retrain, since_change, recency_weighted.
const Catalog<WindowKind>& windows();

/// `90d` or `5000rows` (sliding), a name, or {name: parameters}. Error: config, with the known names.
Result<std::shared_ptr<const Window>> parse_window(const ConfigNode& node);

/// The newest rows of a span that is not empty.
std::shared_ptr<const Window> sliding_window(const Span& span);

/// All rows that are kept.
std::shared_ptr<const Window> expanding_window();

/// Where the config names none (capabilities row 54): triggered, the rows since the champion's newest one; scheduled,
/// 90 days; else, and before the first version, 30 days. Everything where that is too little.
std::shared_ptr<const Window> default_window(const std::string& strategy);

}  // namespace perennial::triggers
