#pragma once
// Parts of sentences that reports are made of.

#include <fmt/format.h>

#include <cmath>
#include <string>

namespace perennial::app {

/// "12 %" of 0.12; below one per cent with two digits.
inline std::string percent(double share) {
  const double value = 100 * share;
  return value != 0 && std::abs(value) < 1 ? fmt::format("{:.2g} %", value) : fmt::format("{:.0f} %", value);
}

/// ": reason", or nothing.
inline std::string because(const std::string& reason) { return reason.empty() ? std::string{} : ": " + reason; }

}  // namespace perennial::app
