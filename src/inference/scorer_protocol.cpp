#include "inference/scorer_protocol.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/json.hpp"
#include "core/signature.hpp"

namespace perennial::inference::scorer_protocol {
namespace {

using Monotonic = std::chrono::steady_clock;

constexpr std::uint32_t magic = 0x31435350;  // "PSC1": both sides are of one build, so numbers go as they lie
constexpr int slice_ms = 50;

struct Head {
  std::uint32_t magic = 0;
  std::uint32_t kind = 0;
  std::uint64_t bytes = 0;
};

/// True when the socket can be used; errors where patience has ended.
Status wait_for(int socket, short what, const Patience& patience) {
  for (;;) {
    if (patience.stop != nullptr && patience.stop->load()) return fail(ErrorCode::cancelled, "the scorer is stopped");
    int wait_ms = patience.stop != nullptr ? slice_ms : -1;
    if (patience.until) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*patience.until - Monotonic::now()).count();
      if (left <= 0) return fail(ErrorCode::timeout, "no answer in time");
      wait_ms = wait_ms < 0 ? static_cast<int>(std::min<std::int64_t>(left, 60000))
                            : static_cast<int>(std::min<std::int64_t>(left, wait_ms));
    }
    pollfd waiting{socket, what, 0};
    const int ready = ::poll(&waiting, 1, wait_ms);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fail(ErrorCode::io, std::string("poll: ") + std::strerror(errno));
  }
}

Status send_all(int socket, std::string_view bytes, const Patience& patience) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      TRY(wait_for(socket, POLLOUT, patience));
    } else if (errno != EINTR) {
      return fail(ErrorCode::io, "the other side is gone");
    }
  }
  return {};
}

Status receive_all(int socket, char* to, std::size_t count, const Patience& patience) {
  while (count > 0) {
    const ssize_t got = ::recv(socket, to, count, MSG_DONTWAIT);
    if (got > 0) {
      to += got;
      count -= static_cast<std::size_t>(got);
    } else if (got == 0) {
      return fail(ErrorCode::io, "the other side is gone");
    } else if (errno == EAGAIN) {
      TRY(wait_for(socket, POLLIN, patience));
    } else if (errno != EINTR) {
      return fail(ErrorCode::io, "the other side is gone");
    }
  }
  return {};
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  template <class Number>
  bool number(Number& into) {
    if (bytes_.size() < sizeof into) return false;
    std::memcpy(&into, bytes_.data(), sizeof into);
    bytes_.remove_prefix(sizeof into);
    return true;
  }
  bool text(std::size_t length, std::string_view& into) {
    if (bytes_.size() < length) return false;
    into = bytes_.substr(0, length);
    bytes_.remove_prefix(length);
    return true;
  }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

template <class Number>
void put(std::string& out, Number value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::unexpected<Error> corrupt() { return fail(ErrorCode::corrupt, "a frame of the scorer is damaged"); }

}  // namespace

Status send(int socket, Kind kind, std::initializer_list<std::string_view> parts, const Patience& patience) {
  Head head{magic, static_cast<std::uint32_t>(kind), 0};
  for (const auto part : parts) head.bytes += part.size();
  std::array<char, sizeof(Head)> bytes;
  std::memcpy(bytes.data(), &head, sizeof head);
  TRY(send_all(socket, {bytes.data(), bytes.size()}, patience));
  for (const auto part : parts) TRY(send_all(socket, part, patience));
  return {};
}

Result<Frame> receive(int socket, std::size_t most, const Patience& patience) {
  std::array<char, sizeof(Head)> bytes;
  TRY(receive_all(socket, bytes.data(), bytes.size(), patience));
  Head head;
  std::memcpy(&head, bytes.data(), sizeof head);
  if (head.magic != magic || head.kind < static_cast<std::uint32_t>(Kind::load) ||
      head.kind > static_cast<std::uint32_t>(Kind::error) || head.bytes > most)
    return corrupt();
  Frame frame{static_cast<Kind>(head.kind), std::string(static_cast<std::size_t>(head.bytes), '\0')};
  TRY(receive_all(socket, frame.payload.data(), frame.payload.size(), patience));
  return frame;
}

std::string encode_load_head(const Signature& signature) {
  const std::string text = to_text(to_json(signature));
  std::string out;
  put(out, static_cast<std::uint64_t>(text.size()));
  return out + text;
}

Result<Load> decode_load(std::string_view payload) {
  Reader reader(payload);
  std::uint64_t length = 0;
  std::string_view text;
  if (!reader.number(length) || !reader.text(static_cast<std::size_t>(length), text)) return corrupt();
  ASSIGN_OR_RETURN(const Json json, parse_json(text, "signature"));
  ASSIGN_OR_RETURN(auto signature, signature_from_json(json));
  return Load{std::move(signature), reader.rest()};
}

std::string encode_batch(const features::InputBatch& batch) {
  std::string out;
  std::size_t bytes = 3 * sizeof(std::uint64_t) + batch.numbers.size() * sizeof(float);
  for (const auto& text : batch.texts) bytes += sizeof(std::uint32_t) + text.size();
  out.reserve(bytes);
  for (const std::size_t count : {batch.rows, batch.numeric_count, batch.text_count})
    put(out, static_cast<std::uint64_t>(count));
  out.append(reinterpret_cast<const char*>(batch.numbers.data()), batch.numbers.size() * sizeof(float));
  for (const auto& text : batch.texts) {
    put(out, static_cast<std::uint32_t>(text.size()));
    out += text;
  }
  return out;
}

Result<features::InputBatch> decode_batch(std::string_view payload) {
  Reader reader(payload);
  std::array<std::uint64_t, 3> counts{};
  for (auto& count : counts)
    if (!reader.number(count) || count > payload.size()) return corrupt();
  const auto [rows, numeric, texts] = counts;
  features::InputBatch batch{rows, numeric, texts, {}, {}};
  // Each number takes bytes of its own, each text at least those of its length.
  if (numeric > 0 && rows > payload.size() / numeric) return corrupt();
  if (texts > 0 && rows > payload.size() / texts) return corrupt();
  std::string_view numbers;
  if (!reader.text(rows * numeric * sizeof(float), numbers)) return corrupt();
  batch.numbers.resize(rows * numeric);
  if (!numbers.empty()) std::memcpy(batch.numbers.data(), numbers.data(), numbers.size());
  batch.texts.reserve(rows * texts);
  for (std::uint64_t i = 0; i < rows * texts; ++i) {
    std::uint32_t length = 0;
    std::string_view text;
    if (!reader.number(length) || !reader.text(length, text)) return corrupt();
    batch.texts.emplace_back(text);
  }
  if (!reader.rest().empty()) return corrupt();
  return batch;
}

std::string encode_error(const Error& error) {
  std::string out(1, static_cast<char>(error.code));
  out += error.hint.empty() ? error.what : error.what + "; " + error.hint;
  if (out.size() > error_bytes) out.resize(error_bytes);
  return out;
}

Error decode_error(std::string_view payload) {
  Error error{ErrorCode::internal, "the scorer gave no reason", {}, {}};
  if (payload.empty()) return error;
  const auto code = static_cast<unsigned char>(payload.front());
  if (code <= static_cast<unsigned char>(ErrorCode::internal)) error.code = static_cast<ErrorCode>(code);
  error.what = std::string(payload.substr(1));
  for (char& c : error.what)
    if (c < ' ' || c > '~') c = '?';
  return error;
}

}  // namespace perennial::inference::scorer_protocol
