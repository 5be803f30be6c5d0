#include "app/demo/fleet_simulator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace perennial::app {
namespace {

constexpr double life_mean_cycles = 190;
constexpr double life_sd_cycles = 20;
constexpr double shortest_life_cycles = 120;
constexpr double longest_life_cycles = 280;
constexpr double faster_wear = 0.1;    // per unit of shift
constexpr double hotter_degrees = 14;  // per unit of shift
constexpr std::uint64_t hours_per_day = 24;

/// How one sensor answers: level + altitude + throttle + ambient + wear + shift + noise.
struct Sensor {
  const char* name;
  double level, altitude, throttle, ambient, wear, shift, noise;
};

constexpr std::array<Sensor, 8> sensors{{
    {"s1", 518.0, -6.0, 0.0, 1.00, 0.0, 0.0, 0.6},      // inlet temperature
    {"s2", 642.0, -2.0, 3.0, 0.10, 4.2, 0.7, 0.6},      // low-pressure compressor outlet temperature
    {"s3", 1585.0, -8.0, 22.0, 0.25, 34.0, 5.5, 5.0},   // high-pressure compressor outlet temperature
    {"s4", 1402.0, -10.0, 30.0, 0.30, 48.0, 8.0, 6.5},  // turbine outlet temperature
    {"s5", 554.0, -14.0, 6.0, 0.00, -6.5, -1.1, 0.9},   // compressor outlet pressure
    {"s6", 9050.0, 0.0, 90.0, 0.00, 75.0, 10.0, 12.0},  // core speed
    {"s7", 522.0, -5.0, 4.0, 0.00, -5.6, -0.9, 0.85},   // fuel flow per pressure
    {"s8", 8.40, 0.05, 0.10, 0.002, 0.46, 0.05, 0.07},  // bypass ratio
}};

/// Sensors see little of early wear and much of the last third of a life. A polynomial, so that no library's pow
/// decides about a bit.
double visible(double wear) { return 0.25 * wear + 0.75 * wear * wear * wear; }

/// -1 at midnight, 1 at noon, straight lines between.
double time_of_day(std::uint64_t step) {
  const double hour = static_cast<double>(step % hours_per_day);
  return 1 - std::abs(hour - 12) / 6;
}

}  // namespace

FleetSimulator::FleetSimulator(FleetSimulatorOptions options) : options_(options), rng_(options.seed) {
  options_.engines = std::max<std::size_t>(options_.engines, 1);
  for (std::size_t i = 0; i < options_.engines; ++i) {
    Engine engine = new_engine();
    // A fleet of all ages: somewhere in its life, as a renewal process in balance would have it.
    engine.cycle = rng_.below(static_cast<std::uint64_t>(1 / engine.rate));
    engine.wear = static_cast<double>(engine.cycle) * engine.rate;
    engines_.push_back(std::move(engine));
  }
}

std::vector<std::string> FleetSimulator::feature_names() {
  std::vector<std::string> names{"setting1", "setting2"};
  for (const auto& sensor : sensors) names.emplace_back(sensor.name);
  return names;
}

std::string FleetSimulator::health_of(double rul) {
  return rul <= critical_rul ? "critical" : rul <= degrading_rul ? "degrading" : "healthy";
}

FleetSimulator::Engine FleetSimulator::new_engine() {
  const double life =
      std::clamp(life_mean_cycles + life_sd_cycles * rng_.normal(), shortest_life_cycles, longest_life_cycles);
  Engine engine;
  engine.name = fmt::format("unit-{:03}", next_number_++);
  engine.rate = 1 / life;
  engine.gain = std::clamp(1 + 0.02 * rng_.normal(), 0.9, 1.1);
  return engine;
}

double FleetSimulator::wear_per_cycle(const Engine& engine) const {
  return engine.rate * (1 + faster_wear * strength_);
}

void FleetSimulator::add_row(FleetRows& rows, Engine& engine) {
  ++engine.cycle;
  engine.wear = std::min(engine.wear + wear_per_cycle(engine), 1.0);

  const double altitude = rng_.uniform();
  const double throttle = 0.3 + 0.7 * rng_.uniform();
  const double ambient = 15 + 5 * time_of_day(step_) + 2 * rng_.normal() + hotter_degrees * strength_;
  std::size_t column = 0;
  const auto put = [&](double value) { rows.table.columns[column++].numbers.push_back(value); };
  put(altitude);
  put(throttle);
  for (const auto& sensor : sensors)
    put(sensor.level + sensor.altitude * altitude + sensor.throttle * throttle + sensor.ambient * ambient +
        sensor.wear * engine.gain * visible(engine.wear) + sensor.shift * strength_ + sensor.noise * rng_.normal());

  const double left = std::max(0.0, std::ceil((1 - engine.wear) / wear_per_cycle(engine) - 1e-9));
  rows.table.times.push_back(options_.start + std::chrono::hours(step_));
  rows.table.entities.push_back(engine.name);
  ++rows.table.rows;
  rows.cycle.push_back(static_cast<double>(engine.cycle));
  rows.rul.push_back(std::min(left, rul_cap));
  rows.health.push_back(health_of(rows.rul.back()));
  if (left <= 0) engine = new_engine();
}

FleetRows FleetSimulator::next_rows(std::size_t n) {
  FleetRows rows;
  for (auto& name : feature_names()) {
    rows.table.columns.push_back(Column{std::move(name), ColumnKind::numeric, {}, {}, nullptr});
    rows.table.columns.back().numbers.reserve(n);
  }
  rows.table.times.reserve(n);
  rows.table.entities.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    add_row(rows, engines_[next_engine_]);
    if (++next_engine_ == engines_.size()) {
      next_engine_ = 0;
      ++step_;
    }
  }
  return rows;
}

}  // namespace perennial::app
