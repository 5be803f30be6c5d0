#include "engines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "data/row_stream.hpp"

namespace turbofan {

using namespace perennial;

namespace {

constexpr std::uint64_t most_rows = 1000000;
constexpr int settings = 3;
constexpr int sensors = 21;

Result<std::string> find_file(const std::string& directory, const std::string& stem) {
  for (const char* extension : {".txt", ".txt.gz"}) {
    const auto path = std::filesystem::path(directory) / (stem + extension);
    if (std::filesystem::exists(path)) return path.string();
  }
  return fail(ErrorCode::not_found, fmt::format("neither {0}.txt nor {0}.txt.gz is there", stem), directory,
              "--data-dir names the folder of the original C-MAPSS files");
}

/// The files have no header line, fields parted by blanks, and blanks at the end of lines.
data::SourceSpec blank_separated(const std::string& path, std::vector<std::string> names) {
  auto spec = data::SourceSpec::file(path);
  spec.delimiter = " ";
  spec.column_names = std::move(names);
  return spec;
}

Result<Table> read_columns(data::StreamSpec spec) {
  const auto place = spec.source.place();
  ASSIGN_OR_RETURN(auto stream, data::RowStream::open(std::move(spec)));
  ASSIGN_OR_RETURN(auto rows, data::read_all(stream, most_rows));
  if (const auto& bad = stream.unparsable(); !bad.empty())
    return fail(ErrorCode::invalid, fmt::format("the column {} has values that are no numbers", bad.begin()->first),
                place);
  return rows;
}

/// Everything but the RUL, which here counts to the engine's last row.
Result<Engines> read_engines(const std::string& path) {
  std::vector<std::string> names = {"unit", "cycle"};
  data::StreamSpec spec;
  for (int i = 1; i <= settings; ++i) names.push_back(fmt::format("setting{}", i));
  for (int i = 1; i <= sensors; ++i) names.push_back(fmt::format("s{}", i));
  for (std::size_t i = 2; i < names.size(); ++i) spec.columns.push_back({names[i], ColumnKind::numeric});
  spec.source = blank_separated(path, names);
  spec.time = data::TimeAxis{{"cycle"}, data::TimeUnit::step, data::row_clock_interval};
  spec.entity = "unit";
  Engines engines;
  ASSIGN_OR_RETURN(engines.rows, read_columns(std::move(spec)));
  std::map<std::string, double> last;
  for (std::size_t row = 0; row < engines.rows.rows; ++row) {
    const auto steps = (engines.rows.times[row] - data::row_clock_start()) / data::row_clock_interval;
    engines.cycle.push_back(static_cast<double>(steps));
    auto& latest = last[engines.rows.entities[row]];
    latest = std::max(latest, engines.cycle.back());
  }
  for (std::size_t row = 0; row < engines.rows.rows; ++row) {
    engines.rul.push_back(last[engines.rows.entities[row]] - engines.cycle[row]);
    engines.last.push_back(engines.rul.back() == 0);
  }
  return engines;
}

}  // namespace

std::vector<Target> targets() {
  return {{"rul", Task::regression, {}}, {"health", Task::multiclass, {"critical", "degrading", "healthy"}}};
}

std::string health_name(double rul) {
  return rul <= critical_rul ? "critical" : rul <= degrading_rul ? "degrading" : "healthy";
}

std::vector<Truth> truth_of(const std::vector<double>& rul) {
  const Target health = targets()[1];
  Truth classes;
  for (const double left : rul) classes.push_back(health.class_index(health_name(left)));
  return {rul, classes};
}

Result<Engines> read_train(const std::string& directory, const std::string& subset) {
  ASSIGN_OR_RETURN(const auto path, find_file(directory, "train_" + subset));
  return read_engines(path);
}

Result<Engines> read_test(const std::string& directory, const std::string& subset) {
  ASSIGN_OR_RETURN(const auto path, find_file(directory, "test_" + subset));
  ASSIGN_OR_RETURN(Engines engines, read_engines(path));
  ASSIGN_OR_RETURN(const auto rul_path, find_file(directory, "RUL_" + subset));
  data::StreamSpec spec;
  spec.source = blank_separated(rul_path, {"rul"});
  spec.columns = {{"rul", ColumnKind::numeric}};
  ASSIGN_OR_RETURN(const Table after, read_columns(std::move(spec)));
  for (std::size_t row = 0; row < engines.rows.rows; ++row) {
    const std::string& unit = engines.rows.entities[row];
    const bool number = !unit.empty() && unit.size() < 7 && unit.find_first_not_of("0123456789") == std::string::npos;
    const std::size_t line = number ? std::stoul(unit) : 0;
    if (line < 1 || line > after.rows)
      return fail(ErrorCode::invalid, fmt::format("engine {} of the test file has no line of its own", unit), rul_path,
                  fmt::format("there are {} lines", after.rows));
    engines.rul[row] += after.columns[0].numbers[line - 1];
  }
  return engines;
}

std::vector<std::string> constant_columns(const Table& rows) {
  std::vector<std::string> constant;
  for (const auto& column : rows.columns)
    if (std::all_of(column.numbers.begin(), column.numbers.end(),
                    [&](double v) { return v == column.numbers.front(); }))
      constant.push_back(column.name);
  return constant;
}

}  // namespace turbofan
