#include "drift/alarm.hpp"

#include <algorithm>

namespace perennial::drift {

Alarm next(Alarm alarm, Verdict verdict, std::uint64_t hold) {
  if (verdict != Verdict::pass && verdict != Verdict::fail) return alarm;
  const bool says_raised = verdict == Verdict::fail;
  if (says_raised == alarm.raised) return {alarm.raised, 0};
  if (alarm.against + 1 >= std::max<std::uint64_t>(hold, 1)) return {says_raised, 0};
  return {alarm.raised, alarm.against + 1};
}

}  // namespace perennial::drift
