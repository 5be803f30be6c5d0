#pragma once
// What is said between a server and its scorer child, over one local stream socket. Neither side believes a length.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "features/batch.hpp"

namespace perennial::inference::scorer_protocol {

/// The server says load once, then run as often as it likes; the child answers each with one frame.
enum class Kind : std::uint32_t {
  load = 1,  ///< encode_load()
  loaded,    ///< empty
  run,       ///< encode_batch()
  answers,   ///< floats, rows × output width
  error,     ///< encode_error()
};

inline constexpr std::size_t error_bytes = 4096;            ///< of an error's text, the rest is cut
inline constexpr std::size_t load_bytes_most = 512u << 20;  ///< graph and signature
inline constexpr std::size_t run_bytes_most = 512u << 20;   ///< one batch

struct Frame {
  Kind kind = Kind::error;
  std::string payload;
};

/// How long to wait for the other side; without `until` for ever. `stop` ends it early (looked at every 50 ms).
struct Patience {
  std::optional<std::chrono::steady_clock::time_point> until;
  const std::atomic<bool>* stop = nullptr;
};

/// Errors: timeout (not sent in time; the stream is then unusable), cancelled, io (the other side is gone).
Status send(int socket, Kind kind, std::initializer_list<std::string_view> parts, const Patience& patience);
/// Errors: as send(); corrupt (no frame of ours, or longer than `most` bytes).
Result<Frame> receive(int socket, std::size_t most, const Patience& patience);

/// Head of a load frame's payload; the graph's bytes follow it.
std::string encode_load_head(const Signature& signature);
struct Load {
  Signature signature;
  std::string_view graph;  ///< into the payload
};
Result<Load> decode_load(std::string_view payload);

std::string encode_batch(const features::InputBatch& batch);
/// Error: corrupt, where lengths do not add up.
Result<features::InputBatch> decode_batch(std::string_view payload);

std::string encode_error(const Error& error);
/// Bytes that are not printable are replaced: they may come from a graph.
Error decode_error(std::string_view payload);

}  // namespace perennial::inference::scorer_protocol
