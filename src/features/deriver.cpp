#include "features/deriver.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <list>
#include <unordered_map>

#include <fmt/format.h>

#include "core/catalog.hpp"
#include "core/glob.hpp"
#include "features/regimes.hpp"
#include "features/rolling_window.hpp"

namespace perennial::features {
namespace {

/// A row is computed as one array of numbers: numeric request columns, then derived columns ("slots").
struct TrackPlan {
  std::size_t slot = 0;  ///< of the source column
  std::size_t ring_offset = 0, ring_rows = 0;
  struct Window {
    std::size_t rows = 0;
    std::size_t state = 0;  ///< index into Entity::windows
    std::vector<Stat> stats;
    std::size_t out = 0;  ///< slot of the first statistic
  };
  std::vector<Window> windows;
};
struct ExpandingPlan {
  std::size_t slot = 0, state = 0, out = 0;
  std::vector<Stat> stats;
};
struct BaselinePlan {
  TrackPlan track;  ///< one window without statistics of its own
  std::size_t rows = 0, state = 0, out = 0;
};
struct AgePlan {
  std::size_t out = 0;
};
struct NormalisePlan {
  std::size_t regimes = 0;  ///< index into Impl::regimes
  std::vector<std::size_t> slots, by_slots;
  std::size_t out = 0;
};
enum class CalendarPart { hour, weekday, day, month };
struct CalendarPlan {
  std::vector<CalendarPart> parts;
  std::size_t out = 0;
};
using Plan = std::variant<TrackPlan, ExpandingPlan, BaselinePlan, AgePlan, NormalisePlan, CalendarPlan>;

double part_of(CalendarPart part, TimePoint at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  switch (part) {
    case CalendarPart::hour: return static_cast<double>(std::chrono::floor<std::chrono::hours>(at - day).count());
    case CalendarPart::weekday: return static_cast<double>(std::chrono::weekday(day).iso_encoding() - 1);
    case CalendarPart::day: return static_cast<double>(static_cast<unsigned>(date.day()));
    case CalendarPart::month: return static_cast<double>(static_cast<unsigned>(date.month()));
  }
  return 0;
}

struct BaselineState {
  double sum = 0, count = 0;
};

struct Entity {
  std::string key;
  std::uint64_t rows = 0;
  TimePoint newest{};
  std::vector<double> rings;
  std::vector<RollingWindow> windows;
  std::vector<ExpandingWindow> expanding;
  std::vector<BaselineState> baselines;
};

}  // namespace

struct Deriver::Impl {
  std::vector<InputColumn> request;
  std::vector<InputColumn> inputs;
  std::vector<Plan> plans;
  std::vector<Regimes> regimes;
  std::size_t numeric_request = 0;
  std::size_t slots = 0;
  std::size_t ring_cells = 0, window_states = 0, expanding_states = 0, baseline_states = 0;
  bool stateful = false;
  std::size_t most_entities = 0;

  std::list<Entity> by_use;                                                  ///< most recently seen first
  std::unordered_map<std::string_view, std::list<Entity>::iterator> by_key;  ///< keys live in the list's nodes
  std::uint64_t evictions = 0, out_of_order = 0;

  struct NamedSlot {
    std::string name;
    std::size_t slot = 0;
    bool derived = false;
  };
  std::vector<NamedSlot> named;

  Result<std::vector<NamedSlot>> sources(const std::vector<std::string>& globs, bool request_only) const;
  Result<std::size_t> add_slot(std::string name);
  Status plan(const Rolling& rolling);
  Status plan(const Expanding& expanding);
  Status plan(const Baseline& baseline);
  Status plan(const Age& age);
  Status plan(const Normalise& normalise);
  Status plan(const Calendar& calendar);
  Entity& entity(const std::string& key);
  void run(Entity* entity, TimePoint at, std::span<double> row) const;
  void index_entities() {
    by_key.clear();
    for (auto it = by_use.begin(); it != by_use.end(); ++it) by_key.emplace(it->key, it);
  }
};

Result<std::vector<Deriver::Impl::NamedSlot>> Deriver::Impl::sources(const std::vector<std::string>& globs,
                                                                     bool request_only) const {
  std::vector<NamedSlot> found;
  for (const auto& glob : globs) {
    const bool sees_derived = !request_only && (glob.ends_with("_norm") || glob.ends_with("_baseline"));
    bool any = false;
    for (const auto& candidate : named) {
      const bool exact = candidate.name == glob && !(request_only && candidate.derived);
      if (!exact && !(matches_glob(glob, candidate.name) && (!candidate.derived || sees_derived))) continue;
      any = true;
      const bool known =
          std::any_of(found.begin(), found.end(), [&](const auto& f) { return f.slot == candidate.slot; });
      if (!known) found.push_back(candidate);
    }
    if (any) continue;
    std::vector<std::string> known;
    for (const auto& candidate : named)
      if (!(request_only && candidate.derived)) known.push_back(candidate.name);
    for (const auto& column : request)
      if (column.kind == ColumnKind::categorical && matches_glob(glob, column.name))
        return fail(ErrorCode::config, fmt::format("'{}' is a text column: nothing can be computed of it", column.name),
                    "features.derive");
    return unknown_name("numeric column", glob, known, "features.derive");
  }
  return found;
}

Result<std::size_t> Deriver::Impl::add_slot(std::string name) {
  for (const auto& input : inputs)
    if (input.name == name)
      return fail(ErrorCode::config, fmt::format("the derived column '{}' exists already", name), "features.derive");
  if (inputs.size() >= limits::columns)
    return fail(ErrorCode::config, fmt::format("there are more than {} features", limits::columns), "features.derive");
  inputs.push_back({name, ColumnKind::numeric});
  named.push_back({std::move(name), slots, true});
  return slots++;
}

Status Deriver::Impl::plan(const Rolling& rolling) {
  ASSIGN_OR_RETURN(const auto columns, sources(rolling.columns, false));
  const std::size_t longest = *std::max_element(rolling.windows.begin(), rolling.windows.end());
  for (const auto& source : columns) {
    TrackPlan track{source.slot, ring_cells, longest, {}};
    ring_cells += longest;
    for (const std::size_t rows : rolling.windows) {
      TrackPlan::Window window{rows, window_states++, rolling.stats, slots};
      for (const Stat stat : rolling.stats) TRY(add_slot(fmt::format("{}_{}_{}", source.name, to_string(stat), rows)));
      track.windows.push_back(std::move(window));
    }
    plans.emplace_back(std::move(track));
  }
  stateful = true;
  return {};
}

Status Deriver::Impl::plan(const Expanding& expanding) {
  ASSIGN_OR_RETURN(const auto columns, sources(expanding.columns, false));
  for (const auto& source : columns) {
    plans.emplace_back(ExpandingPlan{source.slot, expanding_states++, slots, expanding.stats});
    for (const Stat stat : expanding.stats) TRY(add_slot(fmt::format("{}_{}_all", source.name, to_string(stat))));
  }
  stateful = true;
  return {};
}

Status Deriver::Impl::plan(const Baseline& baseline) {
  ASSIGN_OR_RETURN(const auto columns, sources(baseline.columns, false));
  for (const auto& source : columns) {
    BaselinePlan made{{source.slot, ring_cells, baseline.window, {{baseline.window, window_states++, {}, 0}}},
                      baseline.rows,
                      baseline_states++,
                      slots};
    ring_cells += baseline.window;
    TRY(add_slot(source.name + "_baseline"));
    plans.emplace_back(std::move(made));
  }
  stateful = true;
  return {};
}

Status Deriver::Impl::plan(const Age& age) {
  plans.emplace_back(AgePlan{slots});
  stateful = true;
  TRY(add_slot(age.as));
  return {};
}

Status Deriver::Impl::plan(const Normalise& normalise) {
  ASSIGN_OR_RETURN(const auto columns, sources(normalise.columns, true));
  NormalisePlan made{regimes.size(), {}, {}, slots};
  std::vector<std::string> names;
  for (const auto& by : normalise.by) {
    ASSIGN_OR_RETURN(const auto found, sources({by.column}, true));
    if (found.size() != 1)
      return fail(ErrorCode::config, fmt::format("'{}' must name one column", by.column),
                  "features.derive.normalise.by");
    made.by_slots.push_back(found[0].slot);
  }
  for (const auto& source : columns) {
    made.slots.push_back(source.slot);
    names.push_back(source.name);
    TRY(add_slot(source.name + "_norm"));
  }
  regimes.emplace_back(std::move(names), normalise.by);
  plans.emplace_back(std::move(made));
  return {};
}

Status Deriver::Impl::plan(const Calendar& calendar) {
  CalendarPlan made{{}, slots};
  for (const auto& part : calendar.parts) {
    made.parts.push_back(part == "hour"      ? CalendarPart::hour
                         : part == "weekday" ? CalendarPart::weekday
                         : part == "day"     ? CalendarPart::day
                                             : CalendarPart::month);
    TRY(add_slot(part));
  }
  plans.emplace_back(std::move(made));
  return {};
}

Entity& Deriver::Impl::entity(const std::string& key) {
  if (const auto found = by_key.find(key); found != by_key.end()) {
    by_use.splice(by_use.begin(), by_use, found->second);
    return by_use.front();
  }
  if (by_use.size() >= most_entities) {
    by_key.erase(by_use.back().key);
    by_use.pop_back();
    ++evictions;
  }
  by_use.push_front(Entity{key,
                           0,
                           {},
                           std::vector<double>(ring_cells),
                           std::vector<RollingWindow>(window_states),
                           std::vector<ExpandingWindow>(expanding_states),
                           std::vector<BaselineState>(baseline_states)});
  by_key.emplace(by_use.front().key, by_use.begin());
  return by_use.front();
}

/// Computes the derived slots of one row. `entity` is null where nothing depends on earlier rows.
void Deriver::Impl::run(Entity* entity, TimePoint at, std::span<double> row) const {
  const std::uint64_t number = entity == nullptr ? 0 : entity->rows;
  const auto advance = [&](const TrackPlan& track) {
    const Ring ring{std::span(entity->rings).subspan(track.ring_offset, track.ring_rows)};
    for (const auto& window : track.windows) entity->windows[window.state].remove(ring, number, window.rows);
    ring.values[number % track.ring_rows] = row[track.slot];
    for (const auto& window : track.windows) entity->windows[window.state].add(ring, number, window.rows);
    return ring;
  };
  for (const auto& any : plans) {
    if (const auto* track = std::get_if<TrackPlan>(&any)) {
      const Ring ring = advance(*track);
      for (const auto& window : track->windows)
        for (std::size_t s = 0; s < window.stats.size(); ++s)
          row[window.out + s] = entity->windows[window.state].value(window.stats[s], ring, number, window.rows);
    } else if (const auto* expanding = std::get_if<ExpandingPlan>(&any)) {
      auto& state = entity->expanding[expanding->state];
      state.add(row[expanding->slot]);
      for (std::size_t s = 0; s < expanding->stats.size(); ++s)
        row[expanding->out + s] = state.value(expanding->stats[s]);
    } else if (const auto* baseline = std::get_if<BaselinePlan>(&any)) {
      const Ring ring = advance(baseline->track);
      auto& state = entity->baselines[baseline->state];
      const double value = row[baseline->track.slot];
      if (number < baseline->rows && !std::isnan(value)) {
        state.sum += value;
        state.count += 1;
      }
      const auto& window = baseline->track.windows[0];
      const double now = entity->windows[window.state].value(Stat::mean, ring, number, window.rows);
      const double difference = now - state.sum / state.count;  // NaN while there is no value
      row[baseline->out] = std::isfinite(difference) ? difference : std::numeric_limits<double>::quiet_NaN();
    } else if (const auto* age = std::get_if<AgePlan>(&any)) {
      row[age->out] = static_cast<double>(number + 1);
    } else if (const auto* calendar = std::get_if<CalendarPlan>(&any)) {
      for (std::size_t i = 0; i < calendar->parts.size(); ++i) row[calendar->out + i] = part_of(calendar->parts[i], at);
    } else if (const auto* normalise = std::get_if<NormalisePlan>(&any)) {
      std::vector<double> values, by_values;
      for (const std::size_t slot : normalise->slots) values.push_back(row[slot]);
      for (const std::size_t slot : normalise->by_slots) by_values.push_back(row[slot]);
      regimes[normalise->regimes].score(values, by_values, row.subspan(normalise->out, values.size()));
    }
  }
}

Deriver::Deriver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Deriver::Deriver(Deriver&&) noexcept = default;
Deriver& Deriver::operator=(Deriver&&) noexcept = default;
Deriver::~Deriver() = default;
Deriver::Deriver(const Deriver& other) : impl_(std::make_unique<Impl>(*other.impl_)) { impl_->index_entities(); }
Deriver& Deriver::operator=(const Deriver& other) {
  if (this != &other) *this = Deriver(other);
  return *this;
}

Result<Deriver> Deriver::make(const FeaturesConfig& config, const std::vector<InputColumn>& request,
                              std::size_t most_entities) {
  auto impl = std::make_unique<Impl>();
  impl->request = request;
  for (const auto& column : request) {
    for (const auto& earlier : impl->inputs)
      if (earlier.name == column.name)
        return fail(ErrorCode::config, fmt::format("the feature '{}' is there twice", column.name), "features");
    impl->inputs.push_back(column);
    if (column.kind == ColumnKind::numeric) impl->named.push_back({column.name, impl->slots++, false});
  }
  impl->numeric_request = impl->slots;
  for (const auto& derivation : config.derive)
    TRY(std::visit([&](const auto& d) { return impl->plan(d); }, derivation));
  const std::size_t cells =
      std::max<std::size_t>(1, impl->ring_cells + impl->window_states * (sizeof(RollingWindow) / sizeof(double)));
  impl->most_entities =
      std::clamp<std::size_t>(most_entities, 1, std::max<std::size_t>(1, window_cells_in_memory / cells));
  return Deriver(std::move(impl));
}

bool Deriver::is_fitted() const {
  return std::all_of(impl_->regimes.begin(), impl_->regimes.end(), [](const Regimes& r) { return r.fitted(); });
}

namespace {

/// Where the request columns stand in `rows`.
Result<std::vector<const Column*>> find_columns(const std::vector<InputColumn>& request, const Table& rows) {
  std::vector<const Column*> columns;
  for (const auto& wanted : request) {
    const Column* column = rows.find(wanted.name);
    if (column == nullptr) return fail(ErrorCode::invalid, fmt::format("the feature '{}' is missing", wanted.name));
    if (column->kind != wanted.kind)
      return fail(ErrorCode::invalid, fmt::format("the feature '{}' is {} where {} is expected", wanted.name,
                                                  to_string(column->kind), to_string(wanted.kind)));
    columns.push_back(column);
  }
  return columns;
}

}  // namespace

Status Deriver::fit(const Table& rows) {
  if (is_fitted()) return {};
  TRY(find_columns(impl_->request, rows));
  if (rows.rows == 0) return fail(ErrorCode::invalid, "there are no rows to take the statistics of normalise from");
  for (auto& regimes : impl_->regimes) regimes.fit(rows);
  return {};
}

Json Deriver::frozen() const {
  Json frozen = Json::object();
  if (impl_->regimes.empty() || !is_fitted()) return frozen;
  frozen["normalise"] = Json::array();
  for (const auto& regimes : impl_->regimes) frozen["normalise"].push_back(regimes.to_json());
  return frozen;
}

Status Deriver::set_frozen(const Json& frozen) {
  if (frozen.is_object() && frozen.empty()) return {};
  if (!frozen.is_object() || !frozen.contains("normalise") || !frozen["normalise"].is_array() ||
      frozen["normalise"].size() != impl_->regimes.size())
    return fail(ErrorCode::corrupt, "the frozen statistics of normalise belong to another config");
  auto regimes = impl_->regimes;
  for (std::size_t i = 0; i < regimes.size(); ++i) TRY(regimes[i].from_json(frozen["normalise"][i]));
  impl_->regimes = std::move(regimes);
  return {};
}

const std::vector<InputColumn>& Deriver::inputs() const { return impl_->inputs; }
const std::vector<InputColumn>& Deriver::request() const { return impl_->request; }
bool Deriver::is_stateful() const { return impl_->stateful; }

Result<Table> Deriver::derive(const Table& rows) {
  Impl& impl = *impl_;
  if (!is_fitted())
    return fail(ErrorCode::conflict, "features are derived before the statistics of normalise were fitted");
  ASSIGN_OR_RETURN(const auto columns, find_columns(impl.request, rows));
  Table inputs;
  inputs.rows = rows.rows;
  inputs.times = rows.times;
  inputs.entities = rows.entities;
  for (const Column* column : columns) inputs.columns.push_back(*column);
  const std::size_t derived = impl.slots - impl.numeric_request;
  if (derived == 0) return inputs;
  for (std::size_t i = 0; i < derived; ++i) {
    inputs.columns.push_back({impl.inputs[impl.request.size() + i].name, ColumnKind::numeric, {}, {}, nullptr});
    inputs.columns.back().numbers.resize(rows.rows);
  }
  std::vector<const double*> numeric;
  for (const Column* column : columns)
    if (column->kind == ColumnKind::numeric) numeric.push_back(column->numbers.data());

  const std::string no_entity;
  std::vector<double> row(impl.slots);
  for (std::size_t r = 0; r < rows.rows; ++r) {
    for (std::size_t c = 0; c < numeric.size(); ++c)
      row[c] = std::isfinite(numeric[c][r]) ? numeric[c][r] : std::numeric_limits<double>::quiet_NaN();
    Entity* entity = nullptr;
    if (impl.stateful) {
      entity = &impl.entity(rows.entities.empty() ? no_entity : rows.entities[r]);
      if (!rows.times.empty()) {
        if (entity->rows > 0 && rows.times[r] < entity->newest) ++impl.out_of_order;
        entity->newest = std::max(entity->newest, rows.times[r]);
      }
    }
    impl.run(entity, rows.times.empty() ? TimePoint{} : rows.times[r], row);
    if (entity != nullptr) ++entity->rows;
    for (std::size_t i = 0; i < derived; ++i)
      inputs.columns[impl.request.size() + i].numbers[r] = row[impl.numeric_request + i];
  }
  return inputs;
}

void Deriver::reset() {
  impl_->by_key.clear();
  impl_->by_use.clear();
  impl_->evictions = impl_->out_of_order = 0;
}

std::size_t Deriver::entities() const { return impl_->by_use.size(); }
std::uint64_t Deriver::evictions() const { return impl_->evictions; }
std::uint64_t Deriver::out_of_order() const { return impl_->out_of_order; }

}  // namespace perennial::features
