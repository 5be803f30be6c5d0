#include "drift/quality/profile.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "core/hash.hpp"
#include "stats/binomial.hpp"
#include "stats/ks.hpp"
#include "stats/sorted_sample.hpp"

namespace perennial::drift::quality {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
/// A worst block is taken for the data's habit, and not for chance, from this level on (over all blocks).
constexpr double habit_level = 0.01;

struct Stretch {
  std::size_t first, count;
};

/// Consecutive blocks; a rest that is shorter than a block belongs to none.
std::vector<Stretch> stretches(std::size_t rows, std::size_t block) {
  std::vector<Stretch> all;
  for (std::size_t first = 0; first + block <= rows; first += block) all.push_back({first, block});
  return all;
}

void take_missing(ColumnProfile& profile, const std::vector<std::uint8_t>& missing,
                  const std::vector<Stretch>& blocks) {
  const double rows = static_cast<double>(profile.rows);
  profile.usual_missing = rows > 0 ? static_cast<double>(profile.missing) / rows : 0;
  std::uint64_t worst = 0;
  for (const auto& [first, count] : blocks)
    worst = std::max<std::uint64_t>(
        worst, static_cast<std::uint64_t>(std::count(missing.begin() + static_cast<std::ptrdiff_t>(first),
                                                     missing.begin() + static_cast<std::ptrdiff_t>(first + count), 1)));
  if (blocks.empty()) return;
  const auto block = static_cast<std::uint64_t>(blocks.front().count);
  const double chance = stats::binomial_sf(worst, block, profile.usual_missing) * static_cast<double>(blocks.size());
  if (chance < habit_level)
    profile.usual_missing = std::max(profile.usual_missing, static_cast<double>(worst) / static_cast<double>(block));
}

template <class Value>
void take_runs(ColumnProfile& profile, const std::vector<Value>& values, std::uint64_t stride) {
  std::uint64_t run = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    run = i > 0 && values[i] == values[i - 1] ? run + 1 : 1;
    profile.longest_run = std::max(profile.longest_run, run * stride);
  }
}

void take_repetition(ColumnProfile& profile, const stats::SortedSample& all) {
  profile.distinct = all.distinct().size();
  std::uint32_t top = 0;
  std::uint32_t before = 0;
  for (const std::uint32_t up_to : all.cumulative()) {
    top = std::max(top, up_to - before);
    before = up_to;
  }
  if (all.size() > 0) profile.top_share = static_cast<double>(top) / static_cast<double>(all.size());
}

/// Ascending; missing ones are left out.
std::vector<double> sorted_values(std::span<const double> values) {
  std::vector<double> sorted;
  sorted.reserve(values.size());
  for (const double value : values)
    if (!std::isnan(value)) sorted.push_back(value);
  std::ranges::sort(sorted);
  return sorted;
}

std::uint64_t count_distinct(std::span<const double> sorted) {
  std::uint64_t distinct = sorted.empty() ? 0 : 1;
  for (std::size_t i = 1; i < sorted.size(); ++i) distinct += sorted[i] != sorted[i - 1] ? 1 : 0;
  return distinct;
}

/// Most different values of a block; blocks are of values that are there.
void take_distinct(ColumnProfile& profile, std::span<const double> present, const std::vector<Stretch>& blocks) {
  for (const auto& [first, count] : blocks) {
    if (first + count > present.size()) break;
    profile.usual_distinct =
        std::max(profile.usual_distinct, count_distinct(sorted_values(present.subspan(first, count))));
  }
}

/// The same two of texts.
void take_repetition(ColumnProfile& profile, const std::vector<std::int32_t>& codes,
                     const std::vector<Stretch>& blocks) {
  std::unordered_map<std::int32_t, std::uint64_t> counts;
  for (const auto code : codes) ++counts[code];
  profile.distinct = counts.size();
  std::uint64_t top = 0;
  for (const auto& [code, count] : counts) top = std::max(top, count);
  if (!codes.empty()) profile.top_share = static_cast<double>(top) / static_cast<double>(codes.size());
  for (const auto& [first, count] : blocks) {
    if (first + count > codes.size()) break;
    const std::unordered_set<std::int32_t> seen(codes.begin() + static_cast<std::ptrdiff_t>(first),
                                                codes.begin() + static_cast<std::ptrdiff_t>(first + count));
    profile.usual_distinct = std::max<std::uint64_t>(profile.usual_distinct, seen.size());
  }
}

void take_range(ColumnProfile& profile, std::span<const double> numbers, const std::vector<Stretch>& blocks) {
  struct Range {
    double low = infinity, high = -infinity;
    void add(double value) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  };
  // The range of all other blocks: of those before it and of those after it.
  std::vector<Range> before(blocks.size() + 1), after(blocks.size() + 1);
  const auto add = [&](Range range, const Stretch& block) {
    for (const double value : numbers.subspan(block.first, block.count))
      if (std::isfinite(value)) range.add(value);
    return range;
  };
  for (std::size_t b = 0; b < blocks.size(); ++b) before[b + 1] = add(before[b], blocks[b]);
  for (std::size_t b = blocks.size(); b > 0; --b) after[b - 1] = add(after[b], blocks[b - 1]);
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    const double low = std::min(before[b].low, after[b + 1].low);
    const double high = std::max(before[b].high, after[b + 1].high);
    if (low > high) continue;
    std::uint64_t outside = 0;
    std::uint64_t known = 0;
    for (const double value : numbers.subspan(blocks[b].first, blocks[b].count)) {
      if (std::isnan(value)) continue;
      ++known;
      if (value < low || value > high) ++outside;
    }
    if (known > 0)
      profile.usual_outside =
          std::max(profile.usual_outside, static_cast<double>(outside) / static_cast<double>(known));
  }
}

/// From 1000 down to a millionth; finer ones are as good as none.
void take_grid(ColumnProfile& profile) {
  const auto values = profile.sample.distinct();
  const auto share_on = [&](double step) {
    std::uint64_t on = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      if (on_grid(values[i], step))
        on += profile.sample.cumulative()[i] - (i > 0 ? profile.sample.cumulative()[i - 1] : 0);
    return static_cast<double>(on) / static_cast<double>(profile.sample.size());
  };
  for (int exponent = 3; exponent >= -6; --exponent) {
    const double step = std::pow(10, exponent);
    if (!std::ranges::all_of(values, [step](double value) { return on_grid(value, step); })) continue;
    profile.grid = step;
    profile.on_coarser = share_on(10 * step);
    return;
  }
}

void take_numbers(ColumnProfile& profile, const ColumnView& column, const std::vector<Stretch>& blocks,
                  std::uint64_t stride) {
  std::vector<double> finite;
  finite.reserve(column.size());
  std::vector<double> present;
  std::vector<std::uint8_t> missing;
  for (const double value : column.numbers) {
    missing.push_back(std::isnan(value) ? 1 : 0);
    if (std::isfinite(value)) finite.push_back(value);
    if (!std::isnan(value)) present.push_back(value);
  }
  profile.missing = static_cast<std::uint64_t>(std::count(missing.begin(), missing.end(), 1));
  take_missing(profile, missing, blocks);
  take_runs(profile, present, stride);
  profile.sample = stats::SortedSample(finite);
  take_repetition(profile, finite.size() == present.size() ? profile.sample : stats::SortedSample(present));
  const bool all_present = present.size() == column.size();
  if (!all_present) take_distinct(profile, present, blocks);
  if (finite.empty()) {
    if (all_present) take_distinct(profile, present, blocks);
    return;
  }
  profile.bound = stats::KsBound(profile.sample);
  profile.low = profile.sample.distinct().front();
  profile.high = profile.sample.distinct().back();
  profile.median = profile.sample.quantile(0.5);
  profile.spread = (profile.sample.quantile(0.75) - profile.sample.quantile(0.25)) / 2;
  const auto whole = static_cast<double>(profile.sample.size());
  std::vector<double> previous;
  for (const auto& [first, count] : blocks) {
    const auto block = column.numbers.subspan(first, count);
    std::vector<double> sorted = sorted_values(block);
    if (sorted.empty()) continue;
    const auto n = static_cast<double>(sorted.size());
    const auto distance = stats::ks_statistic(profile.sample, block);
    profile.habit_distance = std::max(profile.habit_distance, distance.statistic - chance_distance(n, whole));
    if (!previous.empty()) {
      const auto step = stats::ks_statistic_of_sorted(previous, sorted);
      profile.habit_step =
          std::max(profile.habit_step, step.statistic - chance_distance(n, static_cast<double>(previous.size())));
    }
    if (all_present) profile.usual_distinct = std::max(profile.usual_distinct, count_distinct(sorted));
    previous = std::move(sorted);
  }
  take_grid(profile);
  take_range(profile, column.numbers, blocks);
}

void take_texts(ColumnProfile& profile, const ColumnView& column, const std::vector<Stretch>& blocks,
                std::uint64_t stride) {
  std::vector<std::int32_t> present;
  std::vector<std::uint8_t> missing;
  for (const std::int32_t code : column.codes) {
    missing.push_back(code < 0 ? 1 : 0);
    if (code >= 0) present.push_back(code);
  }
  profile.missing = static_cast<std::uint64_t>(std::count(missing.begin(), missing.end(), 1));
  take_missing(profile, missing, blocks);
  take_runs(profile, present, stride);
  take_repetition(profile, present, blocks);
  for (const std::int32_t code : present) ++profile.counts[column.dictionary->value(code)];
  for (const auto& [value, count] : profile.counts)
    profile.ranked_shares.push_back(static_cast<double>(count) / static_cast<double>(present.size()));
  std::ranges::sort(profile.ranked_shares, std::greater{});
  // In how many blocks each value stands, and how many rows of a block hold a value that stands in it alone.
  std::unordered_map<std::int32_t, std::uint64_t> in_blocks;
  for (const auto& [first, count] : blocks) {
    std::unordered_set<std::int32_t> here(column.codes.begin() + static_cast<std::ptrdiff_t>(first),
                                          column.codes.begin() + static_cast<std::ptrdiff_t>(first + count));
    for (const std::int32_t code : here) ++in_blocks[code];
  }
  for (const auto& [first, count] : blocks) {
    std::uint64_t alone = 0;
    for (const std::int32_t code : column.codes.subspan(first, count))
      if (code >= 0 && in_blocks[code] == 1) ++alone;
    profile.usual_unseen = std::max(profile.usual_unseen, static_cast<double>(alone) / static_cast<double>(count));
  }
}

}  // namespace

struct Profile::Prepared {
  std::vector<ColumnProfile> columns;
  std::uint64_t rows = 0;
  double usual_repeats = 0;
  std::uint64_t block = 1;
};

Profile Profile::prepare(const Window& reference, const Settings& settings, std::uint64_t stride) {
  auto prepared = std::make_shared<Prepared>();
  prepared->rows = reference.rows;
  prepared->block = settings.min_rows;
  const auto blocks = stretches(reference.rows, settings.min_rows);
  for (const auto& column : reference.columns) {
    ColumnProfile profile;
    profile.name = column.name;
    profile.kind = column.kind;
    profile.rows = column.size();
    if (column.kind == ColumnKind::numeric) take_numbers(profile, column, blocks, std::max<std::uint64_t>(stride, 1));
    else take_texts(profile, column, blocks, std::max<std::uint64_t>(stride, 1));
    prepared->columns.push_back(std::move(profile));
  }
  const auto hashes = row_hashes(reference);
  prepared->usual_repeats = share_of_repeats(hashes);
  for (const auto& [first, count] : blocks)
    prepared->usual_repeats =
        std::max(prepared->usual_repeats, share_of_repeats(std::span(hashes).subspan(first, count)));
  Profile profile;
  profile.prepared_ = std::move(prepared);
  return profile;
}

std::uint64_t Profile::rows() const { return prepared_ ? prepared_->rows : 0; }

const std::vector<ColumnProfile>& Profile::columns() const {
  static const std::vector<ColumnProfile> none;
  return prepared_ ? prepared_->columns : none;
}

const ColumnProfile* Profile::find(std::string_view name) const {
  for (const auto& column : columns())
    if (column.name == name) return &column;
  return nullptr;
}

double Profile::usual_repeats() const { return prepared_ ? prepared_->usual_repeats : 0; }

std::uint64_t Profile::block() const { return prepared_ ? prepared_->block : 1; }

double chance_distance(double n, double m) { return n > 0 && m > 0 ? 1.95 * std::sqrt(1 / n + 1 / m) : 1; }

bool on_grid(double value, double step) {
  const double steps = value / step;
  return std::abs(steps - std::nearbyint(steps)) <= 1e-9 * std::max(1.0, std::abs(steps));
}

std::vector<std::uint64_t> row_hashes(const Window& window) {
  std::vector<std::uint64_t> hashes(window.rows, 0);
  const auto mix = [](std::uint64_t hash, std::uint64_t value) {
    hash ^= value + 0x9e3779b97f4a7c15ULL + (hash << 6) + (hash >> 2);
    hash *= 0xff51afd7ed558ccdULL;
    return hash ^ (hash >> 32);
  };
  for (const auto& column : window.columns) {
    if (column.kind == ColumnKind::numeric) {
      for (std::size_t row = 0; row < window.rows; ++row) {
        const double value = column.numbers[row];
        // Every NaN is one value, and so are 0 and -0.
        hashes[row] = mix(hashes[row], std::isnan(value) ? 1 : std::bit_cast<std::uint64_t>(value + 0.0));
      }
      continue;
    }
    std::vector<std::uint64_t> of_code;
    for (std::size_t row = 0; row < window.rows; ++row) {
      const std::int32_t code = column.codes[row];
      if (code < 0) {
        hashes[row] = mix(hashes[row], 2);
        continue;
      }
      const auto at = static_cast<std::size_t>(code);
      if (at >= of_code.size()) of_code.resize(at + 1, 0);
      if (of_code[at] == 0) of_code[at] = hash64(column.dictionary->value(code));
      hashes[row] = mix(hashes[row], of_code[at]);
    }
  }
  return hashes;
}

std::vector<std::size_t> rows_since_equal(std::span<const std::uint64_t> hashes) {
  std::vector<std::size_t> since(hashes.size(), 0);
  // Open addressing: half of the slots stay empty, and the hashes are their own.
  const std::size_t mask = std::bit_ceil(2 * hashes.size() + 2) - 1;
  std::vector<std::size_t> newest(mask + 1, 0);  // a row + 1
  for (std::size_t row = 0; row < hashes.size(); ++row) {
    std::size_t slot = hashes[row] & mask;
    while (newest[slot] != 0 && hashes[newest[slot] - 1] != hashes[row]) slot = (slot + 1) & mask;
    if (newest[slot] != 0) since[row] = row + 1 - newest[slot];
    newest[slot] = row + 1;
  }
  return since;
}

double share_of_repeats(std::span<const std::uint64_t> hashes) {
  if (hashes.empty()) return 0;
  const auto since = rows_since_equal(hashes);
  const auto repeats = std::ranges::count_if(since, [](const std::size_t rows) { return rows > 0; });
  return static_cast<double>(repeats) / static_cast<double>(hashes.size());
}

}  // namespace perennial::drift::quality
