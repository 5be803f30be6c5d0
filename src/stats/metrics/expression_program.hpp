#pragma once
// Arithmetic over named numbers, from text to a list of steps for a stack. Reads nothing but the values that it is
// given.
//
//   comparison = sum [("<" | "<=" | ">" | ">=" | "==" | "!=") sum]        1 where it holds, else 0
//   sum        = product {("+" | "-") product}
//   product    = factor {("*" | "/") factor}
//   factor     = "-" factor | number | name | function "(" comparison {"," comparison} ")" | "(" comparison ")"
// Functions: abs(x), sqrt(x), exp(x), log(x), min(a, b), max(a, b).

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace perennial::stats {

/// Immutable; run() may be called from several threads, each with a stack of its own.
class ExpressionProgram {
 public:
  enum class Op : std::uint8_t {
    number,
    name,
    negate,
    add,
    subtract,
    multiply,
    divide,
    less,
    less_equal,
    greater,
    greater_equal,
    equal,
    not_equal,
    absolute,
    root,
    exponential,
    logarithm,
    minimum,
    maximum,
  };
  struct Step {
    Op op = Op::number;
    double number = 0;
    std::size_t slot = 0;  ///< of the names
  };

  /// Errors, all of code config and with the text as `where`: nothing written, more than limits::expression_bytes,
  /// nested deeper than limits::expression_depth, an unexpected character or end (with its position, from 1), an
  /// unknown name or function (with the known ones), a function with the wrong number of values.
  static Result<ExpressionProgram> parse(std::string_view text, std::span<const std::string> names);

  /// `values[k]` belongs to names[k]. Anything but a finite number where the arithmetic gives that. `stack` is scratch.
  double run(std::span<const double> values, std::vector<double>& stack) const;
  bool uses(std::size_t slot) const;

 private:
  std::vector<Step> steps_;
};

}  // namespace perennial::stats
