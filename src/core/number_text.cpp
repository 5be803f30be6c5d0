#include "core/number_text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace perennial {

std::string number_text(double value) {
  if (std::isnan(value)) return {};
  if (value == 0) return "0";
  if (std::fabs(value) < 1e15 && value == std::trunc(value)) return fmt::format("{:.0f}", value);
  return fmt::format("{}", value);
}

}  // namespace perennial
