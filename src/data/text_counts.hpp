#pragma once
// How often each text occurs in a column.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.hpp"

namespace perennial::data {

/// A table without nodes: a lookup touches one slot and one entry, so that millions of cells are counted from the
/// cache. At most 2^31 distinct texts; the caller bounds them.
class TextCounts {
 public:
  struct Entry {
    std::string text;
    std::uint64_t count = 0;
  };

  /// True where the text was not known before.
  bool add(std::string_view text) {
    if (2 * entries_.size() >= slots_.size()) grow();
    const std::uint64_t hash = hash64(text, 0);
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
      Slot& slot = slots_[at];
      if (slot.entry == none) {
        slot = {tag, static_cast<std::uint32_t>(entries_.size())};
        entries_.push_back({std::string(text), 1});
        return true;
      }
      if (slot.tag != tag) continue;
      Entry& entry = entries_[slot.entry];
      if (entry.text != text) continue;
      ++entry.count;
      return false;
    }
  }

  /// In order of first appearance.
  const std::vector<Entry>& entries() const { return entries_; }
  std::size_t size() const { return entries_.size(); }
  void clear() {
    slots_ = {};
    entries_ = {};
  }

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t entry = none;
  };

  void grow() {
    slots_.assign(slots_.empty() ? 16 : 2 * slots_.size(), {});
    const std::size_t mask = slots_.size() - 1;
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
      const std::uint64_t hash = hash64(entries_[i].text, 0);
      std::size_t at = hash & mask;
      while (slots_[at].entry != none) at = (at + 1) & mask;
      slots_[at] = {static_cast<std::uint32_t>(hash >> 32), i};
    }
  }

  std::vector<Slot> slots_;
  std::vector<Entry> entries_;
};

}  // namespace perennial::data
