#include "feedback/label_index.hpp"
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "core/hash.hpp"

namespace perennial::feedback {
namespace {

std::string described(const LabelKey& key) {
  return key.id.empty() ? "entity '" + key.entity + "' at " + format_time(key.at) : "id '" + key.id + "'";
}

std::uint64_t value_fingerprint(const Target& target, double value) {
  if (is_classification(target.task)) return hash64(target.classes[static_cast<std::size_t>(value)], 3);
  const double one_zero = value == 0 ? 0.0 : value;
  return hash64({reinterpret_cast<const char*>(&one_zero), sizeof one_zero}, 5);
}

/// Calls each(row, target, mark) for every value, row by row; ends where it returns false.
template <class Each>
void for_each_mark(const LabelBatch& batch, Each each) {
  std::vector<std::uint64_t> salts;
  for (const auto& target : *batch.targets) salts.push_back(hash64(target.name, 7));
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    const std::uint64_t key = fingerprint(batch.keys[row], 1);
    const std::uint64_t check = fingerprint(batch.keys[row], 2);
    for (std::size_t t = 0; t < batch.truth.size(); ++t) {
      const double value = batch.truth[t][row];
      if (std::isnan(value)) continue;
      if (!each(row, t, LabelMark{key ^ salts[t], check, value_fingerprint((*batch.targets)[t], value)})) return;
    }
  }
}

}  // namespace

std::vector<LabelMark> marks_of(const LabelBatch& batch) {
  std::vector<LabelMark> marks;
  for_each_mark(batch, [&](std::size_t, std::size_t, const LabelMark& mark) {
    marks.push_back(mark);
    return true;
  });
  return marks;
}

Result<LabelIndex::Findings> LabelIndex::examine(LabelBatch& batch) const {
  Findings findings;
  findings.duplicate.assign(batch.rows(), 1);
  KeyIndex<Stored> of_this_call;
  const bool several_rows = batch.rows() > 1;
  Status outcome;
  for_each_mark(batch, [&](std::size_t row, std::size_t t, const LabelMark& mark) {
    const auto known_in = [&](const KeyIndex<Stored>& index) {
      const Stored* stored = index.find(mark.key);
      return stored != nullptr && stored->check == mark.check ? stored : nullptr;
    };
    const Stored* known = known_in(marks_);
    if (known == nullptr && several_rows) known = known_in(of_this_call);
    if (known == nullptr) {
      findings.fresh.push_back(mark);
      findings.duplicate[row] = 0;
      if (several_rows) of_this_call.put(mark.key, {mark.check, mark.value});
    } else if (known->value == mark.value) {
      batch.truth[t][row] = std::numeric_limits<double>::quiet_NaN();
      findings.has_known_values = true;
    } else {
      outcome = fail(ErrorCode::conflict,
                     fmt::format("'{}' of the prediction with {} was labelled with another value before",
                                 (*batch.targets)[t].name, described(batch.keys[row])),
                     fmt::format("label {}", row + 1), "nothing of this call was stored");
    }
    return outcome.has_value();
  });
  TRY(outcome);
  for (const std::uint8_t duplicate : findings.duplicate) findings.duplicates += duplicate;
  return findings;
}

void LabelIndex::add(const std::vector<LabelMark>& marks) {
  for (const auto& mark : marks) {
    if (marks_.find(mark.key) == nullptr) order_.push_back(mark.key);
    marks_.put(mark.key, {mark.check, mark.value});
  }
  while (marks_.size() > most_) {
    marks_.erase(order_.front());
    order_.pop_front();
  }
}

void LabelIndex::remove(const std::vector<LabelMark>& marks) {
  // Marks are removed after a failed write only, so they are among the newest: few steps from the back.
  for (auto mark = marks.rbegin(); mark != marks.rend(); ++mark) {
    if (!marks_.erase(mark->key)) continue;
    for (auto at = order_.rbegin(); at != order_.rend(); ++at)
      if (*at == mark->key) {
        order_.erase(std::next(at).base());
        break;
      }
  }
}

}  // namespace perennial::feedback
