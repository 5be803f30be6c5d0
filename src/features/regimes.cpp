#include "features/regimes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "features/deriver.hpp"

namespace perennial::features {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Sums with the first value as the shift: exact zeros for columns that do not vary.
struct Sums {
  double count = 0, shift = 0, sum = 0, squares = 0;
  void add(double value) {
    if (!std::isfinite(value)) return;
    if (count == 0) shift = value;
    const double y = value - shift;
    count += 1;
    sum += y;
    squares += y * y;
  }
};

Regimes::Moments moments_of(const std::vector<Sums>& sums, std::uint64_t rows) {
  Regimes::Moments moments{rows, {}, {}};
  for (const auto& s : sums) {
    moments.means.push_back(s.count > 0 ? s.shift + s.sum / s.count : nan);
    const double variance = s.count > 0 ? std::max(0.0, (s.squares - s.sum * s.sum / s.count) / s.count) : 0;
    moments.deviations.push_back(std::sqrt(variance));
  }
  return moments;
}

Json moments_to_json(const Regimes::Moments& moments) {
  return {{"rows", moments.rows}, {"means", moments.means}, {"deviations", moments.deviations}};
}

Regimes::Moments moments_from_json(const Json& value) {
  const auto numbers = [&](const char* name) {
    std::vector<double> list;
    for (const auto& item : value.at(name)) list.push_back(item.is_null() ? nan : item.get<double>());
    return list;
  };
  return {value.at("rows").get<std::uint64_t>(), numbers("means"), numbers("deviations")};
}

}  // namespace

Regimes::Regimes(std::vector<std::string> columns, std::vector<Normalise::By> by)
    : columns_(std::move(columns)), by_(std::move(by)) {}

bool Regimes::key_of(std::span<const double> by_values, Key& key) const {
  key.clear();
  for (std::size_t i = 0; i < by_.size(); ++i) {
    const double multiple = std::round(by_values[i] / by_[i].resolution);
    if (!(std::fabs(multiple) < 1e15)) return false;
    key.push_back(static_cast<std::int64_t>(multiple));
  }
  return true;
}

void Regimes::fit(const Table& rows) {
  std::vector<const Column*> columns, by;
  for (const auto& name : columns_) columns.push_back(rows.find(name));
  for (const auto& b : by_) by.push_back(rows.find(b.column));

  // First how frequent each regime is, so that memory is bounded by the regimes that are kept.
  std::map<Key, std::uint64_t> counts;
  std::vector<double> by_values(by.size());
  Key key;
  const auto regime_of = [&](std::size_t row) {
    for (std::size_t i = 0; i < by.size(); ++i) by_values[i] = by[i]->numbers[row];
    return key_of(by_values, key);
  };
  for (std::size_t row = 0; row < rows.rows; ++row)
    if (regime_of(row)) ++counts[key];
  std::vector<std::pair<Key, std::uint64_t>> ranked(counts.begin(), counts.end());
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  if (ranked.size() > normalise_regimes) ranked.resize(normalise_regimes);

  std::map<Key, std::vector<Sums>> sums;
  for (const auto& [k, count] : ranked) sums.emplace(k, std::vector<Sums>(columns.size()));
  std::vector<Sums> overall(columns.size());
  for (std::size_t row = 0; row < rows.rows; ++row) {
    const bool has_key = regime_of(row);
    const auto found = has_key ? sums.find(key) : sums.end();
    for (std::size_t c = 0; c < columns.size(); ++c) {
      overall[c].add(columns[c]->numbers[row]);
      if (found != sums.end()) found->second[c].add(columns[c]->numbers[row]);
    }
  }
  overall_ = moments_of(overall, rows.rows);
  regimes_.clear();
  for (const auto& [k, count] : ranked) regimes_.emplace(k, moments_of(sums.at(k), count));
  fitted_ = true;
}

void Regimes::score(std::span<const double> values, std::span<const double> by_values,
                    std::span<double> results) const {
  thread_local Key key;
  const Moments* moments = &overall_;
  if (key_of(by_values, key))
    if (const auto found = regimes_.find(key); found != regimes_.end()) moments = &found->second;
  for (std::size_t c = 0; c < values.size(); ++c) {
    const double deviation = moments->deviations[c];
    const double difference = values[c] - moments->means[c];
    results[c] = std::isnan(difference) ? nan : deviation > 0 ? difference / deviation : 0.0;
    if (!std::isfinite(results[c])) results[c] = nan;
  }
}

Json Regimes::to_json() const {
  Json by = Json::array();
  for (const auto& b : by_) by.push_back({{"column", b.column}, {"resolution", b.resolution}});
  Json regimes = Json::array();
  for (const auto& [key, moments] : regimes_) {
    Json item = moments_to_json(moments);
    item["key"] = key;
    regimes.push_back(std::move(item));
  }
  return {{"columns", columns_}, {"by", by}, {"overall", moments_to_json(overall_)}, {"regimes", regimes}};
}

Status Regimes::from_json(const Json& value) {
  const auto foreign = [] {
    return fail(ErrorCode::corrupt, "the frozen statistics of normalise belong to another config");
  };
  try {
    if (value.at("columns").get<std::vector<std::string>>() != columns_ || value.at("by").size() != by_.size())
      return foreign();
    for (std::size_t i = 0; i < by_.size(); ++i)
      if (value.at("by")[i].at("column").get<std::string>() != by_[i].column ||
          value.at("by")[i].at("resolution").get<double>() != by_[i].resolution)
        return foreign();
    Moments overall = moments_from_json(value.at("overall"));
    std::map<Key, Moments> regimes;
    for (const auto& item : value.at("regimes")) regimes.emplace(item.at("key").get<Key>(), moments_from_json(item));
    const auto fits = [&](const Moments& m) {
      return m.means.size() == columns_.size() && m.deviations.size() == columns_.size();
    };
    if (!fits(overall) || !std::all_of(regimes.begin(), regimes.end(), [&](const auto& r) { return fits(r.second); }))
      return foreign();
    overall_ = std::move(overall);
    regimes_ = std::move(regimes);
    fitted_ = true;
    return {};
  } catch (const Json::exception& e) {
    return fail(ErrorCode::corrupt, std::string("the frozen statistics of normalise cannot be read: ") + e.what());
  }
}

}  // namespace perennial::features
