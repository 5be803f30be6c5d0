#pragma once
// A flat hash map from 64-bit fingerprints to small values: a million entries without a million allocations.

#include <cstdint>
#include <vector>

namespace perennial::feedback {

/// Open addressing, linear probing, erasure by shifting back (no tombstones). Keys should be well mixed. `Value` is
/// trivially copyable. Not thread-safe. Grows by doubling at three quarters full and never shrinks.
template <class Value>
class KeyIndex {
 public:
  std::size_t size() const { return size_; }

  const Value* find(std::uint64_t key) const {
    if (slots_.empty()) return nullptr;
    key = usable(key);
    for (std::size_t i = home(key);; i = next(i)) {
      if (slots_[i].key == key) return &slots_[i].value;
      if (slots_[i].key == 0) return nullptr;
    }
  }
  Value* find(std::uint64_t key) { return const_cast<Value*>(static_cast<const KeyIndex*>(this)->find(key)); }

  /// Sets the value of a key, new or not.
  void put(std::uint64_t key, const Value& value) {
    if (4 * (size_ + 1) > 3 * slots_.size()) grow();
    key = usable(key);
    std::size_t i = home(key);
    while (slots_[i].key != 0 && slots_[i].key != key) i = next(i);
    if (slots_[i].key == 0) ++size_;
    slots_[i] = {key, value};
  }

  bool erase(std::uint64_t key) {
    if (slots_.empty()) return false;
    key = usable(key);
    std::size_t hole = home(key);
    while (slots_[hole].key != key) {
      if (slots_[hole].key == 0) return false;
      hole = next(hole);
    }
    for (std::size_t i = next(hole); slots_[i].key != 0; i = next(i)) {
      const std::size_t wanted = home(slots_[i].key);
      // An entry may move into the hole unless its home lies cyclically after the hole.
      const bool stays = hole <= i ? (hole < wanted && wanted <= i) : (hole < wanted || wanted <= i);
      if (stays) continue;
      slots_[hole] = slots_[i];
      hole = i;
    }
    slots_[hole] = {};
    --size_;
    return true;
  }

  void clear() {
    slots_.clear();
    size_ = 0;
  }

 private:
  struct Slot {
    std::uint64_t key = 0;  ///< 0 = free
    Value value{};
  };

  static std::uint64_t usable(std::uint64_t key) { return key == 0 ? 1 : key; }
  std::size_t home(std::uint64_t key) const { return static_cast<std::size_t>(key) & (slots_.size() - 1); }
  std::size_t next(std::size_t i) const { return (i + 1) & (slots_.size() - 1); }

  void grow() {
    std::vector<Slot> old(slots_.empty() ? 16 : 2 * slots_.size());
    old.swap(slots_);
    size_ = 0;
    for (const Slot& slot : old)
      if (slot.key != 0) put(slot.key, slot.value);
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace perennial::feedback
