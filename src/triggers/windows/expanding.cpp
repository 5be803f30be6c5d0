// Everything that is kept.

#include "triggers/windows/members.hpp"

namespace perennial::triggers {
namespace {

class ExpandingWindow final : public Window {
 public:
  Result<WindowChoice> choose(const WindowInputs& inputs) const override {
    return WindowChoice{0, {}, fmt::format("all {} rows that are kept", inputs.times.size())};
  }
  std::string text() const override { return "expanding"; }
  std::string describe() const override { return "all rows that are kept"; }
};

Result<std::shared_ptr<const Window>> make(const ConfigNode& value) {
  if (value.defined()) TRY(value.check_keys({}));
  return expanding_window();
}

}  // namespace

std::shared_ptr<const Window> expanding_window() { return std::make_shared<ExpandingWindow>(); }

WindowKind expanding_kind() { return {{"expanding", "all rows that are kept (examples_in_memory)", {}}, make}; }

}  // namespace perennial::triggers
