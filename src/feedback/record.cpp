#include "feedback/record.hpp"

#include <algorithm>
#include <cstring>

#include "core/limits.hpp"
#include "feedback/byte_codec.hpp"
#include "feedback/column_codec.hpp"

namespace perennial::feedback {
namespace {

constexpr std::uint32_t kFormat = 0x31525050;  // "PPR1"
enum ColumnSource : std::uint8_t { stored = 0, same_as_request = 1 };

bool same_values(const Column& a, const Column& b) {
  if (a.kind != b.kind || a.name != b.name || a.size() != b.size()) return false;
  if (a.kind == ColumnKind::categorical) return a.dictionary == b.dictionary && a.codes == b.codes;
  return a.numbers.empty() || std::memcmp(a.numbers.data(), b.numbers.data(), a.numbers.size() * sizeof(double)) == 0;
}

void write_flags(ByteWriter& out, const std::vector<std::uint8_t>& flags) {
  const bool uniform = std::adjacent_find(flags.begin(), flags.end(), std::not_equal_to<>()) == flags.end();
  out.number<std::uint8_t>(uniform ? 1 : 0);
  if (uniform) out.number<std::uint8_t>(flags.empty() ? 0 : flags[0]);
  else out.numbers(flags);
}

std::vector<std::uint8_t> read_flags(ByteReader& in, std::size_t rows) {
  if (in.number<std::uint8_t>() == 0) return in.numbers<std::uint8_t>(rows);
  const auto value = in.number<std::uint8_t>();
  return in.ok() ? std::vector<std::uint8_t>(rows, value) : std::vector<std::uint8_t>{};
}

void write_rows(ByteWriter& out, const PredictionRecord& record) {
  const Table& rows = record.request;
  out.number<std::uint8_t>(rows.times.empty() ? 0 : 1);
  if (!rows.times.empty()) out.raw(rows.times.data(), rows.times.size() * sizeof(TimePoint));
  out.number<std::uint8_t>(rows.entities.empty() ? 0 : 1);
  for (const auto& entity : rows.entities) out.text(entity);
  out.length(rows.columns.size());
  for (const auto& column : rows.columns) write_column(out, column);
  out.length(record.inputs.columns.size());
  for (std::size_t i = 0; i < record.inputs.columns.size(); ++i) {
    const Column& column = record.inputs.columns[i];
    if (i < rows.columns.size() && same_values(column, rows.columns[i])) {
      out.number<std::uint8_t>(same_as_request);
    } else {
      out.number<std::uint8_t>(stored);
      write_column(out, column);
    }
  }
}

void read_rows(ByteReader& in, std::size_t rows, PredictionRecord& record) {
  Table& request = record.request;
  request.rows = rows;
  if (in.number<std::uint8_t>() == 1) {
    const auto ticks = in.numbers<std::int64_t>(rows);
    for (const std::int64_t tick : ticks) request.times.push_back(TimePoint{Duration{tick}});
  }
  if (in.number<std::uint8_t>() == 1)
    for (std::size_t i = 0; i < rows && in.ok(); ++i) request.entities.push_back(in.text());
  const auto column_count = [&] {
    const std::size_t count = in.count(2);
    if (count > kCellsPerRecord / std::max<std::size_t>(rows, 1)) in.spoil();
    return in.ok() ? count : 0;
  };
  const std::size_t columns = column_count();
  for (std::size_t i = 0; i < columns && in.ok(); ++i) request.columns.push_back(read_column(in, rows));
  const std::size_t inputs = column_count();
  for (std::size_t i = 0; i < inputs && in.ok(); ++i) {
    if (in.number<std::uint8_t>() == stored) record.inputs.columns.push_back(read_column(in, rows));
    else if (i < request.columns.size()) record.inputs.columns.push_back(request.columns[i]);
    else in.spoil();
  }
  if (inputs > 0) {
    record.inputs.rows = rows;
    record.inputs.times = request.times;
    record.inputs.entities = request.entities;
  }
}

void write_version(ByteWriter& out, const ScoredVersion& version) {
  out.text(version.version);
  out.number(static_cast<std::uint8_t>(version.arm));
  out.length(version.outputs.width);
  out.numbers(version.outputs.values);
  write_flags(out, version.scored);
  write_flags(out, version.failed);
}

ScoredVersion read_version(ByteReader& in, std::size_t rows) {
  ScoredVersion version;
  version.version = in.text();
  const auto arm = in.number<std::uint8_t>();
  if (arm > static_cast<std::uint8_t>(Arm::shadow)) in.spoil();
  version.arm = static_cast<Arm>(arm);
  const std::size_t width = in.count();
  if (width > 0 && rows > in.left() / width) in.spoil();
  if (!in.ok()) return version;
  version.outputs = {rows, width, in.numbers<float>(rows * width)};
  version.scored = read_flags(in, rows);
  version.failed = read_flags(in, rows);
  return version;
}

}  // namespace

std::string_view to_string(Arm arm) {
  switch (arm) {
    case Arm::champion: return "champion";
    case Arm::challenger: return "challenger";
    case Arm::shadow: return "shadow";
  }
  return "nobody";
}

Status PredictionRecord::check() const {
  const auto wrong = [](std::string_view what) {
    return fail(ErrorCode::internal, "a prediction record is not consistent: " + std::string(what));
  };
  const std::size_t n = rows();
  const auto fits = [n](const Table& table) {
    return table.rows == n && (table.times.empty() || table.times.size() == n) &&
           (table.entities.empty() || table.entities.size() == n) &&
           std::all_of(table.columns.begin(), table.columns.end(), [n](const Column& c) { return c.size() == n; });
  };
  if (!fits(request)) return wrong("request");
  if (!inputs.columns.empty() && !fits(inputs)) return wrong("inputs");
  if (versions.size() > kVersionsPerRecord) return wrong("versions");
  for (const auto& version : versions)
    if (version.outputs.rows != n || version.outputs.values.size() != n * version.outputs.width ||
        version.scored.size() != n || version.failed.size() != n)
      return wrong("answers of version " + version.version);
  if (answered.size() != n) return wrong("answered");
  for (const std::uint8_t by : answered)
    if (by != kNobody && by >= versions.size()) return wrong("answered");
  return {};
}

std::string encode(const PredictionRecord& record) {
  const std::size_t columns = record.request.columns.size() + record.inputs.columns.size();
  ByteWriter out(64 + record.rows() * (32 + 8 * columns));
  out.number(kFormat);
  out.length(record.rows());
  for (const auto& id : record.ids) out.text(id);
  write_rows(out, record);
  out.length(record.versions.size());
  for (const auto& version : record.versions) write_version(out, version);
  write_flags(out, record.answered);
  return out.take();
}

Result<PredictionRecord> decode_record(std::string_view bytes) {
  const auto corrupt = [] { return fail(ErrorCode::corrupt, "the bytes are not a prediction record"); };
  ByteReader in(bytes);
  if (in.number<std::uint32_t>() != kFormat) return corrupt();
  PredictionRecord record;
  const std::size_t rows = in.count();
  for (std::size_t i = 0; i < rows && in.ok(); ++i) record.ids.push_back(in.text());
  if (!in.ok()) return corrupt();
  read_rows(in, rows, record);
  const std::size_t versions = in.count(4);
  for (std::size_t i = 0; i < versions && in.ok(); ++i) record.versions.push_back(read_version(in, rows));
  if (in.ok()) record.answered = read_flags(in, rows);
  if (!in.ok() || in.left() != 0 || !record.check()) return corrupt();
  return record;
}

std::size_t encoded_rows(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.number<std::uint32_t>() != kFormat) return 0;
  return in.count();
}

PredictionRecord slice(const PredictionRecord& record, std::size_t first, std::size_t count) {
  const auto part = [&](const auto& all, std::size_t width = 1) {
    const auto from = all.begin() + static_cast<std::ptrdiff_t>(first * width);
    return std::decay_t<decltype(all)>(from, from + static_cast<std::ptrdiff_t>(count * width));
  };
  PredictionRecord out;
  out.ids = part(record.ids);
  out.request = record.request.slice(first, count);
  if (!record.inputs.columns.empty()) out.inputs = record.inputs.slice(first, count);
  for (const auto& v : record.versions)
    out.versions.push_back({v.version,
                            v.arm,
                            {count, v.outputs.width, part(v.outputs.values, v.outputs.width)},
                            part(v.scored),
                            part(v.failed)});
  out.answered = part(record.answered);
  return out;
}

}  // namespace perennial::feedback
