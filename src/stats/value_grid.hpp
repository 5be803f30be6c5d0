#pragma once
// A monotone map of doubles to cells: where in a long sorted sample a value belongs, in a few instructions.

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace perennial::stats {

/// Cuts a sorted sample into cells that hold about as many values each, in two steps: stretches of equal width, of the
/// values themselves or of their bit patterns (about their logarithms), whichever serves the sample better; then each
/// stretch into as many cells of equal width as its share of the sample is worth. Values outside count to the end
/// cells. a <= b gives cell(a) <= cell(b), so every cell holds a run of the sample. Immutable.
class ValueGrid {
 public:
  ValueGrid() = default;
  /// `distinct` ascending, without NaN; `cumulative[i]` values are not above distinct[i]; about `cells` cells.
  ValueGrid(std::span<const double> distinct, std::span<const std::uint32_t> cumulative, std::size_t cells);

  std::size_t cells() const { return first_.size() - 1; }
  /// The distinct values [first(c), first(c + 1)) are those of cell c; c <= cells().
  std::uint32_t first(std::size_t cell) const { return first_[cell]; }

  /// Calls `body(cell_of)` with the map as a function object that can be inlined. NaN goes to some cell.
  template <class Body>
  void with_map(Body body) const {
    const Stretch* stretches = stretches_.data();
    if (by_bits_) body([bits = bits_, stretches](double value) { return stretches[bits(value)].cell(value); });
    else body([linear = linear_, stretches](double value) { return stretches[linear(value)].cell(value); });
  }

  // The parts of the map, for who computes it for several values at a time: stretches()[linear()(v)].cell(v), with
  // bits() in the place of linear() where by_bits().
  struct Linear {
    double low = 0;
    double scale = 0;
    double last = 0;
    std::uint32_t operator()(double value) const {
      const double at = (value - low) * scale;
      const double above = at > 0 ? at : 0;  // NaN: 0
      return static_cast<std::uint32_t>(static_cast<std::int32_t>(above < last ? above : last));
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
  struct Stretch {
    Linear inside;
    std::uint32_t base = 0;  ///< its first cell
    std::uint32_t cell(double value) const { return base + inside(value); }
  };
  bool by_bits() const { return by_bits_; }
  const Linear& linear() const { return linear_; }
  const Bits& bits() const { return bits_; }
  const Stretch* stretches() const { return stretches_.data(); }
  /// cells() + 1 of them: first().
  const std::uint32_t* firsts() const { return first_.data(); }

 private:
  struct Cut {
    std::vector<Stretch> stretches;
    std::vector<std::uint32_t> first;
  };
  template <class Map>
  static Cut cut(std::span<const double> distinct, std::span<const std::uint32_t> cumulative, const Map& map,
                 std::size_t stretches, std::size_t cells);

  bool by_bits_ = false;
  Linear linear_;
  Bits bits_;
  std::vector<Stretch> stretches_{Stretch{}};
  std::vector<std::uint32_t> first_{0, 0};
};

}  // namespace perennial::stats
