#include "data/cell.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>

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

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "1,234,567.8" without its commas; empty where they do not set off thousands.
std::string without_thousands(std::string_view text) {
  std::string plain;
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::size_t first = std::min(text.find(','), point);
  if (first == 0 || first > 3 || text[0] == '0') return {};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool comma = i < point && i >= first && (i - first) % 4 == 0;
    if (comma ? text[i] != ',' : i != point && !is_digit(text[i])) return {};
    if (!comma) plain += text[i];
  }
  return (point - first) % 4 == 0 ? plain : std::string();
}

/// A number as spreadsheets show it.
std::optional<double> shown_number(std::string_view text) {
  constexpr std::array<std::string_view, 4> currencies = {"$", "€", "£", "¥"};
  if (!is_digit(text.back()) && text.back() != '%') return std::nullopt;
  bool decorated = text.back() == '%';
  if (decorated) text.remove_suffix(1);
  bool negative = false;
  for (int i = 0; i < 2 && !text.empty(); ++i) {  // "-$5" and "$-5"
    if (text.front() == '-' && !negative) {
      negative = true;
      text.remove_prefix(1);
    }
    for (const auto sign : currencies)
      if (text.starts_with(sign)) {
        decorated = true;
        text.remove_prefix(sign.size());
        break;
      }
  }
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const bool grouped = text.find(',') != std::string_view::npos;
  if (!grouped && !decorated) return std::nullopt;
  const std::string plain = grouped ? without_thousands(text) : std::string(text);
  double value = 0;
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  if (plain.empty() || error != std::errc{} || end != plain.data() + plain.size() || !std::isfinite(value))
    return std::nullopt;
  return negative ? -value : value;
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
  if (const auto number = shown_number(text)) return {CellKind::number, *number};
  return {means_missing(text) ? CellKind::missing : CellKind::text, nan};
}

}  // namespace perennial::data
