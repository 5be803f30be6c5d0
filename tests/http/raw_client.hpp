#pragma once
// A socket and nothing in between: tests write the very bytes of a request.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>

#include "core/json.hpp"

namespace perennial::http {

struct RawAnswer {
  int status = 0;  ///< 0: the connection ended without one
  std::string head;
  std::string body;
  Json json() const { return Json::parse(body, nullptr, false); }
  bool has(std::string_view text) const { return head.find(text) != std::string::npos; }
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { ::close(fd_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool send(std::string_view text) {
    while (!text.empty()) {
      const auto n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  /// False at the end of the stream or after `limit` without a byte.
  bool more(std::chrono::milliseconds limit = std::chrono::milliseconds(5000)) {
    pollfd wait{fd_, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(limit.count())) <= 0) return false;
    char bytes[65536];
    const auto n = ::recv(fd_, bytes, sizeof bytes, 0);
    if (n <= 0) {
      ended = true;
      return false;
    }
    input.append(bytes, static_cast<std::size_t>(n));
    return true;
  }
  /// The next answer; `head_only` for HEAD.
  RawAnswer answer(bool head_only = false, std::chrono::milliseconds limit = std::chrono::milliseconds(5000)) {
    RawAnswer got;
    std::size_t end;
    while ((end = input.find("\r\n\r\n")) == std::string::npos)
      if (!more(limit)) return got;
    got.head = input.substr(0, end + 4);
    input.erase(0, end + 4);
    got.status = std::stoi(got.head.substr(9, 3));
    std::size_t length = 0;
    if (const auto at = got.head.find("Content-Length: "); at != std::string::npos)
      length = std::stoul(got.head.substr(at + 16));
    if (head_only) return got;
    while (input.size() < length)
      if (!more(limit)) break;
    got.body = input.substr(0, length);
    input.erase(0, length);
    return got;
  }
  bool read_until(std::string_view text, std::chrono::milliseconds limit = std::chrono::milliseconds(5000)) {
    while (input.find(text) == std::string::npos)
      if (!more(limit)) return false;
    return true;
  }

  std::string input;
  bool connected = false;
  bool ended = false;

 private:
  int fd_ = -1;
};

inline std::string request_text(std::string_view method, std::string_view target, std::string_view body = {},
                                std::string_view fields = {}) {
  std::string text =
      std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields);
  if (!body.empty() || method == "POST") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + std::string(body);
}

}  // namespace perennial::http
