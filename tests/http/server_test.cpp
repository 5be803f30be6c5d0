#include "http/server.hpp"
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "core/limits.hpp"
#include "http/running_server.hpp"

namespace perennial::http {
namespace {

TEST(Server, refuses_to_listen_beyond_loopback_without_a_token) {
  FakeBackend fake;
  for (const char* listen : {"0.0.0.0:0", "[::]:0", "*:0", "192.0.2.1:0"}) {
    const auto started = Server::start({.listen = listen}, fake.backends());
    ASSERT_FALSE(started) << listen;
    EXPECT_EQ(started.error().code, ErrorCode::config);
    EXPECT_NE(started.error().message().find("token"), std::string::npos);
  }
  EXPECT_FALSE(Server::start({.listen = "127.0.0.1:0", .token = "short"}, fake.backends()));
  EXPECT_FALSE(Server::start({.listen = "example.org:80"}, fake.backends()));
  EXPECT_FALSE(Server::start({.listen = "127.0.0.1"}, fake.backends()));
  EXPECT_FALSE(Server::start({.listen = "127.0.0.1:99999"}, fake.backends()));
  EXPECT_TRUE(Server::start({.listen = "0.0.0.0:0", .token = token}, fake.backends()));
}

TEST(Server, a_taken_port_is_one_clear_error) {
  Running running;
  const auto second =
      Server::start({.listen = "127.0.0.1:" + std::to_string(running.server->port())}, running.fake.backends());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::io);
  EXPECT_NE(second.error().hint.find("port"), std::string::npos);
}

TEST(Server, no_route_answers_without_the_token_save_the_open_ones) {
  Running running(with_token());
  for (const auto& route : route_table())
    for (const std::string method : {"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"}) {
      const auto answer =
          running.call(method, concrete(route.path), method == "POST" ? good_body(route.operation) : "");
      const bool open = route.permission == Permission::open && (method == "GET" || method == "HEAD");
      EXPECT_EQ(answer.status, open ? 200 : 401) << method << route.path;
    }
  EXPECT_EQ(running.call("GET", "/api/v1/nothing").status, 401);
  EXPECT_EQ(running.fake.predicted, 0u);
  std::vector<std::string> open_paths;
  for (const auto& route : route_table())
    if (route.permission == Permission::open) open_paths.push_back(route.path);
  EXPECT_EQ(open_paths, (std::vector<std::string>{"/healthz", "/readyz", "/"}));
}

TEST(Server, the_token_must_be_the_right_one_and_in_the_header) {
  Running running(with_token());
  const auto with = [&](const std::string& fields, const std::string& target = "/api/v1/models") {
    return running.call("GET", target, "", fields).status;
  };
  EXPECT_EQ(with("Authorization: Bearer " + token + "\r\n"), 200);
  EXPECT_EQ(with("authorization: bearer " + token + "\r\n"), 200);
  EXPECT_EQ(with("Authorization: Bearer " + token.substr(1) + "\r\n"), 401);
  EXPECT_EQ(with("Authorization: Bearer " + token + token + "\r\n"), 401);
  EXPECT_EQ(with("Authorization: Bearer \r\n"), 401);
  EXPECT_EQ(with("Authorization: Basic " + token + "\r\n"), 401);
  EXPECT_EQ(with("Authorization: Bearer x\r\nAuthorization: Bearer " + token + "\r\n"), 400);
  EXPECT_EQ(with("Authorization: Bearer " + token + "\r\n", "/api/v1/models?token=" + token), 400);
  EXPECT_EQ(with("", "/api/v1/models?access_token=" + token), 400);
}

struct BadBody {
  const char* sentence;
  std::string body;
  int status;
  const char* says;
};

TEST(Server, a_bad_predict_body_names_what_is_wrong) {
  Running running;
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  std::string many = "{\"instances\":[";
  for (std::size_t i = 0; i <= limits::instances_per_request; ++i) many += i ? ",[1]" : "[1]";
  many += "]}";
  const std::vector<BadBody> rows = {
      {"empty body", "", 400, "empty"},
      {"half an object", R"({"features":{"s1":1)", 400, "not valid JSON"},
      {"two values", R"({"features":{}} {})", 400, "not valid JSON"},
      {"a list on top", "[1,2]", 400, "a list was given"},
      {"a number on top", "17", 400, "a number was given"},
      {"deep nesting", deep, 400, "nested too deeply"},
      {"deep nesting without an end", std::string(100000, '['), 400, "not valid JSON"},
      {"nesting in a feature", R"({"features":{"s1":[1]}})", 400, "'s1' is a list, expected a number"},
      {"duplicate feature", R"({"features":{"s1":1,"s1":2}})", 400, "'s1' is given twice"},
      {"duplicate field", R"({"id":"a","id":"b","features":{}})", 400, "'id' is given twice"},
      {"NaN", R"({"features":{"s1":NaN}})", 400, "not valid JSON"},
      {"Infinity", R"({"features":{"s1":Infinity}})", 400, "not valid JSON"},
      {"beyond a double", R"({"features":{"s1":1e999}})", 400, "number"},
      {"a thousand digits", R"({"features":{"s1":)" + std::string(1000, '9') + "}}", 400, "number"},
      {"broken UTF-8", "{\"features\":{\"s1\":\"\xC3\x28\"}}", 400, "UTF-8"},
      {"lone surrogate", R"({"features":{"s1":"\ud800"}})", 400, "not valid JSON"},
      {"true as a number", R"({"features":{"s1":true}})", 400, "'s1' is true or false"},
      {"features as text", R"({"features":"s1"})", 400, "features"},
      {"features missing", R"({"id":"a"})", 400, "'features' is missing"},
      {"unknown field", R"({"feature":{"s1":1}})", 400, "unknown field 'feature'"},
      {"time as number", R"({"at":5,"features":{}})", 400, "'at' is a number"},
      {"no time at all", R"({"at":"soon","features":{}})", 400, "'at' is not a time"},
      {"id as object", R"({"id":{},"features":{}})", 400, "'id' is an object"},
      {"empty id", R"({"id":"","features":{}})", 400, "'id' is empty"},
      {"entity as fraction", R"({"entity":1.5,"features":{}})", 400, "'entity' is a number"},
      {"no instance", R"({"instances":[]})", 400, "empty list"},
      {"instances as object", R"({"instances":{}})", 400, "'instances' is an object"},
      {"an instance as text", R"({"instances":[{"s1":1},"x"]})", 400, "instances[1]"},
      {"a field beside instances", R"({"instances":[[1]],"id":"a"})", 400, "beside 'instances'"},
      {"too many instances", many, 413, "more than 10000 instances"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.sentence);
    expect_problem(running.call("POST", predict_path, row.body), row.status, row.says);
  }
  EXPECT_EQ(running.fake.predicted, 0u);
  EXPECT_EQ(running.call("GET", "/healthz").status, 200);
}

TEST(Server, a_bad_command_body_names_what_is_wrong) {
  Running running;
  const std::string base = "/api/v1/models/turbofan/";
  struct Row {
    const char* path;
    const char* body;
    const char* says;
  };
  const std::vector<Row> rows = {
      {"labels", "[]", "empty list"},
      {"labels", R"({"labels":{"rul":1}})", "by 'id', or by 'entity' and 'at'"},
      {"labels", R"({"id":"a","entity":"b","at":"2026-01-01","labels":{"rul":1}})", "by 'id', or by 'entity' and 'at'"},
      {"labels", R"([{"id":"a","labels":{"rul":1}},{"id":"b","labels":{"rul":null}}])", "[1].labels: 'rul' is null"},
      {"labels", R"({"id":"a","labels":{}})", "'labels' is an object"},
      {"labels", R"({"id":"a","labels":{"rul":1},"confidence":2})", "'confidence' is 2"},
      {"labels", R"({"id":"a","labels":{"rul":1,"rul":2}})", "'rul' is given twice"},
      {"events", R"({})", "'trigger' is missing"},
      {"events", R"({"trigger":7})", "'trigger' is a number"},
      {"events", R"({"trigger":"manual","priority":9})", "'priority' is 9, expected a whole number 1 to 5"},
      {"events", R"({"trigger":"manual","priority":"high"})", "'priority' is a text"},
      {"events", R"({"trigger":"manual","metadata":[]})", "'metadata' is a list"},
      {"events", R"({"trigger":"manual","timestamp":"yesterday"})", "'timestamp' is not a time"},
      {"events", R"({"trigger":"manual","urgency":1})", "unknown field 'urgency'"},
      {"events", R"({"specversion":"0.3","id":"1","type":"t","source":"s"})", "specversion"},
      {"events", R"({"specversion":"1.0","type":"t","source":"s"})", "'id' is missing"},
      {"promote", R"({})", "'version' is missing"},
      {"promote", R"({"version":"1.0.2","override":"yes"})", "'override' is a text"},
      {"rollback", R"({"to":1})", "'to' is a number"},
      {"rollback", R"([])", "a list was given"},
      {"jobs", R"({"reason":5})", "'reason' is a number"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(std::string(row.path) + " " + row.body);
    expect_problem(running.call("POST", base + row.path, row.body), 400, row.says);
  }
}

TEST(Server, predicts_one_or_many) {
  Running running;
  auto one = running.call(
      "POST", predict_path,
      R"({"id":"p-1","entity":17,"at":"2026-11-21T09:30:00Z","features":{"s1":87.2,"regime":"cold","s2":null}})");
  EXPECT_EQ(
      one.body,
      R"({"id":"p-1","outputs":{"rul":87.2,"health":{"class":"healthy","probabilities":{"critical":0.25,"healthy":0.75}}},"version":"1.0.0","arm":"champion"})");
  EXPECT_EQ(running.fake.last_request.instances[0].entity, "17");
  EXPECT_TRUE(std::isnan(running.fake.last_request.instances[0].features[2].number));
  EXPECT_TRUE(running.fake.last_request.instances[0].features[1].is_text);
  const auto many = running
                        .call("POST", predict_path + "?version=1.0.0",
                              R"({"instances":[{"s1":1},[2,3],{"id":"x","features":[1e10]}]})")
                        .json();
  ASSERT_EQ(many.at("predictions").size(), 3u);
  EXPECT_EQ(many["predictions"][1]["outputs"]["rul"], 2);
  EXPECT_EQ(many["predictions"][2]["id"], "x");
  EXPECT_TRUE(running.fake.last_request.instances[1].positional);
  EXPECT_EQ(running.fake.last_request.version, "1.0.0");
  // A value that is not a number is null, never a bare NaN.
  const auto none = running.call("POST", predict_path, R"({"features":[null]})").json();
  EXPECT_TRUE(none.at("outputs").at("rul").is_null());
}

TEST(Server, a_cloud_event_is_a_trigger_with_its_id) {
  Running running;
  const auto answer = running.call(
      "POST", "/api/v1/models/turbofan/events",
      R"({"specversion":"1.0","id":"e-1","source":"etl","type":"rows.loaded","time":"2026-11-21T09:30:00Z","data":{"priority":5,"rows":7}})",
      "Content-Type: application/cloudevents+json\r\n");
  EXPECT_EQ(answer.json(), (Json{{"decision", "retrain"}, {"reason", "asked for"}, {"job_id", "job-1"}}));
  EXPECT_EQ(running.fake.last_event.trigger, "rows.loaded");
  EXPECT_EQ(running.fake.last_event.priority, 5);
  EXPECT_EQ(running.fake.last_event.metadata["data"]["rows"], 7);
  EXPECT_EQ(running.fake.last_context.id, "etl#e-1");
  EXPECT_EQ(running.fake.last_context.actor, "webhook");
}

TEST(Server, error_documents_leak_nothing_of_the_machine) {
  Running running;
  const auto answer = running.call("POST", "/api/v1/models/broken/predict", R"({"features":{}})");
  expect_problem(answer, 500, "log");
  for (const char* secret : {"/var", "4711", "secret"})
    EXPECT_EQ(answer.body.find(secret), std::string::npos) << answer.body;
  expect_problem(running.call("POST", "/api/v1/models/other/predict", R"({"features":{}})"), 404,
                 "known models: turbofan");
  expect_problem(running.call("POST", "/api/v1/models/other/rollback"), 409, "no previous version");
  expect_problem(running.call("GET", "/api/v1/models/turbofan/versions/9.9.9"), 404, "9.9.9");
}

TEST(Server, paths_and_methods) {
  Running running;
  expect_problem(running.call("GET", "/nothing"), 404, "nothing");
  const auto wrong = running.call("DELETE", predict_path);
  expect_problem(wrong, 405, "POST");
  EXPECT_TRUE(wrong.has("Allow: POST, OPTIONS"));
  const auto options = running.call("OPTIONS", "/api/v1/models/turbofan/jobs");
  EXPECT_EQ(options.status, 204);
  EXPECT_TRUE(options.has("POST")) << options.head;
  EXPECT_TRUE(options.has("GET, HEAD"));
  const auto head = running.call("HEAD", "/api/v1/models");
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.has("Content-Length: "));
  for (const char* target : {"/api/v1/models/..%2fx/drift", "/api/v1/models/a%2Fb/drift", "/api/v1/models/%252e/drift",
                             "/api/v1/../models", "/api//models", "/api/v1/models/a%00b/drift",
                             "/api/v1/models/%ff/drift", "/api/v1/models/%4/drift", "/api/v1/models?after=1&after=2"})
    EXPECT_EQ(running.call("GET", target).status, 400) << target;
  expect_problem(running.call("GET", "/api/v1/jobs?modle=x"), 400, "known: model");
}

TEST(Server, host_names_are_checked_against_dns_rebinding) {
  ServerOptions options;
  options.allowed_hosts = {"models.example.org"};
  Running running(options);
  const auto host = [&](const std::string& line) {
    return running.raw("GET /healthz HTTP/1.1\r\n" + line + "\r\n").status;
  };
  for (const char* good : {"Host: localhost:1\r\n", "Host: 127.0.0.1\r\n", "Host: [::1]:8080\r\n",
                           "Host: LOCALHOST\r\n", "Host: models.example.org\r\n"})
    EXPECT_EQ(host(good), 200) << good;
  for (const char* evil : {"Host: attacker.example\r\n", "Host: localhost.attacker.example\r\n", "Host: \r\n",
                           "Host: a b\r\n", "Host: 127.0.0.1@evil\r\n"})
    EXPECT_EQ(host(evil), 421) << evil;
  EXPECT_EQ(host(""), 400);
  EXPECT_EQ(host("Host: localhost\r\nHost: localhost\r\n"), 400);
}

TEST(Server, pages_of_other_origins_may_not_write) {
  Running running;
  const auto from = [&](const std::string& fields) {
    return running.call("POST", predict_path, R"({"features":{"s1":1}})", fields).status;
  };
  EXPECT_EQ(from(""), 200);
  EXPECT_EQ(from("Origin: http://localhost\r\n"), 200);
  EXPECT_EQ(from("Origin: http://attacker.example\r\n"), 403);
  EXPECT_EQ(from("Origin: null\r\n"), 403);
  EXPECT_EQ(from("Origin: http://localhost:1\r\n"), 403);
  EXPECT_EQ(from("Sec-Fetch-Site: cross-site\r\n"), 403);
  EXPECT_FALSE(running.call("GET", "/api/v1/models", "", "Origin: http://attacker.example\r\n").has("Access-Control"));
}

TEST(Server, ambiguous_or_oversized_messages_are_refused) {
  ServerOptions options;
  options.body_bytes = 1000;
  Running running(options);
  const std::string start = "POST " + predict_path + " HTTP/1.1\r\nHost: localhost\r\n";
  const auto status = [&](const std::string& rest) { return running.raw(start + rest).status; };
  EXPECT_EQ(status("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(status("Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), 400);
  EXPECT_EQ(status("Transfer-Encoding: identity\r\n\r\n"), 400);
  EXPECT_EQ(status("Transfer-Encoding: chunked, identity\r\n\r\n"), 400);
  EXPECT_EQ(status("Transfer-Encoding: xchunked\r\n\r\n"), 400);
  EXPECT_EQ(status("Transfer-Encoding: chunked\r\n\r\n-2\r\n\r\n"), 400);
  EXPECT_EQ(status("Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n\r\n"), 400);
  EXPECT_EQ(status("Content-Length: -1\r\n\r\n"), 400);
  EXPECT_EQ(status("Content-Length : 3\r\n\r\nabc"), 400);
  EXPECT_EQ(status("Content-Length: 1001\r\n\r\n"), 413);
  EXPECT_EQ(status("Content-Length: 99999999999999999999\r\n\r\n"), 400);
  EXPECT_EQ(status("Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, ' ') + "\r\n0\r\n\r\n"), 413);
  EXPECT_EQ(status("Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"), 415);
  EXPECT_EQ(status("Expect: miracles\r\nContent-Length: 2\r\n\r\n{}"), 417);
  EXPECT_EQ(status("X-Long: " + std::string(20000, 'x') + "\r\n\r\n"), 431);
  // Nothing has an end that does not come: the line of a chunk, and trailers.
  const std::string chunked = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(running.raw(chunked + "1;" + std::string(200'000, 'a')).status, 400);
  EXPECT_EQ(running.raw(chunked + "0\r\n" + std::string(200'000, 'a')).status, 400);
  EXPECT_EQ(running.raw("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 200) << "and it lives on";
  EXPECT_EQ(running.raw("GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 414);
  EXPECT_EQ(running.raw("GET / HTTP/3.7\r\nHost: localhost\r\n\r\n").status, 505);
  EXPECT_EQ(running.raw("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS\r\n\r\n").status, 400);
  EXPECT_EQ(status("Transfer-Encoding: chunked\r\n\r\n15\r\n{\"features\":{\"s1\":1}}\r\n0\r\n\r\n"), 200);
  EXPECT_EQ(running.call("GET", "/healthz").status, 200);
}

TEST(Server, connections_are_kept_and_pipelined_requests_are_answered_in_order) {
  Running running;
  RawClient client(running.server->port());
  std::string all;
  for (int i = 0; i < 1000; ++i)
    all += request_text("POST", predict_path, R"({"id":")" + std::to_string(i) + R"(","features":{"s1":1}})");
  all += request_text("GET", "/api/v1/models");  // another lane in between
  all += request_text("GET", "/healthz");
  std::thread writer([&] { client.send(all); });
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(client.answer().json().value("id", ""), std::to_string(i));
  EXPECT_TRUE(client.answer().json().contains("models"));
  EXPECT_EQ(client.answer().body, R"({"alive":true})");
  writer.join();
  client.send(request_text("GET", "/healthz", "", "Connection: close\r\n"));
  EXPECT_TRUE(client.answer().has("Connection: close"));
  EXPECT_FALSE(client.more());
  EXPECT_TRUE(client.ended);
}

TEST(Server, waits_for_a_body_that_is_announced_with_an_expectation) {
  Running running;
  RawClient client(running.server->port());
  client.send("POST " + predict_path +
              " HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 21\r\n\r\n");
  EXPECT_EQ(client.answer().status, 100);
  client.send(R"({"features":{"s1":1}})");
  EXPECT_EQ(client.answer().status, 200);
}

TEST(Server, slow_clients_are_cut_and_others_do_not_notice) {
  ServerOptions options;
  options.header = milliseconds(300);
  options.body = milliseconds(300);
  options.idle = milliseconds(300);
  Running running(options);
  RawClient idle(running.server->port()), in_header(running.server->port()), in_body(running.server->port());
  in_header.send("GET /hea");
  in_body.send("POST " + predict_path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{");
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(running.call("GET", "/healthz").status, 200);
    in_header.send("x");
    in_body.send(" ");
    std::this_thread::sleep_for(milliseconds(150));
  }
  for (auto* client : {&idle, &in_header, &in_body}) {
    EXPECT_FALSE(client->more(milliseconds(2000)));
    EXPECT_TRUE(client->ended);
  }
}

TEST(Server, too_many_connections_are_told_so) {
  ServerOptions options;
  options.connections = 3;
  Running running(options);
  std::vector<std::unique_ptr<RawClient>> open;
  for (int i = 0; i < 3; ++i) {
    open.push_back(std::make_unique<RawClient>(running.server->port()));
    open.back()->send(request_text("GET", "/healthz"));
    EXPECT_EQ(open.back()->answer().status, 200);
  }
  RawClient one_more(running.server->port());
  EXPECT_EQ(one_more.answer().status, 503);
  open.clear();
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_EQ(running.call("GET", "/healthz").status, 200);
}

TEST(Server, a_flood_of_labels_does_not_hold_up_an_operator) {
  Running running;
  running.fake.label_pause = milliseconds(300);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<RawClient>(running.server->port()));
    clients.back()->send(request_text("POST", "/api/v1/models/turbofan/labels", good_body("label")));
  }
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(running.call("POST", "/api/v1/models/turbofan/rollback").status, 200);
  EXPECT_LT(std::chrono::steady_clock::now() - before, milliseconds(250));
}

TEST(Server, stops_after_the_answers_that_are_under_way) {
  Running running;
  running.fake.label_pause = milliseconds(300);
  RawClient busy(running.server->port()), idle(running.server->port());
  idle.send(request_text("GET", "/healthz"));
  EXPECT_EQ(idle.answer().status, 200);
  busy.send(request_text("POST", "/api/v1/models/turbofan/labels", good_body("label")));
  std::this_thread::sleep_for(milliseconds(100));
  const auto before = std::chrono::steady_clock::now();
  running.server->stop(std::chrono::seconds(5));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(2));
  EXPECT_EQ(busy.answer().status, 200);
  EXPECT_FALSE(idle.more());
  RawClient late(running.server->port());
  EXPECT_FALSE(late.connected);
}

TEST(Server, readiness_and_metrics) {
  Running running(with_token());
  const std::string fields = "Authorization: Bearer " + token + "\r\n";
  EXPECT_EQ(running.call("GET", "/readyz").status, 200);
  running.fake.is_ready = false;
  expect_problem(running.call("GET", "/readyz"), 503, "not ready");
  EXPECT_EQ(running.call("GET", "/readyz").body.find("turbofan"), std::string::npos);
  expect_problem(running.call("GET", "/readyz", "", fields), 503, "turbofan has no version yet");
  const auto metrics = running.call("GET", "/metrics", "", fields);
  EXPECT_TRUE(metrics.has("text/plain; version=0.0.4"));
  EXPECT_NE(metrics.body.find("perennial_models 1\n"), std::string::npos);
  EXPECT_NE(metrics.body.find("perennial_http_requests_total{operation=\"readiness\",status=\"5xx\"} 3"),
            std::string::npos)
      << metrics.body;
}

TEST(Server, the_page_runs_only_its_own_script) {
  Running running(with_token());
  const auto page = running.call("GET", "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(page.has("script-src 'sha256-")) << page.head;
  EXPECT_TRUE(page.has("nosniff"));
  EXPECT_TRUE(page.has("frame-ancestors 'none'"));
  EXPECT_EQ(page.body.find("innerHTML"), std::string::npos);
  EXPECT_EQ(page.body.find("https://"), std::string::npos);
  std::ifstream file(PERENNIAL_SOURCE_DIR "/web/index.html");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_TRUE(page.body == text.str()) << "src/http/page_text.cpp is not web/index.html";
}

/// For people: PERENNIAL_SERVE_SECONDS=60 test_http --gtest_also_run_disabled_tests --gtest_filter='*serve_a_while'
TEST(Server, DISABLED_serve_a_while) {
  FakeBackend fake;
  const char* seconds = std::getenv("PERENNIAL_SERVE_SECONDS");
  const char* asked = std::getenv("PERENNIAL_TOKEN");
  auto server = Server::start({.listen = "127.0.0.1:8099", .token = asked != nullptr ? asked : ""}, fake.backends());
  ASSERT_TRUE(server) << server.error().message();
  fake.add_event("ServerStarted", Json::object(), "");
  fake.add_event("DriftDetected",
                 {{"columns", {{{"column", "s11"}}, {{"column", "s4"}}, {{"column", "s12"}}}}, {"drift_share", 0.3}});
  fake.add_event("RetrainRequested", {{"reason", "30 % of the columns drift, threshold 30 %"}});
  fake.add_event("JobStarted", {{"job", "1"}});
  fake.add_event("GateEvaluated", {{"verdict", "pass"}, {"reason", "4 of 4 gates"}});
  fake.add_event("VersionRegistered",
                 {{"version", "1.0.2"}, {"changelog", "drift of s11, s4 and s12 <script>alert(1)</script>"}});
  fake.add_event("RolloutPlanned", {{"version", "1.0.2"}, {"reason", "shadow first"}});
  fake.add_event("RolloutAdvanced", {{"version", "1.0.2"}, {"weight", 0.05}});
  fake.add_event("RolledBack", {{"to", "1.0.0"}, {"reason", "error rate 2.1 % over 1 % (21 of 1000 requests)"}});
  fake.add_event("RolloutAdvanced", {{"version", "1.0.2"}, {"weight", 0.25}});
  std::this_thread::sleep_for(std::chrono::seconds(seconds != nullptr ? std::atoi(seconds) : 30));
}

}  // namespace
}  // namespace perennial::http
