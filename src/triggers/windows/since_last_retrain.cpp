// What is new since the champion was trained.

#include "triggers/windows/members.hpp"

namespace perennial::triggers {
namespace {

constexpr Span before_the_first{.duration = std::chrono::days(30), .rows = 0};

class SinceLastRetrainWindow final : public Window {
 public:
  Result<WindowChoice> choose(const WindowInputs& inputs) const override {
    if (!inputs.champion_train_to) {
      ASSIGN_OR_RETURN(auto choice, sliding_window(before_the_first)->choose(inputs));
      choice.reason += ", before the first version";
      return choice;
    }
    const std::size_t first = first_since(inputs, *inputs.champion_train_to);
    const std::size_t rows = inputs.times.size() - first;
    const std::string since = format_time(*inputs.champion_train_to);
    if (!is_enough(inputs, rows)) return too_few(inputs, rows, "since the champion's newest row");
    return WindowChoice{first, {}, fmt::format("{} rows since {}, the champion's newest row", rows, since)};
  }
  std::string text() const override { return "since_last_retrain"; }
  std::string describe() const override { return "the rows since the champion's newest one"; }
};

Result<std::shared_ptr<const Window>> make(const ConfigNode& value) {
  if (value.defined()) TRY(value.check_keys({"fallback"}));
  return with_fallback_of(value, since_last_retrain_window());
}

}  // namespace

std::shared_ptr<const Window> since_last_retrain_window() { return std::make_shared<SinceLastRetrainWindow>(); }

WindowKind since_last_retrain_kind() {
  return {{"since_last_retrain",
           "the rows since the newest one that the champion learned from; before the first version 30 days",
           {{"fallback", "the strategy's window", "a window", "", "where these are too few"}}},
          make};
}

}  // namespace perennial::triggers
