#pragma once
// A value in standard deviations from a mean, where one row cannot decide alone: at most `clip` of them to either side.
// Where the values did not vary, any other value lies `clip` away. Infinities are such values, too.

#include <algorithm>

namespace perennial::drift {

inline double standardised(double value, double mean, double deviation, double clip) {
  if (deviation > 0) return std::clamp((value - mean) / deviation, -clip, clip);
  return value > mean ? clip : value < mean ? -clip : 0;
}

}  // namespace perennial::drift
