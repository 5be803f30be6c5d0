#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerts/channel.hpp"
#include "alerts/tiny_server.hpp"

namespace perennial::alerts {
namespace {

using test::TinyServer;
using ::testing::HasSubstr;
using ::testing::Not;

Alert rolled_back() {
  return {"flights/118",
          "flights",
          "RolledBack",
          "flights: back to 1.0.0",
          "latency_ms_p99 210 > 200 \"ü\"\n",
          parse_time("2026-11-21T12:00:00Z").value(),
          118};
}

std::unique_ptr<Channel> webhook(const std::string& url, Duration timeout = std::chrono::seconds(5)) {
  auto made = make_channel({"webhook", url, timeout});
  EXPECT_TRUE(made) << made.error().message();
  return std::move(*made);
}

TEST(Webhook, posts_the_alert_as_json) {
  TinyServer server({TinyServer::answer("200 OK")});
  const auto status = webhook(server.url("/secret-path"))->send(rolled_back());
  ASSERT_TRUE(status) << status.error().message();
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_THAT(requests[0], HasSubstr("POST /secret-path HTTP/1.1\r\n"));
  EXPECT_THAT(requests[0], HasSubstr("Content-Type: application/json\r\n"));
  const auto body = parse_json(requests[0].substr(requests[0].find("\r\n\r\n") + 4)).value();
  EXPECT_EQ(body, (Json{{"model", "flights"},
                        {"kind", "RolledBack"},
                        {"title", "flights: back to 1.0.0"},
                        {"detail", "latency_ms_p99 210 > 200 \"ü\"\n"},
                        {"at", "2026-11-21T12:00:00Z"},
                        {"event_seq", 118}}));
}

TEST(Webhook, the_answer_decides_whether_another_try_is_worth_it) {
  struct Row {
    const char* status;
    std::optional<ErrorCode> code;
  };
  for (const auto& row : std::vector<Row>{{"200 OK", {}},
                                          {"202 Accepted", {}},
                                          {"204 No Content", {}},
                                          {"400 Bad Request", ErrorCode::invalid},
                                          {"404 Not Found", ErrorCode::invalid},
                                          {"408 Request Timeout", ErrorCode::overloaded},
                                          {"429 Too Many Requests", ErrorCode::overloaded},
                                          {"500 Oops", ErrorCode::overloaded},
                                          {"503 Busy", ErrorCode::overloaded}}) {
    TinyServer server({TinyServer::answer(row.status)});
    const auto status = webhook(server.url("/top-secret"))->send(rolled_back());
    ASSERT_EQ(status.has_value(), !row.code) << row.status;
    if (!row.code) continue;
    EXPECT_EQ(status.error().code, *row.code) << row.status;
    EXPECT_THAT(status.error().message(), Not(HasSubstr("top-secret"))) << "the path is often the secret";
  }
}

TEST(Webhook, redirects_are_not_followed) {
  TinyServer elsewhere({TinyServer::answer("200 OK")});
  TinyServer server({TinyServer::answer("307 Moved", "Location: " + elsewhere.url() + "\r\n")});
  const auto status = webhook(server.url())->send(rolled_back());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::invalid);
  EXPECT_TRUE(elsewhere.requests().empty());
}

TEST(Webhook, a_receiver_that_never_answers_is_a_timeout) {
  TinyServer server({""});
  const auto started = std::chrono::steady_clock::now();
  const auto status = webhook(server.url(), std::chrono::milliseconds(200))->send(rolled_back());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(5));
}

TEST(Webhook, an_endless_answer_is_cut_and_counts_as_its_status) {
  TinyServer server({"HTTP/1.1 200 OK\r\n\r\n" + std::string(200000, 'x')});
  EXPECT_TRUE(webhook(server.url())->send(rolled_back()));
}

TEST(Webhook, nobody_there_is_worth_another_try) {
  std::string url;
  {
    TinyServer gone({TinyServer::answer("200 OK")});
    url = gone.url();
  }
  EXPECT_EQ(webhook(url)->send(rolled_back()).error().code, ErrorCode::io);
}

TEST(Webhook, link_local_addresses_are_refused_before_a_connection_is_made) {
  for (const std::string host :
       {"169.254.169.254", "0xA9FEA9FE", "[fe80::1]", "[::ffff:169.254.169.254]", "[fd00:ec2::254]"}) {
    const auto status =
        webhook("http://" + host + "/latest/meta-data", std::chrono::milliseconds(500))->send(rolled_back());
    ASSERT_FALSE(status) << host;
    EXPECT_EQ(status.error().code, ErrorCode::config) << host << ": " << status.error().message();
  }
}

TEST(Webhook, only_http_and_https_urls_are_taken) {
  for (const std::string url : {"", "hooks", "ftp://host/x", "file:///etc/passwd", "gopher://host", "http://",
                                "javascript:alert(1)", "http://host:99999/"})
    EXPECT_EQ(make_channel({"webhook", url}).error().code, ErrorCode::config) << url;
  EXPECT_FALSE(make_channel({"webhook", "https://host/" + std::string(3000, 'x')}));
  EXPECT_TRUE(make_channel({"webhook", "https://host.example/x?y=z"}));
}

}  // namespace
}  // namespace perennial::alerts
