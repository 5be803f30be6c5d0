#pragma once
// An HTTP receiver of one test: answers each connection with the next of its prepared answers and keeps the requests.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace perennial::test {

class TinyServer {
 public:
  /// The last answer repeats. An empty one never answers.
  explicit TinyServer(std::vector<std::string> answers) : answers_(std::move(answers)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 16);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~TinyServer() {
    stopping_ = true;
    thread_.join();
    ::close(listener_);
  }
  std::string url(const std::string& path = "/hook") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::vector<std::string> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }

  static std::string answer(const std::string& status, const std::string& headers = {}) {
    return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: 2\r\nConnection: close\r\n\r\nok";
  }

 private:
  void serve() {
    std::size_t count = 0;
    std::vector<int> silent;
    while (!stopping_) {
      pollfd ready{listener_, POLLIN, 0};
      if (::poll(&ready, 1, 20) <= 0) continue;
      const int client = ::accept(listener_, nullptr, nullptr);
      std::string request;
      char bytes[4096];
      while (!complete(request)) {
        const ssize_t n = ::read(client, bytes, sizeof bytes);
        if (n <= 0) break;
        request.append(bytes, static_cast<std::size_t>(n));
      }
      const std::string& text = answers_[std::min(count++, answers_.size() - 1)];
      {
        std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      if (text.empty()) {
        silent.push_back(client);
        continue;
      }
      [[maybe_unused]] const auto n = ::send(client, text.data(), text.size(), MSG_NOSIGNAL);
      ::close(client);
    }
    for (const int client : silent) ::close(client);
  }
  static bool complete(const std::string& request) {
    const auto end = request.find("\r\n\r\n");
    const auto length = request.find("Content-Length: ");
    if (end == std::string::npos || length == std::string::npos) return false;
    return request.size() >= end + 4 + std::stoul(request.substr(length + 16));
  }

  std::vector<std::string> answers_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace perennial::test
