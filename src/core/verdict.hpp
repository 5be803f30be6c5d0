#pragma once
// What a gate, a judge or a monitor may say. Missing evidence is `invalid` or `inconclusive`, never `pass`.

#include <string_view>

namespace perennial {

enum class Verdict {
  pass,          ///< the evidence shows that the condition holds
  fail,          ///< the evidence shows that it does not
  inconclusive,  ///< there is evidence, but not enough to say
  invalid,       ///< the evidence cannot be used (missing, mismatched, not finite)
};

inline std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass: return "pass";
    case Verdict::fail: return "fail";
    case Verdict::inconclusive: return "inconclusive";
    case Verdict::invalid: return "invalid";
  }
  return "invalid";
}

}  // namespace perennial
