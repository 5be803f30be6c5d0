#include "stats/metrics/expression_program.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "core/catalog.hpp"
#include "core/limits.hpp"

namespace perennial::stats {
namespace {

using Op = ExpressionProgram::Op;
using Step = ExpressionProgram::Step;

struct Function {
  std::string_view name;
  Op op;
  std::size_t values;
};

constexpr std::array<Function, 6> functions{{{"abs", Op::absolute, 1},
                                             {"sqrt", Op::root, 1},
                                             {"exp", Op::exponential, 1},
                                             {"log", Op::logarithm, 1},
                                             {"min", Op::minimum, 2},
                                             {"max", Op::maximum, 2}}};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Recursive descent. Its depth is that of the text's nesting, which `depth_` bounds.
class Parser {
 public:
  Parser(std::string_view text, std::span<const std::string> names) : text_(text), names_(names) {}

  Result<std::vector<Step>> parse() {
    if (text_.size() > limits::expression_bytes)
      return wrong(
          fmt::format("the expression has {} bytes, at most {} are allowed", text_.size(), limits::expression_bytes));
    skip_blanks();
    if (at_ == text_.size()) return wrong("the expression is empty");
    PERENNIAL_TRY(comparison());
    if (at_ < text_.size()) return unexpected();
    return std::move(steps_);
  }

 private:
  std::unexpected<Error> wrong(std::string what) const {
    return fail(ErrorCode::config, std::move(what), std::string(text_.substr(0, limits::expression_bytes)),
                fmt::format("known names: {}", fmt::join(names_, ", ")));
  }
  std::unexpected<Error> unexpected() const {
    if (at_ >= text_.size()) return wrong("the expression ends too early");
    return wrong(fmt::format("unexpected '{}' at position {}", text_[at_], at_ + 1));
  }
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) ++at_;
  }
  bool take(std::string_view symbol) {
    if (!text_.substr(at_).starts_with(symbol)) return false;
    at_ += symbol.size();
    skip_blanks();
    return true;
  }

  Status comparison() {
    PERENNIAL_TRY(sum());
    // Longer symbols first: "<=" begins with "<".
    constexpr std::array<std::pair<std::string_view, Op>, 6> symbols{{{"<=", Op::less_equal},
                                                                      {">=", Op::greater_equal},
                                                                      {"==", Op::equal},
                                                                      {"!=", Op::not_equal},
                                                                      {"<", Op::less},
                                                                      {">", Op::greater}}};
    for (const auto& [symbol, op] : symbols) {
      if (!take(symbol)) continue;
      PERENNIAL_TRY(sum());
      steps_.push_back({op});
      break;
    }
    return {};
  }

  Status sum() {
    PERENNIAL_TRY(product());
    while (true) {
      const Op op = take("+") ? Op::add : take("-") ? Op::subtract : Op::number;
      if (op == Op::number) return {};
      PERENNIAL_TRY(product());
      steps_.push_back({op});
    }
  }

  Status product() {
    PERENNIAL_TRY(factor());
    while (true) {
      const Op op = take("*") ? Op::multiply : take("/") ? Op::divide : Op::number;
      if (op == Op::number) return {};
      PERENNIAL_TRY(factor());
      steps_.push_back({op});
    }
  }

  Status factor() {
    if (++depth_ > limits::expression_depth)
      return wrong(fmt::format("the expression is nested deeper than {}", limits::expression_depth));
    PERENNIAL_TRY(unary());
    --depth_;
    return {};
  }

  Status unary() {
    if (take("-")) {
      PERENNIAL_TRY(factor());
      steps_.push_back({Op::negate});
      return {};
    }
    if (take("(")) {
      PERENNIAL_TRY(comparison());
      return take(")") ? Status{} : unexpected();
    }
    if (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) return number();
    if (at_ < text_.size() && is_letter(text_[at_])) return word();
    return unexpected();
  }

  Status number() {
    double value = 0;
    const char* end = text_.data() + text_.size();
    const auto read = std::from_chars(text_.data() + at_, end, value);
    if (read.ec != std::errc{} || !std::isfinite(value)) return wrong(fmt::format("no number at position {}", at_ + 1));
    at_ = static_cast<std::size_t>(read.ptr - text_.data());
    skip_blanks();
    steps_.push_back({Op::number, value});
    return {};
  }

  Status word() {
    const std::size_t first = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    const std::string_view name = text_.substr(first, at_ - first);
    skip_blanks();
    if (take("(")) return call(name);
    const auto found = std::ranges::find(names_, name);
    if (found == names_.end()) return unknown_name("name", name, names_, std::string(text_));
    steps_.push_back({Op::name, 0, static_cast<std::size_t>(found - names_.begin())});
    return {};
  }

  Status call(std::string_view name) {
    const auto* const function = std::ranges::find(functions, name, &Function::name);
    if (function == functions.end()) {
      std::vector<std::string> known;
      for (const auto& each : functions) known.emplace_back(each.name);
      return unknown_name("function", name, known, std::string(text_));
    }
    std::size_t given = 0;
    do {
      PERENNIAL_TRY(comparison());
      ++given;
    } while (take(","));
    if (!take(")")) return unexpected();
    if (given != function->values)
      return wrong(
          fmt::format("{} takes {} value{}, not {}", name, function->values, function->values == 1 ? "" : "s", given));
    steps_.push_back({function->op});
    return {};
  }

  std::string_view text_;
  std::span<const std::string> names_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::vector<Step> steps_;
};

double of_one(Op op, double a) {
  switch (op) {
    case Op::negate: return -a;
    case Op::absolute: return std::abs(a);
    case Op::root: return std::sqrt(a);
    case Op::exponential: return std::exp(a);
    default: return std::log(a);
  }
}

double of_two(Op op, double a, double b) {
  switch (op) {
    case Op::add: return a + b;
    case Op::subtract: return a - b;
    case Op::multiply: return a * b;
    case Op::divide: return a / b;
    case Op::less: return a < b ? 1 : 0;
    case Op::less_equal: return a <= b ? 1 : 0;
    case Op::greater: return a > b ? 1 : 0;
    case Op::greater_equal: return a >= b ? 1 : 0;
    case Op::equal: return a == b ? 1 : 0;
    case Op::not_equal: return a != b ? 1 : 0;
    case Op::minimum: return std::min(a, b);
    default: return std::max(a, b);
  }
}

bool takes_one(Op op) {
  return op == Op::negate || op == Op::absolute || op == Op::root || op == Op::exponential || op == Op::logarithm;
}

}  // namespace

Result<ExpressionProgram> ExpressionProgram::parse(std::string_view text, std::span<const std::string> names) {
  ASSIGN_OR_RETURN(std::vector<Step> steps, Parser(text, names).parse());
  ExpressionProgram program;
  program.steps_ = std::move(steps);
  return program;
}

double ExpressionProgram::run(std::span<const double> values, std::vector<double>& stack) const {
  stack.clear();
  for (const Step& step : steps_) {
    if (step.op == Op::number || step.op == Op::name) {
      stack.push_back(step.op == Op::number ? step.number : values[step.slot]);
    } else if (takes_one(step.op)) {
      stack.back() = of_one(step.op, stack.back());
    } else {
      const double right = stack.back();
      stack.pop_back();
      stack.back() = of_two(step.op, stack.back(), right);
    }
  }
  return stack.back();
}

bool ExpressionProgram::uses(std::size_t slot) const {
  return std::ranges::any_of(steps_, [&](const Step& step) { return step.op == Op::name && step.slot == slot; });
}

}  // namespace perennial::stats
