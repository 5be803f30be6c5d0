#pragma once
// Remembers what trainings made, in the fleet's database, so that a resumed replay does not train the same thing twice.

#include "storage/key_value.hpp"
#include "training/run.hpp"

namespace perennial::lifecycle {

/// A memo that cannot be read or written only costs a training. Thread-safe.
class RunMemo final : public training::RunCache {
 public:
  explicit RunMemo(storage::KeyValue& store) : store_(&store) {}

  std::optional<std::string> get(const std::string& key) override {
    auto found = store_->get("training", key);
    return found ? *found : std::nullopt;
  }
  void put(const std::string& key, const std::string& bytes) override {
    if (store_->put("training", key, bytes)) (void)store_->trim("training", most_runs);
  }

 private:
  static constexpr std::uint64_t most_runs = 10000;
  storage::KeyValue* store_;
};

}  // namespace perennial::lifecycle
