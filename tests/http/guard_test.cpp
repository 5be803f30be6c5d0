#include "http/guard.hpp"

#include <gtest/gtest.h>

#include "http/predict_answer.hpp"
#include "http/problem.hpp"
#include "http/target.hpp"

namespace perennial::http {
namespace {

TEST(Listen, addresses_that_only_this_machine_reaches) {
  for (const char* text : {"127.0.0.1:8080", "127.9.9.9:1", "[::1]:0", "localhost:80", ":8080"}) {
    const auto address = parse_listen(text);
    ASSERT_TRUE(address) << text;
    EXPECT_TRUE(address->loopback) << text;
  }
  for (const char* text : {"0.0.0.0:80", "[::]:80", "10.0.0.1:80", "*:80", "[::ffff:127.0.0.1]:80"}) {
    const auto address = parse_listen(text);
    ASSERT_TRUE(address) << text;
    EXPECT_FALSE(address->loopback) << text;
  }
  for (const char* text : {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "[::1:80", "host:80",
                           "127.1:80", "127.0.0.1:8x"})
    EXPECT_FALSE(parse_listen(text)) << text;
}

TEST(Listen, a_token_is_needed_beyond_loopback_and_not_a_short_one) {
  EXPECT_TRUE(Guard::make(*parse_listen("127.0.0.1:1"), "", {}));
  EXPECT_FALSE(Guard::make(*parse_listen("0.0.0.0:1"), "", {}));
  EXPECT_FALSE(Guard::make(*parse_listen("127.0.0.1:1"), "fifteen-letters", {}));
  EXPECT_FALSE(Guard::make(*parse_listen("127.0.0.1:1"), "sixteen letters or more", {}));
  EXPECT_TRUE(Guard::make(*parse_listen("0.0.0.0:1"), "sixteen-letters!", {}));
}

TEST(Guard, beyond_loopback_any_name_unless_names_are_given) {
  const auto open = Guard::make(*parse_listen("0.0.0.0:1"), "sixteen-letters!", {});
  EXPECT_TRUE(open->host_allowed("models.example.org:443"));
  const auto named = Guard::make(*parse_listen("0.0.0.0:1"), "sixteen-letters!", {"models.example.org"});
  EXPECT_TRUE(named->host_allowed("Models.Example.org:443"));
  EXPECT_FALSE(named->host_allowed("localhost"));
  EXPECT_FALSE(named->host_allowed("models.example.org:443:1"));
}

TEST(Target, is_decoded_once) {
  const auto target = parse_target("/api/v1/models/a%20b+c/drift?model=x%26y+z&last=3");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->segments, (std::vector<std::string>{"api", "v1", "models", "a b+c", "drift"}));
  EXPECT_EQ(target->query, (std::vector<std::pair<std::string, std::string>>{{"model", "x&y z"}, {"last", "3"}}));
  EXPECT_TRUE(parse_target("/")->segments.empty());
  for (const char* bad : {"",           "x",    "*",         "http://localhost/",
                          "//x",        "/a/",  "/a/..",     "/a/%2e%2e",
                          "/%",         "/%2",  "/%zz",      "/a%2fb",
                          "/a%5cb",     "/%25", "/%00",      "/%c0%af",
                          "/%ed%a0%80", "/a#b", "/?a=1&a=2", "/?%0d=1"})
    EXPECT_FALSE(parse_target(bad)) << bad;
  EXPECT_EQ(parse_target("/" + percent_encode("ä &?#+:@"))->segments[0], "ä &?#+:@");
}

TEST(Problem, a_code_survives_the_way_to_the_client_and_back) {
  for (const auto code :
       {ErrorCode::usage, ErrorCode::config, ErrorCode::invalid, ErrorCode::not_found, ErrorCode::conflict,
        ErrorCode::too_large, ErrorCode::overloaded, ErrorCode::corrupt, ErrorCode::disk_full, ErrorCode::io,
        ErrorCode::timeout, ErrorCode::cancelled, ErrorCode::unauthorized, ErrorCode::internal}) {
    const auto response = problem(Error{code, "what happened", "", "what to do"});
    const auto back = error_from_problem(response.status, response.body);
    EXPECT_EQ(back.code, code) << to_string(code);
    EXPECT_EQ(back.hint, "what to do");
  }
  EXPECT_EQ(error_from_problem(502, "<html>a proxy</html>").code, ErrorCode::io);
  EXPECT_EQ(
      problem(Error{ErrorCode::invalid, "bad row in '/srv/data/x.csv'", "/srv/data", "see /srv"}).body.find("/srv"),
      std::string::npos);
}

TEST(PredictAnswer, numbers_are_shortest_and_never_NaN) {
  api::PredictAnswer answer;
  answer.targets = {{"a\"b", Task::regression, {}}, {"class", Task::binary, {"no", "yes"}}};
  const float nan = std::numeric_limits<float>::quiet_NaN();
  answer.predictions = {{"1", "1.0.0", "champion", {0.1f, 0.5f, 0.5f}},
                        {"\x01\xff", "1.0.0", "champion", {std::numeric_limits<float>::infinity(), nan, 1e-30f}}};
  EXPECT_EQ(
      *write_predictions(answer, false),
      R"({"predictions":[{"id":"1","outputs":{"a\"b":0.1,"class":{"class":"no","probabilities":{"no":0.5,"yes":0.5}}},"version":"1.0.0","arm":"champion"},)"
      "{\"id\":\"\\u0001\xEF\xBF\xBD\",\"outputs\":{\"a\\\"b\":null,\"class\":{\"class\":null,\"probabilities\":{"
      "\"no\":null,\"yes\":1e-30}}},"
      R"("version":"1.0.0","arm":"champion"}]})");
  answer.predictions[0].outputs.pop_back();
  EXPECT_FALSE(write_predictions(answer, false));
}

}  // namespace
}  // namespace perennial::http
