// The newest rows: so many of them, or those of so long.

#include "triggers/windows/members.hpp"

namespace perennial::triggers {
namespace {

class SlidingWindow final : public Window {
 public:
  explicit SlidingWindow(Span span) : span_(span) {}

  Result<WindowChoice> choose(const WindowInputs& inputs) const override {
    const std::size_t all = inputs.times.size();
    const std::size_t first = span_.rows > 0 ? all - std::min<std::size_t>(all, span_.rows)
                                             : first_since(inputs, inputs.now - span_.duration);
    return WindowChoice{first, {}, fmt::format("the newest {}: {} of {} rows", text(), all - first, all)};
  }
  std::string text() const override { return format_span(span_); }
  std::string describe() const override { return "the newest " + text(); }
  std::uint64_t most_rows() const override { return span_.rows; }

 private:
  Span span_;
};

Result<std::shared_ptr<const Window>> make(const ConfigNode& value) {
  if (!value.defined())
    return fail(ErrorCode::config, "sliding needs a span", "", "such as 90d or {sliding: 10000rows}");
  ASSIGN_OR_RETURN(const Span span, value.span());
  if (span.empty()) return value.error("an empty training window holds no rows", "such as 90d or 10000rows");
  return sliding_window(span);
}

}  // namespace

std::shared_ptr<const Window> sliding_window(const Span& span) { return std::make_shared<SlidingWindow>(span); }

WindowKind sliding_kind() {
  return {{"sliding",
           "the newest rows; a span alone means this",
           {{"sliding", "", "> 0", "span", "so many rows, or the rows of so long: 10000rows, 90d"}}},
          make};
}

}  // namespace perennial::triggers
