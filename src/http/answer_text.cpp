#include "http/answer_text.hpp"

#include <fmt/format.h>

#include <ctime>

#include "http/problem.hpp"

namespace perennial::http {
namespace {

/// IMF-fixdate, made once per second and thread.
const std::string& date_now() {
  thread_local std::time_t made_at = 0;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now == made_at) return text;
  constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm parts{};
  gmtime_r(&now, &parts);
  text = fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", days[parts.tm_wday], parts.tm_mday, months[parts.tm_mon],
                     parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
  made_at = now;
  return text;
}

/// A value that came from outside must not end its line.
void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  for (const char c : value)
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) out += c;
  out += "\r\n";
}

}  // namespace

std::string answer_head(const Response& response, bool keep_alive, int minor_version) {
  std::string head;
  head.reserve(320);
  head += "HTTP/1.1 ";
  head += std::to_string(response.status);
  head += ' ';
  head += phrase_of(response.status);
  head += "\r\nDate: ";
  head += date_now();
  head += "\r\n";
  if (response.status != 204) {
    if (!response.content_type.empty()) append_field(head, "Content-Type", response.content_type);
    head += "Content-Length: ";
    head += std::to_string(response.body.size());
    head += "\r\n";
  }
  head += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  for (const auto& [name, value] : response.headers) append_field(head, name, value);
  if (!keep_alive) head += "Connection: close\r\n";
  else if (minor_version == 0) head += "Connection: keep-alive\r\n";
  head += "\r\n";
  return head;
}

std::string stream_head() {
  return "HTTP/1.1 200 OK\r\nDate: " + date_now() +
         "\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
         "X-Accel-Buffering: no\r\nConnection: close\r\n\r\n";
}

}  // namespace perennial::http
