// wide_rows ROWS FILE: a CSV of 30 numeric columns and a binary target whose rule turns slowly. The same file on every
// machine: no clock, no seed from outside.

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <numbers>
#include <string>

#include "core/rng.hpp"

namespace {

constexpr std::size_t columns = 30;
constexpr std::size_t informative = 8;
constexpr double turn_rows = 2e6;  // rows for a half turn of the rule: mild, but no version stays right for ever
constexpr std::size_t buffer_bytes = 1u << 20;

void add(std::string& text, double value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed, 3).ptr;
  text.append(digits.data(), end);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: wide_rows ROWS FILE\n", stderr);
    return 2;
  }
  const std::uint64_t rows = std::strtoull(argv[1], nullptr, 10);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(argv[2], "wb"), std::fclose);
  if (!file) {
    std::perror(argv[2]);
    return 1;
  }
  perennial::Rng rng(20261121);
  std::string text;
  for (std::size_t c = 0; c < columns; ++c) text += "x" + std::to_string(c) + ",";
  text += "y\n";
  std::array<double, columns> x{};
  for (std::uint64_t row = 0; row < rows; ++row) {
    const double angle = std::numbers::pi * static_cast<double>(row) / turn_rows;
    double margin = 0;
    for (std::size_t c = 0; c < columns; ++c) {
      x[c] = rng.normal();
      if (c < informative) margin += x[c] * std::cos(angle + static_cast<double>(c));
      add(text, x[c]);
      text += ',';
    }
    margin += 0.5 * x[8] * x[9];
    text += rng.uniform() < 1 / (1 + std::exp(-2 * margin)) ? "1\n" : "0\n";
    if (text.size() > buffer_bytes || row + 1 == rows) {
      if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size()) {
        std::perror(argv[2]);
        return 1;
      }
      text.clear();
    }
  }
  return 0;
}
