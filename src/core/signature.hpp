#pragma once
// What goes into a model and what comes out: the part of a version that clients and other versions rely on.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "core/table.hpp"

namespace perennial {

enum class Task { regression, binary, multiclass };

std::string_view to_string(Task task);
inline bool is_classification(Task task) { return task != Task::regression; }

/// One thing that a model predicts. A model may have several (remaining useful life and health class).
struct Target {
  std::string name;
  Task task = Task::regression;
  std::vector<std::string> classes;  ///< classification: class i has probability output i; sorted (numbers by value)

  /// Floats per row in Outputs: 1 for regression, the number of classes otherwise (2 for binary).
  std::size_t width() const { return task == Task::regression ? 1 : classes.size(); }
  /// The index of a class name, -1 where it is not known.
  int class_index(std::string_view name_of_class) const;
  friend bool operator==(const Target&, const Target&) = default;
};

/// One input of the graph.
struct InputColumn {
  std::string name;
  ColumnKind kind = ColumnKind::numeric;
  friend bool operator==(const InputColumn&, const InputColumn&) = default;
};

/// `request` columns are what a client sends; `inputs` are what the graph takes after features/ derived its columns
/// (all request columns that the model uses, in the same order, then the derived ones).
struct Signature {
  std::vector<InputColumn> request;
  std::vector<InputColumn> inputs;
  std::vector<Target> targets;

  /// Sum of the targets' widths; target t starts at `offset(t)` in a row of Outputs.
  std::size_t output_width() const;
  std::size_t offset(std::size_t target) const;
  /// -1 where there is none of that name.
  int target_index(std::string_view name) const;
  bool all_numeric() const;
  friend bool operator==(const Signature&, const Signature&) = default;
};

Json to_json(const Signature& signature);
Result<Signature> signature_from_json(const Json& value);

/// Model answers, row-major: rows × Signature::output_width(). Regression values, class probabilities.
struct Outputs {
  std::size_t rows = 0;
  std::size_t width = 0;
  std::vector<float> values;
};

/// The truth of one target for n rows: the value for regression, the class index for classification; NaN = no label.
using Truth = std::vector<double>;

}  // namespace perennial
