#include "drift/alarm.hpp"

#include <gtest/gtest.h>

namespace perennial::drift {
namespace {

TEST(Alarm, changes_after_enough_evaluations_in_a_row) {
  struct Row {
    std::string why;
    std::string verdicts;  // f(ail), p(ass), i(nvalid)
    std::uint64_t hold;
    std::string raised;  // after each
  };
  const std::vector<Row> rows{
      {"no hysteresis", "pfpf", 1, "0101"},
      {"hold 0 is hold 1", "fp", 0, "10"},
      {"three in a row", "ffpfffp", 3, "0000011"},
      {"and three in a row to end it", "ffffpppf", 3, "00111100"},
      {"no evidence neither breaks nor continues a run", "fififii", 3, "0000111"},
  };
  for (const auto& row : rows) {
    Alarm alarm;
    std::string raised;
    for (const char verdict : row.verdicts) {
      alarm = next(alarm, verdict == 'f' ? Verdict::fail : verdict == 'p' ? Verdict::pass : Verdict::invalid, row.hold);
      raised += alarm.raised ? '1' : '0';
    }
    EXPECT_EQ(raised, row.raised) << row.why;
  }
}

}  // namespace
}  // namespace perennial::drift
