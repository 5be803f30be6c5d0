// Old rows count less and less instead of all or nothing: what they weigh halves with each half-life.

#include <cmath>

#include "triggers/windows/members.hpp"

namespace perennial::triggers {
namespace {

/// What a row weighs at least: a learner takes no zero, and 2^-30 of a row is none.
constexpr double least_weight = 0x1.0p-30;

class RecencyWeightedWindow final : public Window {
 public:
  RecencyWeightedWindow(Span half_life, std::shared_ptr<const Window> within)
      : half_life_(half_life), within_(std::move(within)) {}

  Result<WindowChoice> choose(const WindowInputs& inputs) const override {
    ASSIGN_OR_RETURN(WindowChoice choice, within_->choose(inputs));
    const std::size_t all = inputs.times.size();
    choice.weights.reserve(all - choice.first);
    for (std::size_t row = choice.first; row < all; ++row) {
      const double age = half_life_.rows > 0
                             ? static_cast<double>(all - 1 - row) / static_cast<double>(half_life_.rows)
                             : static_cast<double>((inputs.times[all - 1] - inputs.times[row]).count()) /
                                   static_cast<double>(half_life_.duration.count());
      choice.weights.push_back(static_cast<float>(std::max(least_weight, std::exp2(-age))));
    }
    choice.reason += fmt::format("; what a row weighs halves every {}", format_span(half_life_));
    return choice;
  }
  std::string text() const override {
    return fmt::format("{{recency_weighted: {{half_life: {}, within: {}}}}}", format_span(half_life_), within_->text());
  }
  std::string describe() const override {
    return fmt::format("{}, weighted by half for every {} of age", within_->describe(), format_span(half_life_));
  }
  std::uint64_t most_rows() const override { return within_->most_rows(); }

 private:
  Span half_life_;
  std::shared_ptr<const Window> within_;
};

Result<std::shared_ptr<const Window>> make(const ConfigNode& value) {
  ConfigNode half_life = value;
  std::shared_ptr<const Window> within = expanding_window();
  if (value.is_map()) {
    TRY(value.check_keys({"half_life", "within"}));
    half_life = value["half_life"];
    if (const auto node = value["within"]; node.defined()) {
      ASSIGN_OR_RETURN(within, parse_window(node));
    }
  }
  if (!half_life.defined())
    return fail(ErrorCode::config, "recency_weighted needs a half-life", value.defined() ? value.place() : "",
                "such as {recency_weighted: 5000rows}");
  ASSIGN_OR_RETURN(const Span span, half_life.span());
  if (span.empty()) return half_life.error("a half-life is longer than nothing", "such as 5000rows or 30d");
  return std::make_shared<RecencyWeightedWindow>(span, std::move(within));
}

}  // namespace

WindowKind recency_weighted_kind() {
  return {{"recency_weighted",
           "the rows of another window, each weighted by its age",
           {{"half_life", "", "> 0", "span", "age at which a row weighs half as much as the newest"},
            {"within", "expanding", "a window", "", "which rows are weighted"}}},
          make};
}

}  // namespace perennial::triggers
