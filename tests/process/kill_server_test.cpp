// A server that is killed while a client works with it, and a client that sends again what was not answered.

#include <gtest/gtest.h>
#include <set>

#include "core/clock.hpp"
#include "feedback/label_log.hpp"
#include "process/scene.hpp"
#include "storage/files.hpp"

namespace perennial::process {
namespace {

/// What is left when a client is done.
struct End {
  Json versions;
  Json rollout;
  std::map<std::string, double> labels;  ///< by prediction id
  std::size_t labels_stored = 0;         ///< entries of the log: more than ids means counted twice
  std::size_t calls = 0;
  std::size_t labels_acknowledged = 0;
  std::size_t kills = 0;
};

/// Sends each call until it is answered. At chosen calls a timer kills the server around the time of the call.
class Client {
 public:
  Client(Path config, Path data_dir, Path log, std::set<std::size_t> kill_at, std::uint64_t seed)
      : config_(std::move(config)),
        data_dir_(std::move(data_dir)),
        log_(std::move(log)),
        kill_at_(std::move(kill_at)),
        random_(seed) {
    restart();
  }
  ~Client() {
    if (killer_.joinable()) killer_.join();
  }

  /// The answer's JSON; a test failure where the server refuses. `busy_ms`: how long the work behind the call takes.
  Json send(const std::string& path, const Json& body, int busy_ms = 20, bool may_be_killed = true) {
    if (may_be_killed) arm(busy_ms);
    for (int tries = 0; tries < 200; ++tries) {
      const Answer answer = connection_->post(model_path + path, body);
      if (answer.status == 200) return answer.json();
      if (answer.status != 0 && answer.status != 503) {
        ADD_FAILURE() << path << " " << to_text(body).substr(0, 200) << ": " << answer.status << " " << answer.body;
        return {};
      }
      revive(answer.status == 0);
    }
    ADD_FAILURE() << path << " is never answered: " << server_->log();
    return {};
  }
  /// Empty once the version has the status; else how its job ended.
  std::string wait_for(const std::string& version, const std::string& status, const std::string& job_id,
                       bool may_be_killed) {
    if (may_be_killed) arm(900);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < until) {
      const Answer answer = connection_->get(model_path + "/versions");
      if (answer.status != 200) {
        revive(answer.status == 0);
        continue;
      }
      for (const auto& one : answer.json())
        if (one.at("version") == version && one.at("status") == status) return {};
      const Json known_jobs = get(model_path + "/jobs");
      for (const auto& job : known_jobs)
        if (job.is_object() && job.value("id", "") == job_id && job.at("outcome") == "no_change") return "no_change";
      std::this_thread::sleep_for(Milliseconds(20));
    }
    std::string jobs;
    for (Json job : connection_->get(model_path + "/jobs").json()) {
      job.erase("result");
      jobs += job.dump() + "\n";
    }
    ADD_FAILURE() << version << " does not become " << status << ": " << statuses(*connection_).dump() << "\n"
                  << jobs << server_->log();
    return "nothing";
  }
  Json get(const std::string& path) { return connection_->get(path).json(); }
  std::size_t calls() const { return calls_; }
  std::size_t kills() const { return kills_; }
  void stop() {
    // A kill that came after the last answer may still be on its way.
    if (killer_.joinable()) {
      killer_.join();
      if (server_->child().wait(Milliseconds(300))) restart();
    }
    server_->child().signal(SIGTERM);
    EXPECT_EQ(server_->child().wait(Milliseconds(20000)), 0) << server_->log();
  }

 private:
  void arm(int busy_ms) {
    const std::size_t call = calls_++;
    if (!kill_at_.contains(call)) return;
    if (killer_.joinable()) killer_.join();
    if (!server_->child().running()) restart();
    ++kills_;
    const auto delay = std::chrono::microseconds(random_() % static_cast<std::uint64_t>(busy_ms * 1000));
    killer_ = std::thread([this, delay] {
      std::this_thread::sleep_for(delay);
      server_->child().signal(SIGKILL);
    });
  }
  void revive(bool connection_lost) {
    if (!connection_lost) {
      std::this_thread::sleep_for(Milliseconds(20));
      return;
    }
    if (killer_.joinable()) killer_.join();
    if (server_->child().wait(Milliseconds(2000))) restart();
  }
  void restart() {
    server_ = std::make_unique<Server>(config_, data_dir_, log_);
    ASSERT_TRUE(server_->listening()) << "after " << kills_ << " kills: " << server_->log();
    connection_ = std::make_unique<Connection>(server_->port());
    ASSERT_TRUE(server_->wait_ready()) << "after " << kills_ << " kills: " << server_->log();
  }

  Path config_, data_dir_, log_;
  std::set<std::size_t> kill_at_;
  std::mt19937_64 random_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Connection> connection_;
  std::thread killer_;
  std::size_t calls_ = 0;
  std::size_t kills_ = 0;
};

class Script {
 public:
  Script(const Folder& folder, std::string name) : folder_(folder), name_(std::move(name)) {}

  End play(std::size_t cycles, std::set<std::size_t> kill_at, std::uint64_t seed) {
    Client client(folder_ / "config.yaml", folder_ / name_, folder_ / (name_ + ".log"), std::move(kill_at), seed);
    End end;
    int patch = 0;
    for (std::size_t cycle = 0; cycle < cycles && !::testing::Test::HasFailure(); ++cycle) {
      work(client, end, 3);
      const std::string version = fmt::format("1.0.{}", ++patch);
      if (!retrain(client, fmt::format("trigger-{}", cycle), version)) break;
      work(client, end, 1);
      const Json promoted =
          client.send("/promote", {{"version", version}, {"override", true}, {"command_id", "promote-" + version}});
      EXPECT_EQ(promoted.value("version", ""), version);
      work(client, end, 1);
      if (cycle % 2 == 1) {
        const Json back = client.send("/rollback", {{"command_id", fmt::format("rollback-{}", cycle)}});
        EXPECT_EQ(back.value("from", ""), version) << back.dump();
        if (cycle % 4 == 3) client.send("/rollback", {{"command_id", fmt::format("rollback-again-{}", cycle)}});
      }
    }
    retrain(client, "last", fmt::format("1.0.{}", ++patch));
    work(client, end, 1);
    end.calls = client.calls();
    end.kills = client.kills();
    client.stop();
    look(end);
    return end;
  }

 private:
  /// Asks for a retrain and waits for its version. Predictions are logged without waiting for the disk, so kills may
  /// lose all rows since the last version, and the same rows make the same version: then they are sent once more.
  bool retrain(Client& client, const std::string& id, const std::string& version) {
    for (int tries = 0; tries < 5; ++tries) {
      std::this_thread::sleep_for(Milliseconds(150));  // two ticks: the labels have reached the training rows
      const Json event = {{"trigger", "manual"}, {"command_id", fmt::format("{}-{}", id, tries)}};
      const Json decided = client.send("/events", event, 400, tries == 0);
      EXPECT_EQ(decided.value("decision", ""), "retrain") << decided.dump();
      const std::string ended = client.wait_for(version, "shadow", decided.value("job_id", ""), tries == 0);
      if (ended != "no_change") {
        predicted_.clear();
        return ended.empty();
      }
      for (const auto& instances : predicted_) client.send("/predict", {{"instances", instances}}, 20, false);
    }
    ADD_FAILURE() << "every row is lost again and again";
    return false;
  }
  /// Predictions, and then their labels.
  void work(Client& client, End& end, int times) {
    for (int time = 0; time < times; ++time) {
      Json instances = Json::array();
      Json labels = Json::array();
      for (int i = 0; i < 8; ++i) {
        const double a = unit();
        const double b = unit();
        const std::string id = fmt::format("p{}", next_id_++);
        instances.push_back(instance(a, b, unit(), id));
        // Whoever may have to send it again says when it was first asked: its label is there by then, and a row whose
        // label was known before it teaches nothing.
        instances.back()["at"] = format_time(SystemClock{}.now());
        labels.push_back({{"id", id}, {"labels", {{"y", 3 * a - 2 * b}}}});
      }
      predicted_.push_back(instances);
      const Json predicted = client.send("/predict", {{"instances", instances}});
      EXPECT_EQ(predicted.contains("predictions") ? predicted.at("predictions").size() : 0, 8u);
      const Json stored = client.send("/labels", labels);
      EXPECT_EQ(stored.value("accepted", 0) + stored.value("duplicates", 0), 8) << stored.dump();
      end.labels_acknowledged += 8;
    }
  }
  /// At the data directory, without the server.
  void look(End& end) const {
    const auto command = [&](const std::string& name) {
      return run({PERENNIAL_BIN, name, "--config", (folder_ / "config.yaml").string(), "--data-dir",
                  (folder_ / name_).string(), "--format", "json"},
                 folder_.path());
    };
    for (const auto& version : Json::parse(command("versions").out, nullptr, false))
      end.versions[version.at("version").get<std::string>()] = version.at("status");
    const Json status = Json::parse(command("status").out, nullptr, false);
    const Json rollout = status.at("models").at(0).at("rollout");
    if (rollout.is_object())
      for (const char* key : {"phase", "step", "weight", "challenger", "champion"})
        if (rollout.contains(key)) end.rollout[key] = rollout.at(key);
    const Outcome verified = run({PERENNIAL_BIN, "audit", "verify", "--config", (folder_ / "config.yaml").string(),
                                  "--data-dir", (folder_ / name_).string()},
                                 folder_.path());
    EXPECT_EQ(verified.exit_code, 0) << verified.err;
    storage::RealFiles files;
    for (const auto& model : std::filesystem::directory_iterator(folder_ / name_ / "feedback")) {
      const auto log = feedback::LabelLog::open(files, model.path() / "labels");
      ASSERT_TRUE(log) << log.error().message();
      const auto read = (*log)->for_each(0, [&](feedback::LabelBatch&& batch) {
        for (std::size_t i = 0; i < batch.rows(); ++i) end.labels[batch.keys[i].id] = batch.truth[0][i];
        end.labels_stored += batch.rows();
        return true;
      });
      ASSERT_TRUE(read) << read.error().message();
    }
  }
  double unit() { return static_cast<double>(random_() >> 11) / 9007199254740992.0; }

  const Folder& folder_;
  std::string name_;
  std::mt19937_64 random_{5};
  std::uint64_t next_id_ = 0;
  std::vector<Json> predicted_;  ///< since the last version
};

TEST(KillServer, ends_with_the_registry_rollout_and_labels_of_one_never_killed) {
  const std::uint64_t kills = number_from_environment("PERENNIAL_KILLS", 10);
  const std::uint64_t seed = number_from_environment("PERENNIAL_SEED", std::random_device{}());
  fmt::print("seed {} (PERENNIAL_SEED), {} kills (PERENNIAL_KILLS)\n", seed, kills);
  const Folder folder;
  write_text(folder / "rows.csv", regression_csv(400, 400, 3));
  std::string config = config_text((folder / "rows.csv").string(), by_hand);
  config.replace(config.find("rollout: {"), 10,
                 "rollout: {max_per_day: 0, ");  // more rollouts in seconds than fit a day
  write_text(folder / "config.yaml", config);
  const std::size_t cycles = std::max<std::uint64_t>(4, kills / 6);

  const End expected = Script(folder, "never").play(cycles, {}, 0);
  ASSERT_FALSE(HasFailure());
  ASSERT_EQ(expected.labels.size(), expected.labels_acknowledged);
  ASSERT_TRUE(expected.rollout.is_object()) << "no rollout runs at the end: its state would not be compared";
  fmt::print("never killed: {} calls, {} labels, versions {}\n", expected.calls, expected.labels.size(),
             expected.versions.dump());

  std::mt19937_64 random(seed);
  std::set<std::size_t> kill_at;
  while (kill_at.size() < std::min<std::size_t>(kills, expected.calls)) kill_at.insert(random() % expected.calls);
  const End got = Script(folder, "killed").play(cycles, kill_at, seed);
  fmt::print("{} kills in {} calls\n", got.kills, got.calls);
  ASSERT_FALSE(HasFailure());
  EXPECT_EQ(got.kills, kill_at.size());
  EXPECT_EQ(got.versions.dump(), expected.versions.dump());
  EXPECT_EQ(got.rollout.dump(), expected.rollout.dump());
  EXPECT_EQ(got.labels, expected.labels);
  EXPECT_EQ(got.labels_stored, expected.labels_acknowledged) << "a label is counted twice, or one is lost";
}

}  // namespace
}  // namespace perennial::process
