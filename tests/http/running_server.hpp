#pragma once
// A server with a fake backend on a free port, and short ways to ask it.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <thread>

#include "http/fake_backend.hpp"
#include "http/raw_client.hpp"
#include "http/routes/table.hpp"
#include "http/server.hpp"

namespace perennial::http {

using std::chrono::milliseconds;
inline const std::string token = "0123456789abcdef0123";
inline const std::string predict_path = "/api/v1/models/turbofan/predict";

struct Running {
  explicit Running(ServerOptions options = {}) {
    options.listen = "127.0.0.1:0";
    auto started = Server::start(std::move(options), fake.backends());
    if (!started) throw std::runtime_error(started.error().message());
    server = std::move(*started);
  }
  RawAnswer call(std::string_view method, std::string_view target, std::string_view body = {},
                 std::string_view fields = {}) {
    RawClient client(server->port());
    client.send(request_text(method, target, body, fields));
    return client.answer(method == "HEAD");
  }
  RawAnswer raw(std::string_view bytes) {
    RawClient client(server->port());
    client.send(bytes);
    return client.answer();
  }
  FakeBackend fake;
  std::unique_ptr<Server> server;
};

inline ServerOptions with_token() {
  ServerOptions options;
  options.token = token;
  return options;
}

inline std::string concrete(std::string path) {
  for (const auto& [name, value] : std::map<std::string, std::string>{{"{model}", "turbofan"}, {"{version}", "1.0.1"}})
    if (const auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
  if (path.ends_with("/explain/prediction")) path += "?id=order%204711";
  return path;
}

inline std::string good_body(const std::string& operation) {
  if (operation == "predict") return R"({"features":{"s1":1.5}})";
  if (operation == "label") return R"({"id":"a","labels":{"rul":12}})";
  if (operation == "promote" || operation == "pin" || operation == "approve") return R"({"version":"1.0.2"})";
  if (operation == "trigger") return R"({"trigger":"manual"})";
  return "{}";
}

inline void expect_problem(const RawAnswer& answer, int status, std::string_view detail_part) {
  EXPECT_EQ(answer.status, status) << answer.head << answer.body;
  EXPECT_TRUE(answer.has("Content-Type: application/problem+json")) << answer.head;
  const Json document = answer.json();
  ASSERT_TRUE(document.is_object()) << answer.body;
  for (const char* key : {"type", "title", "status", "detail"}) EXPECT_TRUE(document.contains(key)) << key;
  EXPECT_EQ(document.value("status", 0), status);
  EXPECT_NE((document.value("detail", "") + " " + document.value("hint", "")).find(detail_part), std::string::npos)
      << answer.body;
}

}  // namespace perennial::http
