#pragma once
// Stretches of rows that turned out to be broken: a fold over DataQuarantined and DataReleased.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/event.hpp"
#include "feedback/example_store.hpp"
#include "feedback/joiner.hpp"

namespace perennial::lifecycle {

inline constexpr std::size_t quarantines_remembered = 1000;  ///< per model; then the oldest are forgotten

/// Rows predicted from `range.from` on; while it lasts the range has no end.
struct Quarantine {
  feedback::TimeRange range;
  std::uint64_t from_row = 0;
  std::optional<std::uint64_t> to_row;  ///< the first good row after it
  std::string column;                   ///< the first to go bad; empty: whole rows
  std::vector<std::string> columns;
};

/// Of one model, oldest first; the newest quarantines_remembered are kept.
class Quarantines {
 public:
  using Pair = std::pair<std::string, std::string>;  ///< check and column

  /// Takes events of any type; those of the champion end what counts until it changes.
  void apply(const Event& event);

  const Quarantine* open() const;  ///< the one that lasts; nullptr where the data is good
  const std::vector<Quarantine>& all() const { return all_; }
  /// "data bug in column X since …" while one lasts, else empty.
  std::string reason() const;
  std::vector<feedback::TimeRange> ranges() const;
  bool contains(TimePoint at) const;
  /// First row after the newest one that has ended; 0 where there is none.
  std::uint64_t good_from() const;
  /// What the open one was raised for.
  const std::set<Pair>& held() const { return held_; }
  /// What people were warned of since the champion last changed.
  const std::set<Pair>& warned() const { return warned_; }
  /// What a person has called right, until the champion changes: not raised again.
  const std::set<Pair>& accepted() const { return accepted_; }

 private:
  std::vector<Quarantine> all_;
  std::set<Pair> held_, warned_, accepted_;
};

/// The batch without the rows that are quarantined.
feedback::JoinedBatch without(feedback::JoinedBatch batch, const Quarantines& quarantines);

}  // namespace perennial::lifecycle
