#include "feedback/label_horizon.hpp"

#include <algorithm>

#include "core/hash.hpp"
#include "feedback/byte_codec.hpp"

namespace perennial::feedback {
namespace {

constexpr std::uint32_t kFormat = 0x31484c50;  // "PLH1"
constexpr const char* kFileName = "predictions.noted";
constexpr std::size_t kChecksumBytes = sizeof(std::uint64_t);

std::optional<std::vector<LabelHorizon::Pair>> decoded(std::string_view bytes) {
  if (bytes.size() < kChecksumBytes) return std::nullopt;
  const auto covered = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (ByteReader(bytes.substr(covered.size())).number<std::uint64_t>() != hash64(covered)) return std::nullopt;
  ByteReader in(covered);
  if (in.number<std::uint32_t>() != kFormat) return std::nullopt;
  const std::size_t count = in.count(2 * sizeof(std::uint32_t));
  std::vector<LabelHorizon::Pair> noted;
  for (std::size_t i = 0; i < count; ++i) {
    const auto predictions = in.number<std::uint32_t>();
    noted.push_back({predictions, in.number<std::uint32_t>()});
  }
  if (!in.ok() || in.left() != 0) return std::nullopt;
  return noted;
}

/// The newest prediction segment that is gone for long enough; 0 where none is.
std::uint32_t settled(storage::SegmentSpan predictions, const LabelHorizon::Bounds& bounds) {
  const std::uint32_t early = std::max(1u, bounds.early_segments);
  return predictions.oldest > early ? predictions.oldest - early : 0;
}

}  // namespace

Result<LabelHorizon> LabelHorizon::read(storage::Files& files, const storage::Path& label_folder,
                                        storage::SegmentSpan predictions, storage::SegmentSpan labels) {
  const auto bytes = files.read_all(label_folder / kFileName);
  if (!bytes && bytes.error().code == ErrorCode::not_found) return LabelHorizon{};
  if (!bytes) return std::unexpected(bytes.error());
  auto noted = decoded(*bytes);
  if (!noted) return LabelHorizon{};
  const bool foreign = std::ranges::any_of(
      *noted, [&](const Pair& pair) { return pair.predictions > predictions.newest || pair.labels > labels.newest; });
  return foreign ? LabelHorizon{} : LabelHorizon(std::move(*noted));
}

Status LabelHorizon::write(storage::Files& files, const storage::Path& label_folder) const {
  ByteWriter out;
  out.number(kFormat);
  out.length(noted_.size());
  for (const Pair& pair : noted_) {
    out.number(pair.predictions);
    out.number(pair.labels);
  }
  std::string bytes = out.take();
  ByteWriter checksum(kChecksumBytes);
  checksum.number(hash64(bytes));
  return files.write_atomic(label_folder / kFileName, bytes + checksum.take());
}

bool LabelHorizon::look(storage::SegmentSpan predictions, storage::SegmentSpan labels, const Bounds& bounds) {
  const bool begun = seen_ && predictions.newest > seen_->predictions;
  // It began after the last look, when the labels had come at least as far as they had then.
  if (begun) noted_.push_back({seen_->predictions + 1, seen_->labels});
  seen_ = Pair{predictions.newest, labels.newest};
  if (!begun) return false;
  // Of those that first_kept() can still ask for, the oldest says all that the ones before it said.
  const auto after = std::ranges::upper_bound(noted_, settled(predictions, bounds), {}, &Pair::predictions);
  if (after - noted_.begin() > 1) noted_.erase(noted_.begin(), after - 1);
  return true;
}

std::uint32_t LabelHorizon::first_kept(storage::SegmentSpan predictions, storage::SegmentSpan labels,
                                       const Bounds& bounds) const {
  std::uint32_t first = labels.oldest;
  const std::uint32_t gone = settled(predictions, bounds);
  for (const Pair& pair : noted_)
    if (pair.predictions <= gone) first = std::max(first, pair.labels);
  const std::uint32_t most = std::max(2u, bounds.most_segments);
  if (labels.newest > most) first = std::max(first, labels.newest - most + 1);
  return std::clamp(first, labels.oldest, std::max(labels.oldest, labels.newest - 1));
}

}  // namespace perennial::feedback
