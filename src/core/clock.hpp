#pragma once
// The seam for time. Deciders never see a Clock: they are given `now`.

#include "core/time.hpp"

namespace perennial {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
  /// True where time is driven by the caller: no decision may then read a stopwatch.
  virtual bool is_virtual() const = 0;
};

/// The machine's wall clock. Thread-safe.
class SystemClock final : public Clock {
 public:
  TimePoint now() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
  bool is_virtual() const override { return false; }
};

/// Set by replay, demo and tests. Not thread-safe: one loop owns it.
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(TimePoint start = {}) : now_(start) {}
  TimePoint now() const override { return now_; }
  bool is_virtual() const override { return true; }
  /// Never moves back: an earlier instant is ignored.
  void advance_to(TimePoint at) { now_ = at > now_ ? at : now_; }
  void advance_by(Duration by) { now_ += by; }

 private:
  TimePoint now_;
};

}  // namespace perennial
