#include "data/cell.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

namespace perennial::data {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool means_missing(std::string_view text) {
  constexpr std::array<std::string_view, 9> words = {"NA", "N/A", "NaN", "nan", "NAN", "null", "NULL", "None", "?"};
  for (const auto word : words)
    if (text == word) return true;
  return text.empty();
}

}  // namespace

Cell read_cell(std::string_view text) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  if (text.empty()) return {CellKind::missing, nan};
  std::string_view digits = text;
  if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-') digits.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end == digits.data() + digits.size() && std::isfinite(value)) {
    if (error == std::errc{}) return {CellKind::number, value};
    // Out of range: underflow is as good as zero, overflow is no finite number. Only strtod tells the two apart.
    if (error == std::errc::result_out_of_range && std::fabs(std::strtod(std::string(digits).c_str(), nullptr)) < 1)
      return {CellKind::number, 0.0};
  }
  return {means_missing(text) ? CellKind::missing : CellKind::text, nan};
}

std::string number_text(double value) {
  if (std::isnan(value)) return {};
  if (value == 0) return "0";
  if (std::fabs(value) < 1e15 && value == std::trunc(value)) return fmt::format("{:.0f}", value);
  return fmt::format("{}", value);
}

}  // namespace perennial::data
