#include "http/problem.hpp"

#include <array>

#include "core/json.hpp"

namespace perennial::http {
namespace {

struct Phrase {
  int status;
  std::string_view text;
};

constexpr std::array phrases = {
    Phrase{200, "OK"},
    Phrase{204, "No Content"},
    Phrase{304, "Not Modified"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{408, "Request Timeout"},
    Phrase{409, "Conflict"},
    Phrase{413, "Content Too Large"},
    Phrase{414, "URI Too Long"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{417, "Expectation Failed"},
    Phrase{421, "Misdirected Request"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{499, "Cancelled"},
    Phrase{500, "Internal Server Error"},
    Phrase{501, "Not Implemented"},
    Phrase{503, "Service Unavailable"},
    Phrase{504, "Gateway Timeout"},
    Phrase{505, "HTTP Version Not Supported"},
    Phrase{507, "Insufficient Storage"},
};

struct CodeStatus {
  ErrorCode code;
  int status;
};

/// The first code of a status is the one that a client reads it back as.
constexpr std::array code_statuses = {
    CodeStatus{ErrorCode::invalid, 400},    CodeStatus{ErrorCode::usage, 400},
    CodeStatus{ErrorCode::config, 400},     CodeStatus{ErrorCode::not_found, 404},
    CodeStatus{ErrorCode::conflict, 409},   CodeStatus{ErrorCode::too_large, 413},
    CodeStatus{ErrorCode::overloaded, 503}, CodeStatus{ErrorCode::internal, 500},
    CodeStatus{ErrorCode::corrupt, 500},    CodeStatus{ErrorCode::io, 500},
    CodeStatus{ErrorCode::disk_full, 507},  CodeStatus{ErrorCode::timeout, 504},
    CodeStatus{ErrorCode::cancelled, 499},  CodeStatus{ErrorCode::unauthorized, 401},
};

std::string_view general_detail(ErrorCode code) {
  switch (code) {
    case ErrorCode::corrupt: return "stored data is not what it should be; the server's log names it";
    case ErrorCode::io: return "the server could not read or write what it needed; its log says what";
    case ErrorCode::disk_full: return "the server's disk is full, and nothing was stored";
    case ErrorCode::internal: return "a fault of the server; its log says where";
    default: return {};
  }
}

/// An absolute path of this machine: a slash at the start of a word, with a letter after it.
bool names_a_file(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] != '/' || !std::isalpha(static_cast<unsigned char>(text[i + 1]))) continue;
    if (text.substr(i).starts_with("/api/")) continue;
    if (i == 0 || std::string_view(" '\"(=:,").find(text[i - 1]) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

int status_of(ErrorCode code) {
  for (const auto& entry : code_statuses)
    if (entry.code == code) return entry.status;
  return 500;
}

std::string_view phrase_of(int status) {
  for (const auto& phrase : phrases)
    if (phrase.status == status) return phrase.text;
  return "Unknown";
}

Response problem(int status, std::string_view kind, std::string_view detail, std::string_view hint,
                 std::string_view instance) {
  Json body = {{"type", "urn:perennial:problem:" + std::string(kind)},
               {"title", std::string(phrase_of(status))},
               {"status", status},
               {"detail", std::string(detail)}};
  if (!hint.empty()) body["hint"] = std::string(hint);
  if (!instance.empty()) body["instance"] = std::string(instance);
  Response response;
  response.status = status;
  response.content_type = std::string(problem_type);
  response.body = to_text(body);
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"perennial\"");
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response problem(const Error& error, std::string_view instance) {
  const int status = status_of(error.code);
  std::string detail(general_detail(error.code));
  if (detail.empty()) {
    detail = error.where.empty() || names_a_file(error.where) ? error.what : error.where + ": " + error.what;
    if (names_a_file(detail)) detail = "the request can't be answered; the server's log says why";
  }
  return problem(status, to_string(error.code), detail,
                 names_a_file(error.hint) ? std::string_view() : std::string_view(error.hint), instance);
}

Error error_from_problem(int status, std::string_view body) {
  Error error;
  error.code = status >= 500 ? ErrorCode::io : ErrorCode::invalid;
  for (auto it = code_statuses.rbegin(); it != code_statuses.rend(); ++it)
    if (it->status == status) error.code = it->code;
  if (status == 403) error.code = ErrorCode::unauthorized;
  if (const auto document = parse_json(body); document && document->is_object()) {
    const auto text = [&](const char* key) {
      const auto found = document->find(key);
      return found != document->end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    error.what = text("detail");
    error.hint = text("hint");
    const std::string type = text("type");
    for (const auto& entry : code_statuses)
      if (type.ends_with(":" + std::string(to_string(entry.code)))) error.code = entry.code;
  }
  if (error.what.empty())
    error.what = "the server answered " + std::to_string(status) + " " + std::string(phrase_of(status));
  return error;
}

}  // namespace perennial::http
