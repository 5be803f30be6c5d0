// The way back: under load, twice in a row, and with a full disk.

#include <sys/mount.h>
#include <sys/statvfs.h>

#include "process/open_loop.hpp"
#include "process/versions.hpp"

namespace perennial::process {
namespace {

using Clock = OpenLoop::Clock;

TEST(Rollback, under_open_loop_load_fails_no_request_and_takes_less_than_a_second) {
  const auto seconds = static_cast<double>(number_from_environment("PERENNIAL_LOAD_SECONDS", 8));
  const int per_second = static_cast<int>(number_from_environment("PERENNIAL_LOAD_RATE", 1000));
  const Folder folder;
  write_text(folder / "rows.csv", regression_csv(400, 400, 3));
  write_text(folder / "config.yaml", config_text((folder / "rows.csv").string(), by_hand));
  Server server(folder / "config.yaml", folder / "data", folder / "log");
  ASSERT_TRUE(server.listening() && server.wait_ready()) << server.log();
  Connection connection(server.port());
  make_versions(connection, 2);
  ASSERT_FALSE(HasFatalFailure());

  OpenLoop load(server.port(), per_second, 8, [](std::uint64_t i) {
    return fmt::format(R"({{"entity":"e{}","features":{{"a":0.4,"b":0.{},"c":0.2}}}})", i % 997, i % 10);
  });
  const auto pause = std::chrono::duration<double>(seconds / 3);
  std::this_thread::sleep_for(pause);
  const auto asked = Clock::now();
  const Answer back = connection.post(model_path + "/rollback", {{"reason", "bad version"}, {"command_id", "one"}});
  const auto answered = Clock::now();
  EXPECT_EQ(back.status, 200) << back.body;
  EXPECT_EQ(back.json().value("to", ""), "1.0.1");
  EXPECT_TRUE(back.json().value("confirmed", false)) << back.body;
  std::this_thread::sleep_for(pause);
  const Answer again = connection.post(model_path + "/rollback", {{"command_id", "two"}});
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(again.json().value("to", ""), "1.0.0") << "two rollbacks in a row end on an older good version";
  std::this_thread::sleep_for(pause);
  load.stop();

  const auto ms = [&](Clock::time_point at) { return std::chrono::duration<double, std::milli>(at - asked).count(); };
  EXPECT_EQ(load.failed(), 0u) << load.first_failure();
  const auto last = load.last_answer_of("1.0.2");
  ASSERT_TRUE(last.has_value()) << "the bad version never answered";
  fmt::print(
      "{} requests in {:.0f} s, {} failed; last answer of the bad version {:.1f} ms after the command, command "
      "answered after {:.1f} ms; "
      "latency p50 {:.2f} ms, p99 {:.2f} ms\n",
      load.sent(), seconds, load.failed(), std::max(0.0, ms(*last)), ms(answered), load.latency_ms(0.5),
      load.latency_ms(0.99));
  EXPECT_LT(ms(*last), 1000);
  EXPECT_GE(static_cast<double>(load.sent()), 0.9 * seconds * per_second) << "the load could not be sent";
  EXPECT_TRUE(load.last_answer_of("1.0.0").has_value());
  EXPECT_EQ(answering_version(connection), "1.0.0");
  EXPECT_EQ(statuses(connection).dump(), R"({"1.0.0":"production","1.0.1":"quarantined","1.0.2":"quarantined"})");
}

/// Requests per second that `threads` connections get answered when each asks again at once.
double peak_per_second(int port, int threads, Milliseconds length) {
  std::atomic<std::uint64_t> answered = 0;
  std::atomic<bool> stop = false;
  std::vector<std::thread> clients;
  const auto begun = Clock::now();
  for (int thread = 0; thread < threads; ++thread)
    clients.emplace_back([&, thread] {
      Connection connection(port);
      for (std::uint64_t i = 0; !stop; ++i)
        answered += connection
                        .call("POST", model_path + "/predict",
                              fmt::format(R"({{"entity":"e{}","features":{{"a":0.4,"b":0.{},"c":0.2}}}})",
                                          i * 31 + static_cast<std::uint64_t>(thread), i % 10),
                              5000)
                        .status == 200;
    });
  std::this_thread::sleep_for(length);
  stop = true;
  for (auto& client : clients) client.join();
  return static_cast<double>(answered) / std::chrono::duration<double>(Clock::now() - begun).count();
}

/// PERENNIAL_ROLLBACKS=200 for a percentile that means something.
TEST(Rollback, many_in_a_row_at_30_percent_of_the_peak_load) {
  const int rollbacks = static_cast<int>(number_from_environment("PERENNIAL_ROLLBACKS", 10));
  const Folder folder;
  write_text(folder / "rows.csv", regression_csv(400, 400, 3));
  write_text(folder / "config.yaml", config_text((folder / "rows.csv").string(), by_hand));
  Server server(folder / "config.yaml", folder / "data", folder / "log");
  ASSERT_TRUE(server.listening() && server.wait_ready()) << server.log();
  Connection connection(server.port());
  make_versions(connection, 1);
  ASSERT_FALSE(HasFatalFailure());

  constexpr int clients = 8;
  const double peak = peak_per_second(server.port(), clients, Milliseconds(2000));
  OpenLoop load(server.port(), static_cast<int>(0.3 * peak), clients, [](std::uint64_t i) {
    return fmt::format(R"({{"entity":"e{}","features":{{"a":0.4,"b":0.{},"c":0.2}}}})", i % 997, i % 10);
  });
  std::vector<double> last_bad_ms, answered_ms;
  for (int round = 0; round < rollbacks; ++round) {
    std::this_thread::sleep_for(Milliseconds(100));
    const auto asked = Clock::now();
    const Answer back = connection.post(model_path + "/rollback", {{"reason", "bad version"}});
    const auto ms = [&](Clock::time_point at) { return std::chrono::duration<double, std::milli>(at - asked).count(); };
    answered_ms.push_back(ms(Clock::now()));
    ASSERT_EQ(back.status, 200) << back.body;
    ASSERT_TRUE(back.json().value("confirmed", false)) << back.body;
    std::this_thread::sleep_for(Milliseconds(100));
    const auto last = load.last_answer_of("1.0.1");
    ASSERT_TRUE(last.has_value()) << "the bad version never answered";
    last_bad_ms.push_back(std::max(0.0, ms(*last)));
    ASSERT_EQ(connection.post(model_path + "/promote", {{"version", "1.0.1"}, {"override", true}}).status, 200);
  }
  load.stop();
  const auto p99 = [](std::vector<double> values) {
    std::ranges::sort(values);
    return values[std::min(values.size() - 1, values.size() * 99 / 100)];
  };
  fmt::print(
      "peak {:.0f} requests/s; {} rollbacks at 30 % of it: last answer of the bad version after p99 {:.1f} ms, command "
      "answered after p99 {:.1f} ms; {} requests, {} failed, latency p50 {:.2f} ms, p99 {:.2f} ms\n",
      peak, rollbacks, p99(last_bad_ms), p99(answered_ms), load.sent(), load.failed(), load.latency_ms(0.5),
      load.latency_ms(0.99));
  EXPECT_EQ(load.failed(), 0u) << load.first_failure();
  EXPECT_LT(p99(last_bad_ms), rollbacks >= 100 ? 250 : 1000);
}

TEST(Rollback, the_same_command_id_rolls_back_once) {
  const Folder folder;
  write_text(folder / "rows.csv", regression_csv(400, 400, 3));
  write_text(folder / "config.yaml", config_text((folder / "rows.csv").string(), by_hand));
  auto server = std::make_unique<Server>(folder / "config.yaml", folder / "data", folder / "log");
  ASSERT_TRUE(server->listening() && server->wait_ready()) << server->log();
  {
    Connection connection(server->port());
    make_versions(connection, 2);
    ASSERT_FALSE(HasFatalFailure());
    for (int i = 0; i < 3; ++i) {
      const Answer back = connection.post(model_path + "/rollback", {{"command_id", "the same"}});
      EXPECT_EQ(back.json().value("to", ""), "1.0.1") << back.body;
    }
  }
  server->child().kill_now();
  server = std::make_unique<Server>(folder / "config.yaml", folder / "data", folder / "log");
  ASSERT_TRUE(server->listening() && server->wait_ready()) << server->log();
  Connection connection(server->port());
  EXPECT_EQ(connection.post(model_path + "/rollback", {{"command_id", "the same"}}).json().value("to", ""), "1.0.1");
  EXPECT_EQ(answering_version(connection), "1.0.1");
}

/// A file system of its own that can be filled; unmounted at the end. Not usable where this process may not mount.
class SmallDisk {
 public:
  SmallDisk(Path at, const char* size) : at_(std::move(at)) {
    std::filesystem::create_directories(at_);
    usable_ = ::mount("tmpfs", at_.c_str(), "tmpfs", 0, size) == 0;
  }
  ~SmallDisk() {
    if (usable_) ::umount2(at_.c_str(), MNT_DETACH);
  }
  bool usable() const { return usable_; }
  void fill() const {
    const int fd = ::open((at_ / "filler").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    const std::string bytes(4096, 'x');
    while (::write(fd, bytes.data(), bytes.size()) > 0) continue;
    ::close(fd);
  }
  void free_space() const { std::filesystem::remove(at_ / "filler"); }

 private:
  Path at_;
  bool usable_ = false;
};

class FullDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    disk = std::make_unique<SmallDisk>(folder / "disk", "size=24m");
    if (!disk->usable())
      GTEST_SKIP() << "a tmpfs cannot be mounted here (not root, or not permitted): the full disk is not tested";
    write_text(folder / "rows.csv", regression_csv(400, 400, 3));
    write_text(folder / "config.yaml", config_text((folder / "rows.csv").string(), by_hand));
    start();
  }
  void start() {
    server.reset();
    server = std::make_unique<Server>(folder / "config.yaml", folder / "disk" / "data", folder / "log");
    ASSERT_TRUE(server->listening() && server->wait_ready()) << server->log();
    connection = std::make_unique<Connection>(server->port());
  }
  void kill_and_start() {
    server->child().kill_now();
    start();
  }
  /// The journal is good and says that the champion came back by a rollback.
  bool journal_has_rollback() {
    const Outcome audit = run({PERENNIAL_BIN, "audit", "verify", "--config", (folder / "config.yaml").string(),
                               "--data-dir", (folder / "disk" / "data").string()},
                              folder.path());
    EXPECT_EQ(audit.exit_code, 0) << audit.err;
    const Json shown = connection->get(model_path + "/versions/1.0.1").json();
    for (const auto& stay : shown.at("deployments"))
      if (stay.at("is_rollback") == true) return true;
    return false;
  }

  const Folder folder;
  std::unique_ptr<SmallDisk> disk;
  std::unique_ptr<Server> server;
  std::unique_ptr<Connection> connection;
};

TEST_F(FullDisk, a_rollback_survives_kill_9_and_reaches_the_journal_later) {
  make_versions(*connection, 2);
  ASSERT_FALSE(HasFatalFailure());
  disk->fill();
  const Answer back = connection->post(model_path + "/rollback", {{"reason", "bad version"}, {"command_id", "r"}});
  ASSERT_EQ(back.status, 200) << back.body;
  EXPECT_EQ(back.json().value("to", ""), "1.0.1");
  EXPECT_FALSE(back.json().value("journalled", true)) << "the disk was not full: " << back.body;
  EXPECT_EQ(answering_version(*connection), "1.0.1");
  EXPECT_EQ(connection->get("/healthz").status, 200);

  kill_and_start();  // the disk is still full
  ASSERT_FALSE(HasFatalFailure()) << "a restart with a full disk";
  EXPECT_EQ(answering_version(*connection), "1.0.1");

  server->child().kill_now();
  disk->free_space();
  start();
  ASSERT_FALSE(HasFatalFailure());
  EXPECT_EQ(answering_version(*connection), "1.0.1");
  EXPECT_TRUE(wait_for_status(*connection, "1.0.2", "quarantined", Milliseconds(10000)));
  EXPECT_EQ(statuses(*connection).value("1.0.1", ""), "production");
  const Answer again = connection->post(model_path + "/rollback", {{"command_id", "r"}});
  EXPECT_EQ(again.json().value("to", ""), "1.0.1") << "the command was carried out already: " << again.body;
  EXPECT_TRUE(journal_has_rollback());
}

TEST_F(FullDisk, space_that_comes_back_while_it_runs_is_used) {
  make_versions(*connection, 1);
  ASSERT_FALSE(HasFatalFailure());
  disk->fill();
  const Answer back = connection->post(model_path + "/rollback", {{"reason", "bad version"}});
  ASSERT_EQ(back.status, 200) << back.body;
  EXPECT_EQ(answering_version(*connection), "1.0.0");
  disk->free_space();
  EXPECT_TRUE(wait_for_status(*connection, "1.0.1", "quarantined", Milliseconds(10000)));
  EXPECT_EQ(answering_version(*connection), "1.0.0");
}

TEST_F(FullDisk, a_challenger_taken_back_stays_away) {
  // The same rows would give the champion again.
  Json labels = Json::array();
  Json instances = Json::array();
  for (int i = 0; i < 40; ++i) {
    instances.push_back(instance(0.02 * i, 0.5, 0.5, fmt::format("c{}", i)));
    labels.push_back({{"id", fmt::format("c{}", i)}, {"labels", {{"y", 1.0}}}});
  }
  ASSERT_EQ(connection->post(model_path + "/predict", {{"instances", instances}}).status, 200);
  ASSERT_EQ(connection->post(model_path + "/labels", labels).status, 200);
  std::this_thread::sleep_for(Milliseconds(150));
  ASSERT_EQ(connection->post(model_path + "/events", {{"trigger", "manual"}}).status, 200);
  ASSERT_TRUE(wait_for_status(*connection, "1.0.1", "shadow")) << connection->get(model_path + "/jobs").body;
  disk->fill();
  const Answer back = connection->post(model_path + "/rollback", {{"reason", "not wanted"}});
  ASSERT_EQ(back.status, 200) << back.body;
  disk->free_space();
  EXPECT_TRUE(wait_for_status(*connection, "1.0.1", "quarantined", Milliseconds(5000))) << statuses(*connection).dump();
}

TEST_F(FullDisk, a_training_that_ends_meanwhile_is_not_lost) {
  // Other rows: a training on the same ones would be answered from what is remembered of the first.
  write_text(folder / "rows.csv", regression_csv(400, 400, 4));
  write_text(folder / "slow", "#!/bin/sh\nsleep 5\nexit 1\n");
  std::filesystem::permissions(folder / "slow", std::filesystem::perms::owner_all);
  server.reset();
  server = std::make_unique<Server>(folder / "config.yaml", folder / "disk" / "data", folder / "log",
                                    Child::Environment{{"PERENNIAL_TRAINER", (folder / "slow").string()}});
  ASSERT_TRUE(server->listening() && server->wait_ready()) << server->log();
  connection = std::make_unique<Connection>(server->port());
  const auto reaches = [&](const std::string& wanted) {
    for (int i = 0; i < 500; ++i) {
      if (connection->get(model_path + "/jobs").json().at(0).value("status", "") == wanted) return true;
      std::this_thread::sleep_for(Milliseconds(20));
    }
    return false;
  };
  const auto ask = [&] { return connection->post(model_path + "/events", {{"trigger", "manual"}}).json(); };
  ASSERT_EQ(ask().value("decision", ""), "retrain");
  ASSERT_TRUE(reaches("running"));
  disk->fill();
  // What is left of the journal's last pages: decisions that answer somebody are written until one cannot be.
  int status = 200;
  for (int i = 0; i < 2000 && status == 200; ++i)
    status = connection->post(model_path + "/events", {{"trigger", "nobody's"}}).status;
  ASSERT_EQ(status, 507) << "the disk is not full";
  // The run's own folder goes when it ends: somebody else takes that space at once.
  const auto until = std::chrono::steady_clock::now() + Milliseconds(7000);
  while (std::chrono::steady_clock::now() < until) {
    disk->fill();
    std::this_thread::sleep_for(Milliseconds(1));
  }
  EXPECT_EQ(connection->get("/healthz").status, 200);
  EXPECT_TRUE(reaches("running")) << "its end cannot be recorded yet: " << connection->get(model_path + "/jobs").body
                                  << server->log();
  disk->free_space();
  EXPECT_TRUE(reaches("failed")) << "and is, once there is space";
  EXPECT_EQ(ask().value("decision", ""), "retrain") << "the next one is not held up by it";
}

TEST_F(FullDisk, a_label_is_refused_with_507_and_taken_later) {
  const auto label = [&](const std::string& id) { return Json{{"id", id}, {"labels", {{"y", 1.5}}}}; };
  for (int i = 0; i < 3; ++i)
    ASSERT_EQ(connection->post(model_path + "/predict", instance(0.1, 0.2, 0.3, fmt::format("l{}", i))).status, 200);
  ASSERT_EQ(connection->post(model_path + "/labels", label("l0")).status, 200);
  disk->fill();
  // More than what is left in the segment's last page.
  Json many = Json::array();
  for (int i = 0; i < 2000; ++i) many.push_back(label(fmt::format("filler-{}", i)));
  const Answer refused = connection->post(model_path + "/labels", many);
  EXPECT_EQ(refused.status, 507) << refused.body;
  EXPECT_NE(refused.body.find("disk"), std::string::npos) << refused.body;
  EXPECT_EQ(connection->get("/healthz").status, 200);
  EXPECT_FALSE(answering_version(*connection).empty()) << "predictions go on with a full disk";
  disk->free_space();
  const Answer taken = connection->post(model_path + "/labels", many);
  EXPECT_EQ(taken.status, 200) << taken.body;
  EXPECT_EQ(taken.json().value("accepted", 0), 2000) << "nothing of the refused call was stored";
  kill_and_start();
  ASSERT_FALSE(HasFatalFailure());
  EXPECT_EQ(connection->post(model_path + "/labels", many).json().value("duplicates", 0), 2000)
      << "an acknowledged label is never lost";
  EXPECT_EQ(connection->post(model_path + "/labels", label("l0")).json().value("duplicates", 0), 1);
}

}  // namespace
}  // namespace perennial::process
