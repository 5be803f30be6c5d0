#include "http/event_hub.hpp"
#include <gtest/gtest.h>

#include "core/limits.hpp"
#include "http/running_server.hpp"

namespace perennial::http {
namespace {

TEST(EventStream, sends_history_then_new_events_and_takes_up_where_it_broke) {
  ServerOptions options;
  options.heartbeat = milliseconds(200);
  Running running(options);
  for (int i = 0; i < 200; ++i) running.fake.add_event("RetrainSkipped", {{"n", i}}, i % 2 ? "turbofan" : "churn");
  RawClient all(running.server->port());
  all.send(request_text("GET", "/api/v1/events?after=0"));
  ASSERT_TRUE(all.read_until("id: 200\n"));
  EXPECT_NE(all.input.find("text/event-stream"), std::string::npos);
  std::size_t count = 0;
  for (auto at = all.input.find("\nid: "); at != std::string::npos; at = all.input.find("\nid: ", at + 1)) ++count;
  EXPECT_EQ(count, 200u);
  running.fake.add_event("Promoted", {{"version", "1.0.2"}});
  EXPECT_TRUE(all.read_until("id: 201\ndata: {\"at\""));
  EXPECT_TRUE(all.read_until(": still here"));

  RawClient resumed(running.server->port());
  resumed.send(request_text("GET", "/api/v1/events?after=0", "", "Last-Event-ID: 199\r\n"));
  ASSERT_TRUE(resumed.read_until("id: 201\n"));
  EXPECT_EQ(resumed.input.find("id: 199\n"), std::string::npos);
  EXPECT_NE(resumed.input.find("id: 200\n"), std::string::npos);

  RawClient newest(running.server->port());
  newest.send(request_text("GET", "/api/v1/events?last=3&model=turbofan"));
  ASSERT_TRUE(newest.read_until("id: 201\n"));
  EXPECT_EQ(newest.input.find("id: 199\n"), std::string::npos);
  EXPECT_EQ(newest.input.find("churn"), std::string::npos);

  RawClient quiet(running.server->port());
  quiet.send(request_text("GET", "/api/v1/events"));
  ASSERT_TRUE(quiet.read_until("retry: 2000"));
  running.fake.add_event("RolledBack", {{"to", "1.0.1"}});
  EXPECT_TRUE(quiet.read_until("id: 202\n"));
  EXPECT_EQ(quiet.input.find("id: 201\n"), std::string::npos);

  expect_problem(running.call("GET", "/api/v1/events?after=x"), 400, "'after'");
}

TEST(EventStream, there_are_at_most_so_many) {
  Running running;
  std::vector<std::unique_ptr<RawClient>> open;
  for (std::size_t i = 0; i < limits::event_stream_clients; ++i) {
    open.push_back(std::make_unique<RawClient>(running.server->port()));
    open.back()->send(request_text("GET", "/api/v1/events"));
    ASSERT_TRUE(open.back()->read_until("retry:"));
  }
  EXPECT_EQ(running.call("GET", "/api/v1/events").status, 503);
  EXPECT_EQ(running.call("GET", "/healthz").status, 200);
  open.pop_back();
  std::this_thread::sleep_for(milliseconds(100));
  RawClient again(running.server->port());
  again.send(request_text("GET", "/api/v1/events"));
  EXPECT_TRUE(again.read_until("retry:"));
}

TEST(EventStream, a_client_that_does_not_read_is_cut) {
  ServerOptions options;
  options.write = milliseconds(400);
  Running running(options);
  RawClient deaf(running.server->port());
  deaf.send(request_text("GET", "/api/v1/events?after=0"));
  ASSERT_TRUE(deaf.read_until("retry:"));
  const std::string large(100000, 'x');
  for (int i = 0; i < 300; ++i) running.fake.add_event("WarningRaised", {{"text", large}});
  std::string metrics;
  for (int i = 0; i < 40 && metrics.find("perennial_http_event_streams 0") == std::string::npos; ++i) {
    std::this_thread::sleep_for(milliseconds(100));
    metrics = running.call("GET", "/metrics").body;
  }
  EXPECT_NE(metrics.find("perennial_http_event_streams 0"), std::string::npos);
}

}  // namespace
}  // namespace perennial::http
