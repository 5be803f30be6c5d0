#include "feedback/example_store.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "core/forget_words.hpp"
#include "feedback/pending_block.hpp"

namespace perennial::feedback {
namespace {

constexpr Arm kFromElsewhere = static_cast<Arm>(kNobody);

template <class T>
void drop_front(std::vector<T>& values, std::size_t count) {
  values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count));
}

Status fits(const LabelledRows& mine, const Table& inputs, std::size_t targets) {
  if (mine.inputs.columns.empty() || (same_columns(mine.inputs, inputs) && mine.truth.size() == targets)) return {};
  return fail(ErrorCode::conflict, "the rows have other columns or targets than the examples that are kept");
}

}  // namespace

ExampleStore::ExampleStore(std::size_t rows_kept) : rows_kept_(std::max<std::size_t>(1, rows_kept)) {}

Status ExampleStore::append(const JoinedBatch& batch) {
  std::vector<std::size_t> foretold;
  for (std::size_t row = 0; row < batch.rows(); ++row)
    if (batch.delay(row) >= Duration(0)) foretold.push_back(row);
  if (foretold.size() == batch.rows()) {
    TRY(append(batch.inputs, batch.truth));
  } else {
    rows_known_before_ += batch.rows() - foretold.size();
    std::vector<Truth> truths;
    for (const auto& truth : batch.truth) {
      Truth& values = truths.emplace_back();
      for (const std::size_t row : foretold) values.push_back(truth[row]);
    }
    TRY(append(batch.inputs.pick(foretold), truths));
  }
  // Those who answered are known here, unlike for rows from elsewhere.
  const std::size_t kept = std::min(foretold.size(), rows());
  for (std::size_t i = 0; i < kept; ++i) {
    const std::int32_t by = batch.answered_by[foretold[foretold.size() - 1 - i]];
    if (by >= 0) answered_arm_[rows() - 1 - i] = batch.versions[static_cast<std::size_t>(by)].arm;
  }
  return {};
}

Status ExampleStore::append(const LabelledRows& more) {
  // Nothing is dropped before all are in order: an old file that comes late must not push out the newest rows.
  const std::size_t wanted = std::exchange(rows_kept_, std::numeric_limits<std::size_t>::max() / 2);
  const Status added = append(more.inputs, more.truth);
  rows_kept_ = wanted;
  TRY(added);
  sort_by_time();
  trim();
  return {};
}

Status ExampleStore::append(const Table& inputs, const std::vector<Truth>& truth) {
  // Nothing has no columns of its own to differ by: a picked table without rows shows neither times nor entities.
  if (inputs.rows == 0) return {};
  TRY(fits(examples_, inputs, truth.size()));
  if (examples_.inputs.columns.empty()) {
    // Own dictionaries: those of the rows belong to whoever made them.
    examples_.inputs = with_own_dictionaries(inputs);
    examples_.truth.assign(truth.size(), {});
  }
  TRY(examples_.inputs.append(inputs));
  for (std::size_t t = 0; t < truth.size(); ++t)
    examples_.truth[t].insert(examples_.truth[t].end(), truth[t].begin(), truth[t].end());
  answered_arm_.resize(examples_.inputs.rows, kFromElsewhere);
  rows_total_ += inputs.rows;
  trim();
  return {};
}

void ExampleStore::trim() {
  // In steps of a quarter, so that the shift costs each row four moves at most.
  if (rows() <= rows_kept_ + rows_kept_ / 4) return;
  const std::size_t surplus = rows() - rows_kept_;
  examples_.inputs.drop_front(surplus);
  forget_unused_words(examples_.inputs);
  for (auto& truth : examples_.truth) drop_front(truth, surplus);
  drop_front(answered_arm_, surplus);
}

void ExampleStore::sort_by_time() {
  const auto& times = examples_.inputs.times;
  if (std::ranges::is_sorted(times)) return;
  std::vector<std::size_t> order(times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t row) { return times[row]; });
  examples_.inputs = examples_.inputs.pick(order);
  const auto in_order = [&](auto& values) {
    auto moved = values;
    for (std::size_t i = 0; i < order.size(); ++i) moved[i] = values[order[i]];
    values = std::move(moved);
  };
  for (auto& truth : examples_.truth) in_order(truth);
  in_order(answered_arm_);
}

void ExampleStore::clear() {
  examples_ = {};
  answered_arm_.clear();
}

bool ExampleStore::wanted(std::size_t row, Include include) const {
  if (include != Include::all && answered_arm_[row] == Arm::challenger) return false;
  if (examples_.inputs.times.empty()) return true;
  const TimePoint at = examples_.inputs.times[row];
  if (settled_at_ && at > *settled_at_ && answered_arm_[row] != kFromElsewhere) return false;
  return std::ranges::none_of(aside_, [at](const TimeRange& range) { return range.contains(at); });
}

LabelledRows ExampleStore::pick(std::size_t first, Include include) const {
  LabelledRows picked;
  if (wants_all(include)) {
    picked.inputs = examples_.inputs.slice(first, rows() - first);
    for (const auto& truth : examples_.truth)
      picked.truth.emplace_back(truth.begin() + static_cast<std::ptrdiff_t>(first), truth.end());
    return picked;
  }
  std::vector<std::size_t> wanted;
  for (std::size_t row = first; row < rows(); ++row)
    if (this->wanted(row, include)) wanted.push_back(row);
  picked.inputs = examples_.inputs.pick(wanted);
  for (const auto& truth : examples_.truth) {
    Truth& values = picked.truth.emplace_back();
    for (const std::size_t row : wanted) values.push_back(truth[row]);
  }
  return picked;
}

LabelledRows ExampleStore::newest(std::size_t count, Include include) const {
  if (wants_all(include)) return pick(rows() - std::min(rows(), count), include);
  std::size_t first = rows();
  for (std::size_t found = 0; first > 0 && found < count; --first) found += wanted(first - 1, include) ? 1 : 0;
  return pick(first, include);
}

std::vector<TimePoint> ExampleStore::times(Include include) const {
  std::vector<TimePoint> times;
  for (std::size_t row = 0; row < rows(); ++row)
    if (wanted(row, include))
      times.push_back(examples_.inputs.times.empty() ? TimePoint{} : examples_.inputs.times[row]);
  return times;
}

ExampleWindow ExampleStore::window(std::size_t first, std::size_t count) const {
  first = std::min(first, rows());
  count = std::min(count, rows() - first);
  ExampleWindow window;
  for (std::size_t c = 0; c < examples_.inputs.columns.size(); ++c)
    window.columns.push_back(examples_.inputs.view(c, first, count));
  for (const auto& truth : examples_.truth) window.truth.push_back(std::span(truth).subspan(first, count));
  if (!examples_.inputs.times.empty()) window.times = std::span(examples_.inputs.times).subspan(first, count);
  window.rows = count;
  return window;
}

ExampleWindow ExampleStore::newest_window(std::size_t count) const {
  const std::size_t n = std::min(rows(), count);
  return window(rows() - n, n);
}

}  // namespace perennial::feedback
