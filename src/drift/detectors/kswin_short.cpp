#include "drift/detectors/kswin_short.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

namespace perennial::drift {

ShortKswin::ShortKswin(const Settings& settings, std::unique_ptr<SampleIndices> indices, bool wide)
    : settings_(settings),
      window_(settings.window_size, settings.stat_size, wide),
      indices_(std::move(indices)),
      draws_(settings.seed, settings.window_size - settings.stat_size, settings.stat_size, wide) {}

ShortKswin::ShortKswin(const ShortKswin& other)
    : settings_(other.settings_),
      window_(other.window_),
      indices_(other.indices_ != nullptr ? other.indices_->clone() : nullptr),
      draws_(other.draws_),
      given_(other.given_),
      filled_(other.filled_),
      zone_(other.zone_) {}

Zone ShortKswin::update(double value) {
  Zone zone = zone_;
  update(std::span(&value, 1), std::span(&zone, 1));
  return zone;
}

void ShortKswin::update(std::span<const double> values, std::span<Zone> zones) {
  assert(zones.size() >= values.size());
  while (!values.empty()) {
    if (std::isnan(values[0])) [[unlikely]] {
      zones[0] = zone_;
      values = values.subspan(1);
      zones = zones.subspan(1);
      continue;
    }
    if (zone_ == Zone::drift) [[unlikely]]
      reset();
    KswinWindow::Taken taken;
    if (filled_ + 1 < settings_.window_size) {
      taken = window_.take(values.first(std::min(values.size(), settings_.window_size - 1 - filled_)), {},
                           settings_.limits);
      filled_ += taken.count;
    } else {
      const auto drawn = ahead();
      const std::size_t count = std::min(values.size(), drawn.size());
      taken = window_.take(values.first(count), drawn.first(count), settings_.limits);
      if (indices_ == nullptr) draws_.use(taken.count);
    }
    std::fill_n(zones.begin(), taken.count - 1, Zone::stable);
    zones[taken.count - 1] = zone_ = taken.zone;
    values = values.subspan(taken.count);
    zones = zones.subspan(taken.count);
  }
}

std::span<const AgeSet> ShortKswin::ahead() {
  if (indices_ == nullptr) [[likely]]
    return draws_.ahead();
  std::array<std::uint16_t, KswinWindow::most_values / 2> chosen;
  const auto indices = std::span(chosen).first(settings_.stat_size);
  indices_->draw(settings_.window_size - settings_.stat_size, indices);
  given_ = {};
  for (const auto index : indices) given_.insert(index);
  return std::span(&given_, 1);
}

void ShortKswin::reset() {
  window_.clear();
  if (indices_ != nullptr) indices_->restart();
  draws_.restart();
  filled_ = 0;
  zone_ = Zone::stable;
}

std::size_t ShortKswin::bytes() const {
  // Of indices that are given nothing is known but how many they choose among.
  return sizeof(*this) +
         (indices_ != nullptr ? sizeof(SeededIndices) + settings_.window_size * sizeof(std::uint16_t) : 0);
}

}  // namespace perennial::drift
