#include "storage/override_slot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/hash.hpp"
#include "core/limits.hpp"
#include "storage/little_endian.hpp"

namespace perennial::storage {
namespace {

constexpr std::string_view magic = "PRNLOVR\n";
constexpr std::uint32_t format_version = 1;
constexpr std::size_t copy_bytes = 4096;
constexpr std::size_t header_bytes = 256;
constexpr std::size_t record_bytes = 256;
constexpr std::size_t checksum_at = 24;
constexpr std::size_t model_bytes = limits::name_bytes;
constexpr std::size_t reason_bytes = 90;
static_assert(header_bytes + override_slot_records * record_bytes == copy_bytes);
static_assert(1 + model_bytes + 1 + reason_bytes + 12 + 8 + 8 + 8 <= record_bytes);

struct Copy {
  std::uint64_t generation = 0;
  std::vector<PendingOverride> pending;
};

std::string encode(const Copy& copy) {
  std::string bytes(magic);
  put_u32(bytes, format_version);
  put_u32(bytes, static_cast<std::uint32_t>(copy.pending.size()));
  put_u64(bytes, copy.generation);
  put_u64(bytes, 0);
  bytes.resize(header_bytes, '\0');
  for (const auto& pending : copy.pending) {
    const std::size_t end = bytes.size() + record_bytes;
    const auto text = [&](std::string value, std::size_t room) {
      value.resize(std::min(value.size(), room));
      bytes += static_cast<char>(static_cast<unsigned char>(value.size()));
      value.resize(room, '\0');
      bytes += value;
    };
    text(pending.model, model_bytes);
    text(pending.reason, reason_bytes);
    for (const auto part : {pending.version_to.major, pending.version_to.minor, pending.version_to.patch})
      put_u32(bytes, part);
    put_u64(bytes, static_cast<std::uint64_t>(pending.at.time_since_epoch().count()));
    put_u64(bytes, pending.seq);
    put_u64(bytes, pending.command);
    bytes.resize(end, '\0');
  }
  bytes.resize(copy_bytes, '\0');
  std::string checksum;
  put_u64(checksum, hash64(bytes));
  bytes.replace(checksum_at, checksum.size(), checksum);
  return bytes;
}

std::optional<Copy> decode(std::string_view stored) {
  if (stored.size() != copy_bytes || !stored.starts_with(magic)) return std::nullopt;
  std::string bytes(stored);
  bytes.replace(checksum_at, 8, 8, '\0');
  if (hash64(bytes) != get_u64(stored.data() + checksum_at)) return std::nullopt;
  if (get_u32(stored.data() + 8) != format_version) return std::nullopt;
  const std::uint32_t count = get_u32(stored.data() + 12);
  if (count > override_slot_records) return std::nullopt;
  Copy copy;
  copy.generation = get_u64(stored.data() + 16);
  for (std::uint32_t i = 0; i < count; ++i) {
    const char* at = stored.data() + header_bytes + i * record_bytes;
    const auto text = [&](std::size_t room) {
      std::string value(at + 1, std::min<std::size_t>(static_cast<unsigned char>(*at), room));
      at += 1 + room;
      return value;
    };
    PendingOverride pending;
    pending.model = text(model_bytes);
    pending.reason = text(reason_bytes);
    pending.version_to = {get_u32(at), get_u32(at + 4), get_u32(at + 8)};
    pending.at = TimePoint(Duration(static_cast<std::int64_t>(get_u64(at + 12))));
    pending.seq = get_u64(at + 20);
    pending.command = get_u64(at + 28);
    copy.pending.push_back(std::move(pending));
  }
  return copy;
}

}  // namespace

Result<OverrideSlot> OverrideSlot::open(Files& files, Path file) {
  OverrideSlot slot(files, std::move(file));
  ASSIGN_OR_RETURN(const bool there, files.exists(slot.file_));
  if (!there) {
    TRY(files.write_atomic(slot.file_, encode({1, {}}) + encode({0, {}})));
    slot.generation_ = 1;
    return slot;
  }
  ASSIGN_OR_RETURN(const auto bytes, files.read_all(slot.file_, 1u << 20));
  std::array<std::optional<Copy>, 2> copies;
  if (bytes.size() == 2 * copy_bytes)
    copies = {decode(std::string_view(bytes).substr(0, copy_bytes)),
              decode(std::string_view(bytes).substr(copy_bytes))};
  if (!copies[0] && !copies[1])
    return fail(ErrorCode::corrupt, "the override slot is damaged: a rollback made while the disk was full may be lost",
                slot.file_.string(), "check which version serves, then remove the file");
  slot.newest_copy_ = !copies[0] || (copies[1] && copies[1]->generation > copies[0]->generation) ? 1 : 0;
  auto& newest = *copies[static_cast<std::size_t>(slot.newest_copy_)];
  slot.generation_ = newest.generation;
  slot.pending_ = std::move(newest.pending);
  return slot;
}

Status OverrideSlot::store(std::vector<PendingOverride> pending) {
  std::ranges::sort(pending, {}, &PendingOverride::model);
  for (auto& record : pending) record.reason.resize(std::min(record.reason.size(), reason_bytes));
  const int other = 1 - newest_copy_;
  TRY(files_->overwrite_in_place(file_, static_cast<std::uint64_t>(other) * copy_bytes,
                                 encode({generation_ + 1, pending})));
  ++generation_;
  newest_copy_ = other;
  pending_ = std::move(pending);
  return {};
}

Status OverrideSlot::write(const PendingOverride& pending) {
  if (pending.model.empty() || pending.model.size() > model_bytes)
    return fail(ErrorCode::invalid, "not the name of a model", "override slot");
  auto all = pending_;
  std::erase_if(all, [&](const auto& other) { return other.model == pending.model; });
  if (all.size() == override_slot_records)
    return fail(ErrorCode::too_large, fmt::format("{} rollbacks are pending already", all.size()), "override slot",
                "free some space on the disk, so that they can be journalled");
  all.push_back(pending);
  return store(std::move(all));
}

Status OverrideSlot::clear(const std::string& model) {
  auto all = pending_;
  if (std::erase_if(all, [&](const auto& pending) { return pending.model == model; }) == 0) return {};
  return store(std::move(all));
}

}  // namespace perennial::storage
