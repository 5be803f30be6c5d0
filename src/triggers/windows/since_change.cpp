// What follows the rule that holds now: after an abrupt change older rows teach the old one.

#include "triggers/windows/members.hpp"

namespace perennial::triggers {
namespace {

class SinceChangeWindow final : public Window {
 public:
  Result<WindowChoice> choose(const WindowInputs& inputs) const override {
    if (!inputs.change) return fail(ErrorCode::invalid, "no change was found");
    const std::size_t first = first_since(inputs, inputs.change->at);
    if (first == 0) return fail(ErrorCode::invalid, "the newest change is older than all rows that are kept");
    const std::size_t rows = inputs.times.size() - first;
    const std::string since =
        fmt::format("since {}, where {} changed", format_time(inputs.change->at), inputs.change->found_by);
    if (!is_enough(inputs, rows)) return too_few(inputs, rows, since);
    return WindowChoice{first, {}, fmt::format("{} rows {}", rows, since)};
  }
  std::string text() const override { return "since_change"; }
  std::string describe() const override { return "the rows since the newest change that was found"; }
};

Result<std::shared_ptr<const Window>> make(const ConfigNode& value) {
  if (value.defined()) TRY(value.check_keys({"fallback"}));
  return with_fallback_of(value, std::make_shared<SinceChangeWindow>());
}

}  // namespace

WindowKind since_change_kind() {
  return {{"since_change",
           "the rows since the newest change in the champion's losses, or since a live alarm of drift or decay",
           {{"fallback", "the strategy's window", "a window", "", "where no change was found or these are too few"}}},
          make};
}

}  // namespace perennial::triggers
