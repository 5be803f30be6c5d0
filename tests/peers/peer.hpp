#pragma once
// Asks the field's own code, in the Python of build/peers (scripts/peers.sh), for the answers to our cases.

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/json.hpp"

namespace perennial::peers {

/// Writes `cases` to a file, runs tests/peers/<script> with the file's path as its argument, and returns the JSON that
/// it prints. Doubles pass without loss in both directions; NaN and infinities are null. A missing Python is a failure,
/// never a skip.
inline Json ask(const std::string& script, const Json& cases) {
  const std::filesystem::path root = PERENNIAL_SOURCE_DIR;
  const auto python = root / "build/peers/bin/python3";
  if (!std::filesystem::exists(python)) {
    ADD_FAILURE() << "build/peers is not there: run scripts/peers.sh";
    return {};
  }
  const auto input =
      std::filesystem::temp_directory_path() / ("perennial-peer-" + std::to_string(::getpid()) + "-" + script);
  std::ofstream(input) << cases.dump();
  const std::string command = "OMP_NUM_THREADS=1 '" + python.string() + "' '" +
                              (root / "tests/peers" / script).string() + "' '" + input.string() + "'";
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) {
    ADD_FAILURE() << "cannot run " << command;
    return {};
  }
  std::array<char, 65536> bytes{};
  for (std::size_t n = 0; (n = std::fread(bytes.data(), 1, bytes.size(), pipe)) > 0;) text.append(bytes.data(), n);
  const int status = ::pclose(pipe);
  std::filesystem::remove(input);
  if (status != 0) {
    ADD_FAILURE() << script << " ended with status " << status << ": " << text.substr(0, 2000);
    return {};
  }
  return Json::parse(text);
}

}  // namespace perennial::peers
