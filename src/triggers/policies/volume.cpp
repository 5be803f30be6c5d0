// Retrains when enough new labelled rows are there (capabilities rows 25, 32).

#include <fmt/format.h>

#include "triggers/policies/members.hpp"

namespace perennial::triggers {
namespace {

class VolumePolicy final : public Policy {
 public:
  std::uint64_t rows = 0;

  std::optional<Finding> look(const TriggerInputs& inputs, const TriggerMemory&, TimePoint) const override {
    if (inputs.rows_labelled_since_training < rows) return std::nullopt;
    // Without the number itself, so that a suppressed request keeps one reason and is journalled once.
    return Finding{.fired = true,
                   .reason = fmt::format("{} or more new labelled rows since the last training", rows),
                   .measured = static_cast<double>(inputs.rows_labelled_since_training),
                   .threshold = static_cast<double>(rows)};
  }

  std::string describe() const override { return fmt::format("when {} new labelled rows are there", rows); }
};

Result<std::shared_ptr<const Policy>> make(const ConfigNode& item, std::string label) {
  TRY(item.check_keys({"volume", "priority"}));
  auto policy = std::make_shared<VolumePolicy>();
  ASSIGN_OR_RETURN(const Span span, item["volume"].span());
  if (span.rows == 0) return item["volume"].error("a volume is a number of rows", "such as 10000rows");
  policy->rows = span.rows;
  return finished(std::move(policy), item, std::move(label));
}

}  // namespace

PolicyKind volume_kind() {
  return {{"volume",
           "so many new labelled rows since the last training that succeeded",
           {{"volume", "", "> 0", "rows", "such as 10000rows"}, {"priority", "3", "1..5", "", "of the request"}}},
          make};
}

}  // namespace perennial::triggers
