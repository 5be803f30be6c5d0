#include "app/output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace perennial::app {
namespace {

// Only for showing progress; no decision reads it.
std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Width on screen, as far as UTF-8 tells.
std::size_t width_of(const std::string& text) {
  std::size_t width = 0;
  for (const char c : text)
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) ++width;
  return width;
}

}  // namespace

int exit_code(const Error& error) { return error.code == ErrorCode::usage || error.code == ErrorCode::config ? 2 : 1; }

void print_error(const Error& error) { fmt::print(stderr, "perennial: {}\n", error.message()); }
// A reader that has gone is no reason to stop serving.
void say(const std::string& line) { (void)std::fputs((line + "\n").c_str(), stderr); }
void print(const std::string& line) { fmt::print("{}\n", line); }

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (widths.size() <= c) widths.push_back(0);
      widths[c] = std::max(widths[c], width_of(row[c]));
    }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      line += row[c];
      if (c + 1 < row.size()) line.append(widths[c] - width_of(row[c]) + 2, ' ');
    }
    text += line + "\n";
  }
  if (!text.empty()) text.pop_back();
  return text;
}

Progress::Progress(std::string what, std::uint64_t total)
    : what_(std::move(what)), total_(total), started_ms_(now_ms()), terminal_(isatty(STDERR_FILENO) == 1) {}

void Progress::at(std::uint64_t done, const std::string& note) {
  const std::int64_t now = now_ms();
  const std::int64_t interval = terminal_ ? 100 : 5000;
  if (now - started_ms_ < 1000 || now - shown_ms_ < interval) return;
  shown_ms_ = now;
  shown_ = true;
  const double share = total_ == 0 ? 1 : static_cast<double>(done) / static_cast<double>(total_);
  const double rate = 1000.0 * static_cast<double>(done) / static_cast<double>(now - started_ms_);
  if (terminal_) {
    const auto filled = static_cast<std::size_t>(share * 30);
    fmt::print(stderr, "\r\033[K{} [{}{}] {:3.0f} %  {:.0f} rows/s  {}", what_, std::string(filled, '#'),
               std::string(30 - filled, '.'), 100 * share, rate, note);
    std::fflush(stderr);
  } else {
    fmt::print(stderr, "{}: {} of {} rows ({:.0f} %), {:.0f} rows/s {}\n", what_, done, total_, 100 * share, rate,
               note);
  }
}

Progress::~Progress() {
  if (shown_ && terminal_) fmt::print(stderr, "\r\033[K");
}

}  // namespace perennial::app
