#include "scenario/population.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "core/catalog.hpp"

namespace perennial::scenario {
namespace {

constexpr std::uint64_t customers = 400;

/// Concepts are the same weights, turned further and further.
double weight(std::size_t column, std::uint64_t number) {
  return 1.5 * std::cos(1.1 * static_cast<double>(column) + 1.9 * static_cast<double>(number - 1));
}

}  // namespace

Population::Population(Task task, std::vector<std::string> columns, bool with_entities, std::uint64_t seed)
    : task_(task),
      columns_(std::move(columns)),
      with_entities_(with_entities),
      rng_(seed),
      fault_rng_(seed + 1),
      shifts_(columns_.size(), 0),
      factors_(columns_.size(), 1),
      lost_(columns_.size(), 0) {}

Population::Rows Population::next(std::size_t count, TimePoint after, Duration every) {
  Rows rows;
  for (const auto& name : columns_) rows.request.columns.push_back(Column{name, ColumnKind::numeric, {}, {}, nullptr});
  rows.truth.resize(1);
  rows.request.rows = count;
  for (std::size_t row = 0; row < count; ++row) {
    after += every;
    rows.request.times.push_back(after);
    if (with_entities_) rows.request.entities.push_back(fmt::format("c-{:03}", rng_.below(customers)));
    double sum = 0;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const double value = rng_.normal() + shifts_[c];
      const bool lost = lost_[c] > 0 && fault_rng_.uniform() < lost_[c];
      rows.request.columns[c].numbers.push_back(lost ? std::numeric_limits<double>::quiet_NaN() : factors_[c] * value);
      sum += weight(c, concept_) * value;
    }
    const double noise = rng_.normal();
    const double coin = rng_.uniform();
    if (task_ == Task::regression) rows.truth[0].push_back(sum + 2 * noise_ * noise);
    else if (coin < noise_) rows.truth[0].push_back(noise > 0 ? 1 : 0);
    else rows.truth[0].push_back(sum > 0 ? 1 : 0);
  }
  return rows;
}

Status Population::shift(const std::string& column, double by_sd) {
  std::vector<std::size_t> meant;
  TRY(find(column, meant));
  for (const std::size_t c : meant) shifts_[c] += by_sd;
  return {};
}

Status Population::find(const std::string& column, std::vector<std::size_t>& found) const {
  for (std::size_t c = 0; c < columns_.size(); ++c)
    if (column == "all" || columns_[c] == column) found.push_back(c);
  if (found.empty()) return unknown_name("feature", column, columns_, {}, ErrorCode::usage);
  return {};
}

Status Population::scale(const std::string& column, double factor) {
  std::vector<std::size_t> meant;
  TRY(find(column, meant));
  for (const std::size_t c : meant) factors_[c] = factor;
  return {};
}

Status Population::drop(const std::string& column, double share) {
  std::vector<std::size_t> meant;
  TRY(find(column, meant));
  for (const std::size_t c : meant) lost_[c] = share;
  return {};
}

void Population::mend() {
  factors_.assign(factors_.size(), 1);
  lost_.assign(lost_.size(), 0);
}

void Population::settle() { shifts_.assign(shifts_.size(), 0); }

}  // namespace perennial::scenario
