#include "storage/segment_format.hpp"

#include <fmt/format.h>

#include <charconv>

#include "core/hash.hpp"
#include "storage/little_endian.hpp"
#include "storage/segment_log.hpp"

namespace perennial::storage::segment_format {
namespace {

constexpr std::string_view magic = "PRNLSEG\n";
constexpr std::uint32_t format_version = 1;
constexpr std::uint32_t mark_length = 0x80000000u;
constexpr std::size_t checksum_bytes = 8;

std::uint64_t seed(std::uint32_t number, std::uint64_t offset) {
  return static_cast<std::uint64_t>(number) << 32 | offset;
}

void add(std::string& into, std::uint32_t number, std::uint64_t offset, std::uint32_t length,
         std::string_view payload) {
  const std::size_t start = into.size();
  into.append(checksum_bytes, '\0');
  put_u32(into, length);
  into += payload;
  const auto checksum = hash64(std::string_view(into).substr(start + checksum_bytes), seed(number, offset));
  for (std::size_t i = 0; i < checksum_bytes; ++i)
    into[start + i] = static_cast<char>(static_cast<unsigned char>(checksum >> (8 * i)));
}

struct Record {
  bool valid = false;
  bool is_mark = false;
  std::string_view payload;
};

Record record_at(std::string_view file, std::uint32_t number, std::uint64_t offset) {
  if (offset > file.size() || file.size() - offset < record_header_bytes) return {};
  const std::uint32_t length = get_u32(file.data() + offset + checksum_bytes);
  const bool is_mark = length == mark_length;
  const std::size_t payload_bytes = is_mark ? 0 : length;
  if (payload_bytes > segment_record_bytes || payload_bytes > file.size() - offset - record_header_bytes) return {};
  const auto covered = file.substr(offset + checksum_bytes, record_header_bytes - checksum_bytes + payload_bytes);
  if (hash64(covered, seed(number, offset)) != get_u64(file.data() + offset)) return {};
  return {true, is_mark, file.substr(offset + record_header_bytes, payload_bytes)};
}

}  // namespace

std::string header(std::uint32_t number) {
  std::string bytes(magic);
  put_u32(bytes, format_version);
  put_u32(bytes, number);
  put_u64(bytes, hash64(bytes));
  return bytes;
}

bool has_header(std::string_view file, std::uint32_t number) { return file.starts_with(header(number)); }

void add_record(std::string& into, std::uint32_t number, std::uint64_t offset, std::string_view payload) {
  add(into, number, offset, static_cast<std::uint32_t>(payload.size()), payload);
}

void add_mark(std::string& into, std::uint32_t number, std::uint64_t offset) {
  add(into, number, offset, mark_length, {});
}

Result<Scan> scan(std::string_view file, std::uint32_t number, std::uint64_t offset, const EachRecord& each) {
  Scan scan{offset, 0};
  while (true) {
    const auto record = record_at(file, number, scan.end);
    if (!record.valid) return scan;
    const std::uint64_t next = scan.end + record_header_bytes + record.payload.size();
    if (!record.is_mark) {
      ++scan.records;
      if (each) TRY(each(scan.end, record.payload, next));
    }
    scan.end = next;
  }
}

bool has_mark_after(std::string_view file, std::uint32_t number, std::uint64_t offset) {
  for (std::uint64_t at = offset + 1; at + record_header_bytes <= file.size(); ++at)
    if (get_u32(file.data() + at + checksum_bytes) == mark_length && record_at(file, number, at).valid) return true;
  return false;
}

std::string file_name(std::uint32_t number) { return fmt::format("{:08}.seg", number); }

std::uint32_t number_of(std::string_view name) {
  if (name.size() != 12 || !name.ends_with(".seg")) return 0;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + 8, number);
  return error == std::errc{} && end == name.data() + 8 ? number : 0;
}

}  // namespace perennial::storage::segment_format
