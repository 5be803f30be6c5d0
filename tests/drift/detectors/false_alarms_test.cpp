// Which stream detector cries wolf? Alarms per 10 000 rows of streams in which nothing changes, with default
// parameters. The table is printed, and stands in docs/performance.md; those that promise something are held to it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "core/rng.hpp"
#include "drift/stream.hpp"

namespace perennial::drift {
namespace {

constexpr int streams = 50;
constexpr int rows = 10000;

struct Kind {
  std::string name;
  bool errors;  ///< 0 or 1: the only values that some detectors are for
  std::function<double(Rng&)> draw;
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"errors 1 %", true, [](Rng& rng) { return rng.uniform() < 0.01 ? 1.0 : 0.0; }},
      {"errors 5 %", true, [](Rng& rng) { return rng.uniform() < 0.05 ? 1.0 : 0.0; }},
      {"errors 20 %", true, [](Rng& rng) { return rng.uniform() < 0.2 ? 1.0 : 0.0; }},
      {"normal", false, [](Rng& rng) { return rng.normal(); }},
      {"squared normal", false,
       [](Rng& rng) {
         const double value = rng.normal();
         return value * value;
       }},
  };
  return all;
}

bool for_errors_alone(const std::string& name) { return name == "ddm" || name == "eddm" || name.starts_with("hddm"); }

double alarms_per_stream(const std::string& name, const Kind& kind) {
  int alarms = 0;
  std::vector<double> values(rows);
  std::vector<Zone> zones(rows);
  for (int stream = 0; stream < streams; ++stream) {
    Rng rng = Rng(static_cast<std::uint64_t>(stream)).fork(kind.name);
    for (double& value : values) value = kind.draw(rng);
    auto detector = make_stream_detector(name);
    (*detector)->update(values, zones);
    alarms += static_cast<int>(std::ranges::count(zones, Zone::drift));
  }
  return static_cast<double>(alarms) / streams;
}

/// At most so many alarms per 10 000 rows of any of the kinds.
double promised(const std::string& name) {
  if (name == "none") return 0;
  if (name == "self_starting_cusum" || name == "adwin") return 0.05;
  if (name == "hddm_a") return 1;
  if (name == "cusum") return 0.2;
  return 1e9;
}

TEST(FalseAlarms, are_as_few_as_promised) {
  std::string table = fmt::format("{:<22}", "alarms / 10 000 rows");
  for (const auto& kind : kinds()) table += fmt::format("{:>16}", kind.name);
  for (const auto& member : stream_detectors().members()) {
    const std::string& name = member.entry.name;
    table += fmt::format("\n{:<22}", name);
    for (const auto& kind : kinds()) {
      if (!kind.errors && for_errors_alone(name)) {
        table += fmt::format("{:>16}", "-");
        continue;
      }
      const double alarms = alarms_per_stream(name, kind);
      table += fmt::format("{:>16.2f}", alarms);
      EXPECT_LE(alarms, promised(name)) << name << ", " << kind.name;
    }
  }
  fmt::print("{}\n", table);
}

}  // namespace
}  // namespace perennial::drift
