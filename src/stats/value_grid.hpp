#pragma once
// A monotone map of doubles to cells: where in a long sorted sample a value belongs, in a few instructions.

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace perennial::stats {

/// Cuts a sorted sample into cells of equal width, of the values themselves or of their bit patterns (about their
/// logarithms), whichever spreads the sample more evenly. Values outside count to the end cells. a <= b gives
/// cell(a) <= cell(b), so every cell holds a run of the sample. Immutable.
class ValueGrid {
 public:
  ValueGrid() = default;
  /// `distinct` ascending, without NaN; `cumulative[i]` values are not above distinct[i]; at most `cells` cells.
  ValueGrid(std::span<const double> distinct, std::span<const std::uint32_t> cumulative, std::size_t cells);

  std::size_t cells() const { return first_.size() - 1; }
  /// The distinct values [first(c), first(c + 1)) are those of cell c; c <= cells().
  std::uint32_t first(std::size_t cell) const { return first_[cell]; }

  struct Linear {
    double low = 0;
    double scale = 0;
    double last = 0;
    /// NaN: 0.
    std::uint32_t operator()(double value) const {
      const double at = (value - low) * scale;
      const double above = at > 0 ? at : 0;
      return static_cast<std::uint32_t>(above < last ? above : last);
    }
  };
  struct Bits {
    std::int64_t low = 0;
    std::int64_t high = 0;
    int shift = 63;
    static std::int64_t key(double value) {
      const auto bits = std::bit_cast<std::int64_t>(value + 0.0);  // -0 and 0 are one value
      return bits ^ ((bits >> 63) & INT64_MAX);
    }
    std::uint32_t operator()(double value) const {
      const std::int64_t k = key(value);
      const std::int64_t inside = k < low ? low : k > high ? high : k;
      return static_cast<std::uint32_t>((static_cast<std::uint64_t>(inside) - static_cast<std::uint64_t>(low)) >>
                                        shift);
    }
  };

  /// Calls `body(cell_of)` with the map as a function object that can be inlined.
  template <class Body>
  void with_map(Body body) const {
    if (by_bits_) body(bits_);
    else body(linear_);
  }

 private:
  template <class Map>
  std::vector<std::uint32_t> cut(std::span<const double> distinct, const Map& map, std::size_t cells) const;

  bool by_bits_ = false;
  Linear linear_;
  Bits bits_;
  std::vector<std::uint32_t> first_{0, 0};
};

}  // namespace perennial::stats
