// Answers bench/peers/drift.py: per line "reference-file current-file" of raw doubles on stdin, one line of JSON with
// what the detectors say and the processor seconds that each takes. One thread; the reference is prepared once per
// line, and that is timed by itself.

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "drift/detector.hpp"

namespace perennial::bench {
namespace {

std::vector<double> read_doubles(const std::string& file) {
  std::vector<double> values(std::filesystem::file_size(file) / sizeof(double));
  std::ifstream in(file, std::ios::binary);
  in.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(double)));
  return values;
}

double cpu_s() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void compare(const std::string& before, const std::string& now) {
  constexpr int runs = 5;  // the median: a shared machine disturbs some
  const auto reference_values = read_doubles(before);
  const auto current_values = read_doubles(now);
  const ColumnView current{"x", ColumnKind::numeric, current_values, {}, nullptr};
  Json answer;
  const double started = cpu_s();
  const auto reference = drift::ColumnReference::prepare({"x", ColumnKind::numeric, reference_values, {}, nullptr});
  answer["prepare_s"] = cpu_s() - started;
  for (const std::string test : {"ks", "psi", "wasserstein", "jensen_shannon"}) {
    const auto* detector = drift::detectors().find(test).value();
    std::vector<double> seconds;
    drift::Outcome outcome;
    for (int run = 0; run < runs; ++run) {
      const double begun = cpu_s();
      outcome = detector->test(reference, current, 0.01);
      seconds.push_back(cpu_s() - begun);
    }
    std::ranges::sort(seconds);
    answer[test] = {{"s", seconds[runs / 2]}, {"statistic", outcome.statistic}, {"p_value", outcome.p_value}};
  }
  std::cout << answer.dump() << std::endl;
}

}  // namespace
}  // namespace perennial::bench

int main() {
  std::string before;
  std::string now;
  while (std::cin >> before >> now) perennial::bench::compare(before, now);
}
