#include "lifecycle/evidence/recent_rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/forget_words.hpp"

namespace perennial::lifecycle {
namespace {

constexpr float unanswered = std::numeric_limits<float>::quiet_NaN();

}  // namespace

AnsweredRows AnsweredRows::pick(std::span<const std::size_t> wanted) const {
  AnsweredRows picked{rows.pick(wanted), {wanted.size(), outputs.width, {}}};
  picked.outputs.values.reserve(wanted.size() * outputs.width);
  for (const std::size_t row : wanted) {
    const auto first = outputs.values.begin() + static_cast<std::ptrdiff_t>(row * outputs.width);
    picked.outputs.values.insert(picked.outputs.values.end(), first,
                                 first + static_cast<std::ptrdiff_t>(outputs.width));
  }
  return picked;
}

void RecentRows::add(const feedback::PredictionRecord& record) {
  const std::lock_guard lock(mutex_);
  rows_total_ += record.rows();
  const std::size_t before = rows_.rows;
  // Some clients name an entity and some do not: both are rows of the same window.
  const Table* rows = &record.graph_inputs();
  Table filled;
  if (before > 0 && rows->entities.empty() != rows_.entities.empty()) {
    if (rows->entities.empty()) rows = &(filled = *rows);
    Table& without = rows == &filled ? filled : rows_;
    without.entities.assign(without.rows, "");
  }
  // Another set of columns (a new signature) starts the window anew.
  if (rows_.append(*rows)) {
    add_answers(record, before);
  } else {
    rows_ = *rows;
    answers_.clear();
    add_answers(record, 0);
  }
  if (rows_.rows > 2 * rows_kept_) trim();
}

void RecentRows::add_answers(const feedback::PredictionRecord& record, std::size_t rows_before) {
  for (const auto& version : record.versions) {
    const std::size_t width = version.outputs.width;
    auto& answers = answers_[version.version];
    if (answers.width != width) answers = {width, {}};
    answers.values.resize(rows_before * width, unanswered);
    for (std::size_t row = 0; row < record.rows(); ++row)
      for (std::size_t k = 0; k < width; ++k)
        answers.values.push_back(version.scored[row] != 0 ? version.outputs.values[row * width + k] : unanswered);
  }
}

void RecentRows::trim() {
  const std::size_t gone = rows_.rows - rows_kept_;
  rows_.drop_front(gone);
  forget_unused_words(rows_);
  for (auto& [version, answers] : answers_) {
    const std::size_t floats = std::min(answers.values.size(), gone * answers.width);
    answers.values.erase(answers.values.begin(), answers.values.begin() + static_cast<std::ptrdiff_t>(floats));
  }
  std::erase_if(answers_, [](const auto& entry) { return entry.second.values.empty(); });
}

Table RecentRows::newest(std::size_t count) const {
  const std::lock_guard lock(mutex_);
  const std::size_t taken = std::min(count, rows_.rows);
  return rows_.slice(rows_.rows - taken, taken);
}

AnsweredRows RecentRows::newest_answered(std::size_t count, const std::string& version) const {
  const std::lock_guard lock(mutex_);
  const std::size_t taken = std::min(count, rows_.rows);
  const std::size_t first = rows_.rows - taken;
  const auto found = answers_.find(version);
  if (found == answers_.end()) return {};
  const auto& [width, values] = found->second;
  AnsweredRows all{rows_.slice(first, taken), {taken, width, {}}};
  all.outputs.values.assign(values.begin() + static_cast<std::ptrdiff_t>(std::min(values.size(), first * width)),
                            values.end());
  all.outputs.values.resize(taken * width, unanswered);
  std::vector<std::size_t> answered;
  for (std::size_t row = 0; row < taken; ++row)
    if (width > 0 && std::isfinite(all.outputs.values[row * width])) answered.push_back(row);
  return answered.size() == taken ? all : all.pick(answered);
}

std::uint64_t RecentRows::rows_total() const {
  const std::lock_guard lock(mutex_);
  return rows_total_;
}

void RecentRows::clear() {
  const std::lock_guard lock(mutex_);
  rows_ = {};
  answers_.clear();
}

}  // namespace perennial::lifecycle
