#pragma once
// Dates as people and spreadsheets write them ("3/14/2015 9:30 PM", "14.03.2015", "14-Mar-15"): read by a strptime
// format that a whole column agrees on, so that 03/04 is not March in one row and April in the next.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"

namespace perennial::data {

/// Reads `text` with a strptime(3) format in the C locale, UTC where the format has no %z; a fraction of a second may
/// follow seconds, blanks may surround all. A day that the month does not have, a year below 100 for %Y and text that
/// is left over are errors (invalid). Thread-safe.
Result<TimePoint> read_time(std::string_view text, const std::string& format);

/// A time of day: "9:30", "09:30:15", "18.00.00", "9:30 PM". Error: invalid.
Result<Duration> read_time_of_day(std::string_view text);

/// Error (config) where it is no format for a date: it names a year and no conversion that is not read.
Status check_time_format(const std::string& format);

/// Finds the formats that read every value of a column. Of several ("03/04/2015" alone may be March or April) the one
/// under which the column runs backwards least is the better one, then the more usual one: month first before slashes,
/// day first before dots and dashes.
class TimeFormatScan {
 public:
  /// The next value in file order. After the first values that nothing reads it costs nothing.
  void add(std::string_view text);
  bool none() const { return begun_ && left_.empty(); }

  struct Found {
    std::string format;
    std::string also;  ///< another format that reads every value as other days and runs backwards no more often
    bool has_clock = false;
    bool decreases = false;
  };
  std::optional<Found> found() const;

 private:
  struct Candidate {
    std::size_t format = 0;  ///< in the table of known formats
    std::size_t decreases = 0;
    std::optional<TimePoint> last;
    std::uint64_t days = 0;  ///< a digest of all that it has read
  };
  std::vector<Candidate> left_;
  bool begun_ = false;
};

}  // namespace perennial::data
