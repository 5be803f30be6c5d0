#pragma once
// What a command prints: results to stdout, everything else to stderr.

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace perennial::app {

/// Exit code of an error: 2 for usage and config, 1 for all others.
int exit_code(const Error& error);

/// "perennial: <one sentence>" on stderr.
void print_error(const Error& error);
/// A line of progress or a note on stderr.
void say(const std::string& line);
/// A line of the result on stdout.
void print(const std::string& line);

/// Columns padded to their widest cell; the first row is the header.
std::string table(const std::vector<std::vector<std::string>>& rows);

/// Progress of long work: a bar on a terminal, a line every few seconds elsewhere; nothing in the first second.
class Progress {
 public:
  Progress(std::string what, std::uint64_t total);
  ~Progress();
  void at(std::uint64_t done, const std::string& note = {});

 private:
  std::string what_;
  std::uint64_t total_;
  std::int64_t started_ms_;
  std::int64_t shown_ms_ = 0;
  bool terminal_;
  bool shown_ = false;
};

}  // namespace perennial::app
