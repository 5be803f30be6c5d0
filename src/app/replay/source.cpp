#include "app/replay/source.hpp"

#include <fmt/format.h>

#include <limits>

#include "core/catalog.hpp"
#include "data/cell.hpp"
#include "data/task.hpp"

namespace perennial::app {

data::SourceSpec source_spec(const lifecycle::ModelConfig& model, const std::vector<std::string>& files) {
  data::SourceSpec spec = model.source.value_or(data::SourceSpec{});
  if (!files.empty()) {
    spec.files = files;
    spec.sql.clear();
  }
  return spec;
}

SourceForm form_of(const Signature& signature) { return {signature.request, signature.targets, std::nullopt}; }

namespace {

/// The targets of the config, with the tasks and classes that the file shows.
Result<std::vector<Target>> targets_in(const data::FileSchema& schema, const lifecycle::ModelConfig& model,
                                       bool with_targets) {
  std::vector<Target> targets;
  for (const auto& wanted : model.targets) {
    const auto* column = schema.find(wanted.name);
    if (column == nullptr) {
      if (!with_targets) continue;
      const auto names = schema.names();
      return unknown_name("target column", wanted.name, names, schema.place, ErrorCode::config);
    }
    auto target = wanted.task ? data::make_target(*column, *wanted.task) : data::infer_task(*column);
    // A number that the config calls a class: its values are the classes.
    if (target && !wanted.task && target->task == Task::regression)
      target = data::make_target(*column, column->values.size() == 2 ? Task::binary : Task::multiclass);
    if (!target) return std::unexpected(target.error());
    targets.push_back(std::move(*target));
  }
  return targets;
}

/// The columns of the file that the model uses.
Result<std::vector<InputColumn>> columns_in(const data::FileSchema& schema, const lifecycle::ModelConfig& model) {
  std::vector<InputColumn> available;
  for (const auto& column : schema.columns) {
    const auto is = [&](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), column.name) != names.end();
    };
    const bool is_target = std::any_of(model.targets.begin(), model.targets.end(),
                                       [&](const auto& target) { return target.name == column.name; });
    if (is_target || (model.entity && *model.entity == column.name) || is(model.timestamp)) continue;
    available.push_back({column.name, column.kind});
  }
  return features::select_columns(model.features, available);
}

}  // namespace

Result<ModelSource> ModelSource::open(const lifecycle::ModelConfig& model, const std::vector<std::string>& files,
                                      Duration row_interval, bool with_targets, const SourceForm* known) {
  const data::SourceSpec spec = source_spec(model, files);
  if (spec.files.empty() && spec.sql.empty())
    return fail(ErrorCode::usage, "no data is named", model.name, "give --data FILE, or data.source in the config");
  ASSIGN_OR_RETURN(data::FileSchema schema, data::infer_schema(spec));

  SourceForm form = known != nullptr ? *known : SourceForm{};
  if (known == nullptr) {
    ASSIGN_OR_RETURN(form.targets, targets_in(schema, model, with_targets));
    ASSIGN_OR_RETURN(form.columns, columns_in(schema, model));
  }
  if (model.time_axis) form.time = *model.time_axis;
  else if (!form.time && !model.timestamp.empty()) {
    ASSIGN_OR_RETURN(form.time, data::infer_time_axis(model.timestamp, schema));
  }

  data::StreamSpec stream_spec;
  stream_spec.source = spec;
  stream_spec.clock_interval = row_interval;
  stream_spec.entity = model.entity;
  stream_spec.known_rows = schema.rows;
  stream_spec.time = form.time;
  stream_spec.columns = form.columns;  // only these are read from the file
  if (with_targets)
    for (const auto& target : form.targets) stream_spec.targets.push_back({target.name, target.task, target.classes});
  ASSIGN_OR_RETURN(data::RowStream stream, data::RowStream::open(stream_spec));
  ModelSource source(std::move(schema), std::move(stream));
  source.available_ = std::move(form.columns);
  source.targets_ = std::move(form.targets);
  source.with_targets_ = with_targets;
  source.time_ = std::move(form.time);
  return source;
}

Result<Rows> ModelSource::next(std::size_t rows) {
  Rows result;
  ASSIGN_OR_RETURN(result.request, stream_.next(rows));
  if (!with_targets_) return result;
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    const Column& column = result.request.columns[available_.size() + t];
    if (column.kind == ColumnKind::numeric) {
      result.truth.push_back(column.numbers);
      continue;
    }
    Truth truth(column.codes.size(), std::numeric_limits<double>::quiet_NaN());
    std::vector<int> class_of(column.dictionary->size());
    for (std::size_t code = 0; code < class_of.size(); ++code)
      class_of[code] = targets_[t].class_index(column.dictionary->value(static_cast<std::int32_t>(code)));
    for (std::size_t row = 0; row < truth.size(); ++row)
      if (const auto code = column.codes[row]; code >= 0 && class_of[static_cast<std::size_t>(code)] >= 0)
        truth[row] = class_of[static_cast<std::size_t>(code)];
    result.truth.push_back(std::move(truth));
  }
  result.request.columns.resize(available_.size());
  return result;
}

std::vector<std::string> ModelSource::notes() const {
  std::vector<std::string> notes;
  const auto& order = stream_.order_report();
  if (time_ && order.decreasing > 0)
    notes.push_back(
        fmt::format("{} rows were earlier than the row before them: rows are taken in time order", order.decreasing));
  if (time_ && order.equal > 0)
    notes.push_back(fmt::format("{} rows have the same time as the row before them", order.equal));
  for (const auto& [column, count] : stream_.unparsable())
    notes.push_back(fmt::format("column '{}': {} values are no numbers and count as missing", column, count));
  return notes;
}

}  // namespace perennial::app
