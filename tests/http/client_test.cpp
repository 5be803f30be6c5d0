#include "http/client.hpp"
#include <gtest/gtest.h>

#include "http/running_server.hpp"

namespace perennial::http {
namespace {

TEST(Client, speaks_with_a_server_and_explains_what_fails) {
  Running running(with_token());
  auto client = Client::make(running.server->url(), token);
  ASSERT_TRUE(client);
  EXPECT_EQ(client->get("/api/v1/models")->at("models").size(), 1u);
  EXPECT_EQ(
      client->post(Client::model_path("turbofan", "/predict"), {{"features", {{"s1", 2}}}})->at("outputs").at("rul"),
      2);
  const auto unknown = client->get(Client::model_path("a b", "/versions"));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::not_found);
  EXPECT_EQ(unknown.error().what, "no model 'a b'");
  EXPECT_NE(client->text("/metrics")->find("perennial_models"), std::string::npos);
  auto stranger = Client::make(running.server->url(), "");
  const auto refused = stranger->get("/api/v1/models");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unauthorized);
  EXPECT_NE(refused.error().hint.find("PERENNIAL_TOKEN"), std::string::npos);

  const std::string url = running.server->url();
  running.server->stop(milliseconds(100));
  const auto gone = client->get("/api/v1/models");
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::io);
  EXPECT_NE(gone.error().hint.find("perennial serve"), std::string::npos) << gone.error().message();
  for (const char* bad : {"", "https://localhost:1", "http://localhost:1/x", "http://:80", "localhost:x"})
    EXPECT_FALSE(Client::make(bad, "")) << bad;
}

TEST(Client, gives_up_after_its_time) {
  Running running;
  running.fake.label_pause = milliseconds(1000);
  auto client = Client::make(running.server->url(), "", milliseconds(200));
  const auto late = client->post(Client::model_path("turbofan", "/labels"), Json::parse(good_body("label")));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::timeout);
}

}  // namespace
}  // namespace perennial::http
