#pragma once
// The bytes of one segment file; the format is described in segment_log.hpp.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace perennial::storage::segment_format {

inline constexpr std::size_t header_bytes = 24;
inline constexpr std::size_t record_header_bytes = 12;

std::string header(std::uint32_t number);
bool has_header(std::string_view file, std::uint32_t number);

/// Adds one record that will stand at `offset` of its file.
void add_record(std::string& into, std::uint32_t number, std::uint64_t offset, std::string_view payload);
void add_mark(std::string& into, std::uint32_t number, std::uint64_t offset);

struct Scan {
  std::uint64_t end = 0;      ///< where the first byte stands that is not a part of a valid record
  std::uint64_t records = 0;  ///< without marks
};

using EachRecord = std::function<Status(std::uint64_t offset, std::string_view payload, std::uint64_t next)>;

/// Reads from `offset` on until the end of the file or the first invalid record.
Result<Scan> scan(std::string_view file, std::uint32_t number, std::uint64_t offset, const EachRecord& each);

/// True where a valid mark stands after `offset`: what is before it had been durable.
bool has_mark_after(std::string_view file, std::uint32_t number, std::uint64_t offset);

/// "00000012.seg"; and back, 0 where it is not such a name.
std::string file_name(std::uint32_t number);
std::uint32_t number_of(std::string_view file_name);

}  // namespace perennial::storage::segment_format
