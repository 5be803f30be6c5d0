#include "feedback/early_labels.hpp"

#include <algorithm>

namespace perennial::feedback {

void EarlyLabels::keep(Label label) {
  const std::uint64_t print = fingerprint(label.key);
  const std::uint64_t* older = newest_.find(print);
  Entry entry{std::move(label), print, older == nullptr ? kNone : *older, true};
  newest_.put(print, first_number_ + entries_.size());
  entries_.push_back(std::move(entry));
  ++live_;
  // Taken entries in between count too, so that the memory is bounded whatever the order of arrival.
  while (entries_.size() > most_ || (!entries_.empty() && !entries_.front().live)) drop_front();
}

void EarlyLabels::drop_front() {
  const Entry& front = entries_.front();
  if (front.live) {
    --live_;
    ++dropped_;
  }
  if (const auto* newest = newest_.find(front.fingerprint); newest != nullptr && *newest == first_number_)
    newest_.erase(front.fingerprint);
  entries_.pop_front();
  ++first_number_;
}

void EarlyLabels::take_matching(std::uint64_t print, const LabelKey& key, std::vector<Label>& out) {
  const std::uint64_t* newest = newest_.find(print);
  if (newest == nullptr) return;
  const std::size_t before = out.size();
  std::uint64_t keep_newest = kNone;
  for (std::uint64_t number = *newest; number != kNone && number >= first_number_;) {
    Entry& entry = entries_[number - first_number_];
    if (entry.live && entry.label.key == key) {
      entry.live = false;
      --live_;
      out.push_back(std::move(entry.label));
      entry.label = {};
    } else if (entry.live && keep_newest == kNone) {
      keep_newest = number;
    }
    number = entry.older;
  }
  if (keep_newest == kNone) newest_.erase(print);
  std::reverse(out.begin() + static_cast<std::ptrdiff_t>(before), out.end());
}

std::vector<EarlyLabels::Label> EarlyLabels::take(std::string_view id, std::string_view entity, TimePoint at) {
  std::vector<Label> labels;
  if (live_ == 0) return labels;
  take_matching(fingerprint_of_id(id), {std::string(id), {}, {}}, labels);
  if (!entity.empty()) take_matching(fingerprint_of_entity(entity, at), {{}, std::string(entity), at}, labels);
  return labels;
}

}  // namespace perennial::feedback
