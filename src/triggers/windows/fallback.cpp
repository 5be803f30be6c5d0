// Another window where the first has nothing, or too little, to offer.

#include <algorithm>

#include "triggers/windows/members.hpp"

namespace perennial::triggers {
namespace {

class WindowWithFallback final : public Window {
 public:
  WindowWithFallback(std::shared_ptr<const Window> first, std::shared_ptr<const Window> other)
      : first_(std::move(first)), other_(std::move(other)) {}

  Result<WindowChoice> choose(const WindowInputs& inputs) const override {
    auto choice = first_->choose(inputs);
    if (choice && is_enough(inputs, inputs.times.size() - choice->first)) return choice;
    const std::string why = choice ? choice->reason + ": too few" : choice.error().what;
    ASSIGN_OR_RETURN(WindowChoice other, other_->choose(inputs));
    other.reason += fmt::format(" ({}: {})", first_->text(), why);
    return other;
  }
  std::string text() const override { return fmt::format("{{{}: {{fallback: {}}}}}", first_->text(), other_->text()); }
  std::string describe() const override {
    return fmt::format("{}; where there are too few, {}", first_->describe(), other_->describe());
  }
  std::uint64_t most_rows() const override { return std::max(first_->most_rows(), other_->most_rows()); }

 private:
  std::shared_ptr<const Window> first_;
  std::shared_ptr<const Window> other_;
};

}  // namespace

std::shared_ptr<const Window> with_fallback(std::shared_ptr<const Window> first, std::shared_ptr<const Window> other) {
  return std::make_shared<WindowWithFallback>(std::move(first), std::move(other));
}

Result<std::shared_ptr<const Window>> with_fallback_of(const ConfigNode& value, std::shared_ptr<const Window> window) {
  if (!value.defined() || !value["fallback"].defined()) return window;
  ASSIGN_OR_RETURN(auto other, parse_window(value["fallback"]));
  return with_fallback(std::move(window), std::move(other));
}

std::shared_ptr<const Window> default_window(const std::string& strategy) {
  const auto days = [](int count) { return sliding_window({.duration = std::chrono::days(count), .rows = 0}); };
  if (strategy == "triggered") return with_fallback(since_last_retrain_window(), expanding_window());
  return with_fallback(days(strategy == "scheduled" ? 90 : 30), expanding_window());
}

std::size_t first_since(const WindowInputs& inputs, TimePoint from) {
  return static_cast<std::size_t>(std::ranges::lower_bound(inputs.times, from) - inputs.times.begin());
}

bool is_enough(const WindowInputs& inputs, std::size_t rows) { return rows >= enough_rows_factor * inputs.min_rows; }

std::unexpected<Error> too_few(const WindowInputs& inputs, std::size_t rows, const std::string& which) {
  return fail(ErrorCode::invalid,
              fmt::format("{} rows {} are fewer than {}", rows, which, enough_rows_factor * inputs.min_rows));
}

}  // namespace perennial::triggers
