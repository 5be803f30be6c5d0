#pragma once
// A model's file as the loop wants it: request columns and truth, in time order.

#include <memory>
#include <string>
#include <vector>

#include "data/row_stream.hpp"
#include "data/schema.hpp"
#include "lifecycle/fleet_config.hpp"

namespace perennial::app {

struct Rows {
  Table request;             ///< all available columns, with times and entities
  std::vector<Truth> truth;  ///< per target; NaN = missing or a class that was never seen
};

/// How the rows of a model's files are read: found once, and kept for files that come later.
struct SourceForm {
  std::vector<InputColumn> columns;
  std::vector<Target> targets;         ///< with all classes
  std::optional<data::TimeAxis> time;  ///< unset: found in the file, where the config names the columns
};

/// What a model was started with. A later file may have other kinds of values, and classes in another order.
SourceForm form_of(const Signature& signature);

/// Not thread-safe.
class ModelSource {
 public:
  /// Reads the file's schema, resolves targets and the time axis. `files` empty: the config's data.source.
  /// `with_targets` false: a file to be scored, which need not have the targets. With `known`, columns, kinds and
  /// classes are these: a text in a column of numbers or a class that is not among them is a missing value.
  static Result<ModelSource> open(const lifecycle::ModelConfig& model, const std::vector<std::string>& files,
                                  Duration row_interval, bool with_targets = true, const SourceForm* known = nullptr);

  /// Exactly `rows` of them short of the end; 0 at the end.
  Result<Rows> next(std::size_t rows);
  std::uint64_t total_rows() const { return stream_.total_rows(); }
  const std::vector<InputColumn>& available() const { return available_; }
  const std::vector<Target>& targets() const { return targets_; }
  const data::FileSchema& schema() const { return schema_; }
  SourceForm form() const { return {available_, targets_, time_}; }
  const data::RowStream& stream() const { return stream_; }
  /// Things about the file that the user should know, one sentence each.
  std::vector<std::string> notes() const;

 private:
  ModelSource(data::FileSchema schema, data::RowStream stream)
      : schema_(std::move(schema)), stream_(std::move(stream)) {}

  data::FileSchema schema_;
  data::RowStream stream_;
  std::vector<InputColumn> available_;
  std::vector<Target> targets_;
  bool with_targets_ = true;
  std::optional<data::TimeAxis> time_;
};

/// The spec of the files: `data:` of the config, or the given files with its delimiter and column names.
data::SourceSpec source_spec(const lifecycle::ModelConfig& model, const std::vector<std::string>& files);

}  // namespace perennial::app
