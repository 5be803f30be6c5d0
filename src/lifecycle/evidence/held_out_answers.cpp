#include "lifecycle/evidence/held_out_answers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "feedback/record.hpp"

namespace perennial::lifecycle {
namespace {

/// Truths travel as columns behind the inputs; no data column can be called that.
constexpr std::string_view truth_prefix = "\x01truth ";

}  // namespace

HeldOutAnswers HeldOutAnswers::thinned(const Table& inputs, const Outputs& outputs, const std::vector<Truth>& truth,
                                       std::size_t most) {
  const std::size_t kept = std::min(inputs.rows, most);
  std::vector<std::size_t> rows(kept);
  for (std::size_t i = 0; i < kept; ++i) rows[i] = i * inputs.rows / kept;
  HeldOutAnswers result{inputs.pick(rows), {kept, outputs.width, {}}, std::vector<Truth>(truth.size())};
  result.inputs.entities.clear();
  for (const std::size_t row : rows) {
    const auto first = outputs.values.begin() + static_cast<std::ptrdiff_t>(row * outputs.width);
    result.outputs.values.insert(result.outputs.values.end(), first,
                                 first + static_cast<std::ptrdiff_t>(outputs.width));
    for (std::size_t t = 0; t < truth.size(); ++t) result.truth[t].push_back(truth[t][row]);
  }
  return result;
}

std::string encode(const HeldOutAnswers& answers, const std::string& version) {
  feedback::PredictionRecord record;
  record.ids.assign(answers.rows(), "-");
  record.request = answers.inputs;
  for (std::size_t t = 0; t < answers.truth.size(); ++t)
    record.request.columns.push_back(
        {fmt::format("{}{}", truth_prefix, t), ColumnKind::numeric, answers.truth[t], {}, nullptr});
  record.versions.push_back({version, feedback::Arm::champion, answers.outputs,
                             std::vector<std::uint8_t>(answers.rows(), 1),
                             std::vector<std::uint8_t>(answers.rows(), 0)});
  record.answered.assign(answers.rows(), 0);
  return feedback::encode(record);
}

Result<HeldOutAnswers> decode_held_out(std::string_view bytes) {
  ASSIGN_OR_RETURN(auto record, feedback::decode_record(bytes));
  if (record.versions.size() != 1) return fail(ErrorCode::corrupt, "held-out answers of not one version");
  HeldOutAnswers answers;
  answers.inputs = std::move(record.request);
  answers.outputs = std::move(record.versions.front().outputs);
  auto& columns = answers.inputs.columns;
  const auto first = std::ranges::find_if(columns, [](const Column& c) { return c.name.starts_with(truth_prefix); });
  for (auto column = first; column != columns.end(); ++column) answers.truth.push_back(std::move(column->numbers));
  columns.erase(first, columns.end());
  return answers;
}

}  // namespace perennial::lifecycle
