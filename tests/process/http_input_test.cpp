// What a client can send wrongly: a clear answer each, and the server goes on.

#include <gtest/gtest.h>

#include "process/scene.hpp"

namespace perennial::process {
namespace {

struct Wrong {
  std::string what;
  std::string method, path, body;
  int status;
  std::string says;  ///< in the answer
};

class HttpInput : public ::testing::Test {
 protected:
  void SetUp() override {
    write_text(folder / "rows.csv", regression_csv(400, 400, 3));
    write_text(folder / "config.yaml", "" + config_text((folder / "rows.csv").string(), by_hand));
    server = std::make_unique<Server>(folder / "config.yaml", folder / "data", folder / "log");
    ASSERT_TRUE(server->listening() && server->wait_ready()) << server->log();
  }
  const Folder folder;
  std::unique_ptr<Server> server;
};

TEST_F(HttpInput, each_mistake_gets_a_clear_answer_and_the_process_lives) {
  const std::string predict = model_path + "/predict";
  const std::string labels = model_path + "/labels";
  const std::string events = model_path + "/events";
  const std::vector<Wrong> rows = {
      {"malformed JSON", "POST", predict, R"({"features": {"a": 1,)", 400, ""},
      {"no JSON at all", "POST", predict, "hello", 400, ""},
      {"an empty body", "POST", predict, "", 400, ""},
      {"a list where an object is expected", "POST", predict, "[1, 2]", 400, "object"},
      {"an unknown model", "POST", "/api/v1/models/nobody/predict", R"({"features": {"a":1,"b":1,"c":1}})", 404,
       "nobody"},
      {"an unknown version", "POST", predict + "?version=9.9.9", R"({"features": {"a":1,"b":1,"c":1}})", 404, "9.9.9"},
      {"no version at all", "POST", predict + "?version=x", R"({"features": {"a":1,"b":1,"c":1}})", 404, "x"},
      {"a text for a number", "POST", predict, R"({"features": {"a":"much","b":1,"c":1}})", 400, "a"},
      {"NaN", "POST", predict, R"({"features": {"a":NaN,"b":1,"c":1}})", 400, ""},
      {"an infinity", "POST", predict, R"({"features": {"a":1e999,"b":1,"c":1}})", 400, ""},
      {"a missing feature", "POST", predict, R"({"features": {"a":1,"b":1}})", 400, "c"},
      {"an unknown feature", "POST", predict, R"({"features": {"a":1,"b":1,"c":1,"d":1}})", 400, "d"},
      {"a nested feature", "POST", predict, R"({"features": {"a":{},"b":1,"c":1}})", 400, "a"},
      {"an unknown field", "POST", predict, R"({"feature": {"a":1}})", 400, "feature"},
      {"a list of the wrong length", "POST", predict, R"({"features": [1, 2]})", 400, ""},
      {"a label of an unknown target", "POST", labels, R"({"id": "p", "labels": {"z": 1}})", 400, "z"},
      {"a label that is text for a number", "POST", labels, R"({"id": "p", "labels": {"y": "high"}})", 400, "y"},
      {"a label without a prediction's name", "POST", labels, R"({"labels": {"y": 1}})", 400, "id"},
      {"a label that is NaN", "POST", labels, R"({"id": "p", "labels": {"y": NaN}})", 400, ""},
      {"a label that is null", "POST", labels, R"({"id": "p", "labels": {"y": null}})", 400, "y"},
      {"rollback without a previous version", "POST", model_path + "/rollback", "{}", 409, ""},
      {"rollback to an unknown version", "POST", model_path + "/rollback", R"({"to": "7.0.0"})", 404, "7.0.0"},
      {"rollback to no version", "POST", model_path + "/rollback", R"({"to": "yesterday"})", 400, "yesterday"},
      {"promotion of an unknown version", "POST", model_path + "/promote", R"({"version": "7.0.0"})", 404, "7.0.0"},
      {"promotion of the champion", "POST", model_path + "/promote", R"({"version": "1.0.0", "override": true})", 409,
       "champion"},
      {"promotion without a version", "POST", model_path + "/promote", "{}", 400, "version"},
      {"a trigger without a name", "POST", events, R"({"priority": 3})", 400, "trigger"},
      {"a trigger with priority 9", "POST", events, R"({"trigger": "manual", "priority": 9})", 400, "priority"},
      {"a trigger with a wrong time", "POST", events, R"({"trigger": "manual", "timestamp": "soon"})", 400,
       "timestamp"},
      {"a trigger with an unknown key", "POST", events, R"({"trigger": "manual", "prio": 3})", 400, "prio"},
      {"a CloudEvent without an id", "POST", events, R"({"specversion": "1.0", "type": "t", "source": "s"})", 400,
       "id"},
      {"an unknown path", "GET", "/api/v1/nothing", "", 404, ""},
      {"the wrong method", "GET", predict, "", 405, ""},
      {"an unknown version's page", "GET", model_path + "/versions/9.9.9", "", 404, "9.9.9"},
  };
  Connection connection(server->port());
  const std::string before = statuses(connection).dump();
  for (const auto& row : rows) {
    const Answer answer = connection.call(row.method, row.path, row.body);
    EXPECT_EQ(answer.status, row.status) << row.what << ": " << answer.body;
    const Json problem = answer.json();
    ASSERT_TRUE(problem.is_object()) << row.what << ": " << answer.body;
    EXPECT_FALSE(problem.value("detail", "").empty()) << row.what << ": " << answer.body;
    EXPECT_NE(answer.body.find(row.says), std::string::npos)
        << row.what << " does not name '" << row.says << "': " << answer.body;
    EXPECT_EQ(answer.body.find(folder.path().string()), std::string::npos)
        << row.what << " tells a path of the machine: " << answer.body;
    EXPECT_EQ(connection.get("/healthz").status, 200) << "after " << row.what;
  }
  EXPECT_EQ(statuses(connection).dump(), before) << "nothing was changed";
  EXPECT_EQ(answering_version(connection), "1.0.0");
}

TEST_F(HttpInput, an_oversized_body_is_refused_before_it_is_read) {
  Connection connection(server->port());
  const Answer answer = connection.call("POST", model_path + "/predict", std::string(9u << 20, ' '));
  EXPECT_EQ(answer.status, 413) << answer.body;
  Connection after(server->port());
  EXPECT_EQ(after.get("/healthz").status, 200);
  EXPECT_EQ(answering_version(after), "1.0.0");
}

TEST_F(HttpInput, a_missing_value_is_null_and_allowed) {
  Connection connection(server->port());
  EXPECT_EQ(connection.call("POST", model_path + "/predict", R"({"features": {"a":null,"b":1,"c":1}})").status, 200);
}

TEST_F(HttpInput, a_label_sent_twice_counts_once_and_another_value_is_a_conflict) {
  Connection connection(server->port());
  ASSERT_EQ(connection.post(model_path + "/predict", instance(0.1, 0.2, 0.3, "twice")).status, 200);
  const Json label = {{"id", "twice"}, {"labels", {{"y", 1.0}}}};
  EXPECT_EQ(connection.post(model_path + "/labels", label).json().value("accepted", 0), 1);
  EXPECT_EQ(connection.post(model_path + "/labels", label).json().value("duplicates", 0), 1);
  const Answer other = connection.post(model_path + "/labels", {{"id", "twice"}, {"labels", {{"y", 2.0}}}});
  EXPECT_EQ(other.status, 409) << other.body;
  EXPECT_NE(other.body.find("twice"), std::string::npos) << other.body;
}

}  // namespace
}  // namespace perennial::process
