#pragma once
// A fleet of turbofan engines that wear out, for the demo: sensor rows with the truth about them.
//
// Each engine starts fresh (or, at the start of the fleet, somewhere in its life), wears at its own speed and is
// replaced by a new one when it fails. A hidden wear in [0, 1] moves the sensors; setting1 (altitude) and setting2
// (throttle) and the sensors' noise hide it. Made up for this project; loosely after the degradation shape of Saxena
// et al., "Damage propagation modeling for aircraft engine run-to-failure simulation", PHM 2008.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/rng.hpp"
#include "core/table.hpp"

namespace perennial::app {

struct FleetSimulatorOptions {
  std::size_t engines = 100;  ///< flying at any time; > 0
  std::uint64_t seed = 42;
  TimePoint start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}};  ///< time of the first fleet step
};

/// Rows with what was not known when they were measured.
struct FleetRows {
  Table table;                      ///< the columns of FleetSimulator::feature_names(), with times and entities
  std::vector<double> cycle;        ///< flights of the engine so far, this one counted
  std::vector<double> rul;          ///< cycles left if the environment stays as it is, at most FleetSimulator::rul_cap
  std::vector<std::string> health;  ///< "critical" (rul <= 30), "degrading" (rul <= 80), else "healthy"
};

/// Deterministic: the same options and the same calls give the same rows on every machine. Not thread-safe.
class FleetSimulator {
 public:
  static constexpr double rul_cap = 125;
  static constexpr double critical_rul = 30;
  static constexpr double degrading_rul = 80;

  explicit FleetSimulator(FleetSimulatorOptions options = {});

  /// The next n rows in fleet time order: one row per engine and step, steps one hour apart. A call may end within a
  /// step; the next one goes on there. Entities are "unit-001", …; a replaced engine gets the next number.
  FleetRows next_rows(std::size_t n);
  /// What a model is asked with, all numeric: setting1 (altitude), setting2 (throttle), s1 … s8.
  static std::vector<std::string> feature_names();
  static std::string health_of(double rul);

  /// The environment from the next row on: 0 = as at the start, 1 = hot and dusty (sensors read differently, engines
  /// wear a tenth faster). May be called again; engines in flight keep the life that they have used up.
  void shift(double strength) { strength_ = strength; }
  double strength() const { return strength_; }

 private:
  struct Engine {
    std::string name;
    double wear = 0;  ///< 0 new … 1 failed
    double rate = 0;  ///< wear per cycle in the mild environment
    double gain = 1;  ///< how strongly this engine's sensors show its wear
    std::uint64_t cycle = 0;
  };
  Engine new_engine();
  void add_row(FleetRows& rows, Engine& engine);
  /// Wear per cycle in the environment as it is now.
  double wear_per_cycle(const Engine& engine) const;

  FleetSimulatorOptions options_;
  Rng rng_;
  double strength_ = 0;
  std::vector<Engine> engines_;
  std::size_t next_engine_ = 0;    ///< whose row comes next
  std::uint64_t next_number_ = 1;  ///< of the next new engine
  std::uint64_t step_ = 0;         ///< fleet steps done
};

}  // namespace perennial::app
