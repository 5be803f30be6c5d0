#pragma once
// Labels that came before their prediction.

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "feedback/key_index.hpp"
#include "feedback/label_batch.hpp"

namespace perennial::feedback {

/// Bounded: the oldest are dropped and counted. Not thread-safe.
class EarlyLabels {
 public:
  explicit EarlyLabels(std::size_t most) : most_(most) {}

  struct Label {
    LabelKey key;
    std::vector<double> truth;  ///< per target, NaN = not given
    float confidence = 1;
    TimePoint received_at{};
  };

  void keep(Label label);
  bool empty() const { return live_ == 0; }
  std::size_t size() const { return live_; }
  std::uint64_t dropped() const { return dropped_; }
  /// Takes out the labels of one prediction, oldest first: those by id, then those by entity and time.
  std::vector<Label> take(std::string_view id, std::string_view entity, TimePoint at);
  /// Calls change(label) for every label that is kept.
  template <class Change>
  void change_all(Change change) {
    for (auto& entry : entries_)
      if (entry.live) change(entry.label);
  }

 private:
  struct Entry {
    Label label;
    std::uint64_t fingerprint = 0;
    std::uint64_t older = kNone;  ///< number of the entry before it with the same fingerprint
    bool live = true;
  };
  static constexpr std::uint64_t kNone = ~0ull;

  void take_matching(std::uint64_t fingerprint, const LabelKey& key, std::vector<Label>& out);
  void drop_front();

  std::size_t most_;
  std::size_t live_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t first_number_ = 0;  ///< number of entries_.front()
  std::deque<Entry> entries_;
  KeyIndex<std::uint64_t> newest_;  ///< fingerprint → number of the newest entry
};

}  // namespace perennial::feedback
