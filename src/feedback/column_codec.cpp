#include "feedback/column_codec.hpp"

#include <cmath>
#include <limits>
#include <unordered_map>

namespace perennial::feedback {
namespace {

enum Form : std::uint8_t { one_value = 0, int8 = 1, int16 = 2, int32 = 3, float32 = 4, float64 = 5, texts = 6 };

Form smallest_form(const std::vector<double>& values) {
  bool same = true, whole = true, fits_float = true;
  double least = 0, most = 0;
  for (const double v : values) {
    same = same && std::bit_cast<std::uint64_t>(v) == std::bit_cast<std::uint64_t>(values[0]);
    if (std::isnan(v)) {
      whole = false;
      continue;
    }
    fits_float = fits_float && static_cast<double>(static_cast<float>(v)) == v;
    whole = whole && std::abs(v) <= std::numeric_limits<std::int32_t>::max() &&
            static_cast<double>(static_cast<std::int32_t>(v)) == v && !(v == 0 && std::signbit(v));
    least = v < least ? v : least;
    most = v > most ? v : most;
  }
  if (same && !values.empty()) return one_value;
  if (whole) {
    const auto fits = [&](auto type) {
      using T = decltype(type);
      return least >= std::numeric_limits<T>::min() && most <= std::numeric_limits<T>::max();
    };
    return fits(std::int8_t{}) ? int8 : fits(std::int16_t{}) ? int16 : int32;
  }
  return fits_float ? float32 : float64;
}

template <class T>
void write_as(ByteWriter& out, const std::vector<double>& values) {
  const std::vector<T> narrow(values.begin(), values.end());
  out.numbers(narrow);
}

template <class T>
std::vector<double> read_as(ByteReader& in, std::size_t rows) {
  const auto narrow = in.numbers<T>(rows);
  return std::vector<double>(narrow.begin(), narrow.end());
}

void write_texts(ByteWriter& out, const Column& column) {
  std::unordered_map<std::int32_t, std::int32_t> local;
  std::vector<std::int32_t> used;
  std::vector<std::int32_t> codes;
  codes.reserve(column.codes.size());
  for (const std::int32_t code : column.codes) {
    if (code < 0) {
      codes.push_back(-1);
      continue;
    }
    const auto [at, is_new] = local.try_emplace(code, static_cast<std::int32_t>(used.size()));
    if (is_new) used.push_back(code);
    codes.push_back(at->second);
  }
  out.length(used.size());
  for (const std::int32_t code : used) out.text(column.dictionary->value(code));
  if (used.size() < 127) {
    const std::vector<std::int8_t> narrow(codes.begin(), codes.end());
    out.numbers(narrow);
  } else {
    out.numbers(codes);
  }
}

void read_texts(ByteReader& in, std::size_t rows, Column& column) {
  column.kind = ColumnKind::categorical;
  column.dictionary = std::make_shared<Dictionary>();
  const std::size_t values = in.count();
  for (std::size_t i = 0; i < values && in.ok(); ++i) {
    // Repeated values would shift the codes after them.
    if (column.dictionary->code_of(in.text()) != static_cast<std::int32_t>(i)) in.spoil();
  }
  if (values < 127) {
    const auto narrow = in.numbers<std::int8_t>(rows);
    column.codes.assign(narrow.begin(), narrow.end());
  } else {
    column.codes = in.numbers<std::int32_t>(rows);
  }
  for (const std::int32_t code : column.codes)
    if (code < -1 || code >= static_cast<std::int64_t>(values)) in.spoil();
}

}  // namespace

void write_column(ByteWriter& out, const Column& column) {
  out.text(column.name);
  if (column.kind == ColumnKind::categorical) {
    out.number<std::uint8_t>(texts);
    write_texts(out, column);
    return;
  }
  const Form form = smallest_form(column.numbers);
  out.number<std::uint8_t>(form);
  switch (form) {
    case one_value: out.number(column.numbers[0]); break;
    case int8: write_as<std::int8_t>(out, column.numbers); break;
    case int16: write_as<std::int16_t>(out, column.numbers); break;
    case int32: write_as<std::int32_t>(out, column.numbers); break;
    case float32: write_as<float>(out, column.numbers); break;
    default: out.numbers(column.numbers); break;
  }
}

Column read_column(ByteReader& in, std::size_t rows) {
  Column column;
  column.name = in.text();
  const auto form = in.number<std::uint8_t>();
  switch (form) {
    case one_value: {
      const auto value = in.number<double>();
      if (in.ok()) column.numbers.assign(rows, value);
      break;
    }
    case int8: column.numbers = read_as<std::int8_t>(in, rows); break;
    case int16: column.numbers = read_as<std::int16_t>(in, rows); break;
    case int32: column.numbers = read_as<std::int32_t>(in, rows); break;
    case float32: column.numbers = read_as<float>(in, rows); break;
    case float64: column.numbers = in.numbers<double>(rows); break;
    case texts: read_texts(in, rows, column); break;
    default: in.spoil();
  }
  return column;
}

}  // namespace perennial::feedback
