#pragma once
// HTTP/1.1 over one kept-open socket, with a time limit on everything: a killed server is an answer with status 0.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>

#include "core/json.hpp"

namespace perennial::process {

struct Answer {
  int status = 0;  ///< 0: no whole answer came
  std::string body;
  Json json() const { return Json::parse(body, nullptr, false); }
};

class Connection {
 public:
  explicit Connection(int port) : port_(port) {}
  ~Connection() { close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Answer get(std::string_view target) { return call("GET", target, {}); }
  Answer post(std::string_view target, const Json& body) { return call("POST", target, to_text(body)); }
  Answer call(std::string_view method, std::string_view target, std::string_view body, int limit_ms = 20000) {
    if (fd_ < 0 && !open()) return {};
    std::string text(method);
    text += " ";
    text += target;
    text += " HTTP/1.1\r\nHost: localhost\r\n";
    if (method == "POST")
      text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    text += "\r\n";
    text += body;
    const bool sent = send(text);
    Answer answer = read(limit_ms);  // a refusal may come before the whole body is taken
    if (!sent || answer.status == 0) close();
    return answer;
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
    input_.clear();
  }

 private:
  bool open() {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return true;
    close();
    return false;
  }
  bool send(std::string_view text) const {
    while (!text.empty()) {
      const auto n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  bool more(int limit_ms) {
    pollfd wait{fd_, POLLIN, 0};
    if (::poll(&wait, 1, limit_ms) <= 0) return false;
    char bytes[65536];
    const auto n = ::recv(fd_, bytes, sizeof bytes, 0);
    if (n <= 0) return false;
    input_.append(bytes, static_cast<std::size_t>(n));
    return true;
  }
  Answer read(int limit_ms) {
    std::size_t end;
    while ((end = input_.find("\r\n\r\n")) == std::string::npos)
      if (!more(limit_ms)) return {};
    const std::string head = input_.substr(0, end + 4);
    input_.erase(0, end + 4);
    std::size_t length = 0;
    if (const auto at = head.find("Content-Length: "); at != std::string::npos)
      length = std::stoul(head.substr(at + 16));
    while (input_.size() < length)
      if (!more(limit_ms)) return {};
    Answer answer{std::stoi(head.substr(9, 3)), input_.substr(0, length)};
    input_.erase(0, length);
    if (head.find("Connection: close") != std::string::npos) close();
    return answer;
  }

  int port_;
  int fd_ = -1;
  std::string input_;
};

}  // namespace perennial::process
