// `data.watch`: what comes to a source while the server runs, and while it does not, is taken once.

#include <gtest/gtest.h>

#include <filesystem>

#include "core/batch_events.hpp"
#include "core/event.hpp"
#include "process/scene.hpp"
#include "storage/database.hpp"
#include "storage/journal.hpp"

namespace perennial::process {
namespace {

/// Rows with a time, one per minute from `first` on.
std::string timed_csv(std::size_t first, std::size_t rows) {
  std::mt19937_64 random(first + 1);
  const auto unit = [&] { return static_cast<double>(random() >> 11) / 9007199254740992.0; };
  std::string text = "at,a,b,c,y\n";
  for (std::size_t row = first; row < first + rows; ++row) {
    const double a = unit();
    const double b = unit();
    text += fmt::format("2026-01-{:02}T{:02}:{:02}:00Z,{:.5f},{:.5f},{:.5f},{:.5f}\n", 1 + row / 1440, row / 60 % 24,
                        row % 60, a, b, unit(), 3 * a - 2 * b + 0.1 * unit());
  }
  return text;
}

/// Under another name first, as the documents say.
void deliver(const Path& file, const std::string& text) {
  const Path unfinished = file.string() + ".part";
  write_text(unfinished, text);
  std::filesystem::rename(unfinished, file);
}

class WatchedSource : public ::testing::Test {
 protected:
  WatchedSource() { std::filesystem::create_directory(folder / "in"); }

  void configure(const std::string& policies, const std::string& cooldown = "0s", std::string source = {}) {
    if (source.empty()) source = "\"" + (folder / "in").string() + "/*.csv\"";
    write_text(folder / "config.yaml",
               "version: 1\ndata_dir: ./data\nserver: {listen: 127.0.0.1:0, tick: 50ms}\n"
               "models:\n  - name: m\n    targets: {y: regression}\n    primary: y.rmse\n    timestamp: [at]\n"
               "    data: {source: " +
                   source +
                   ", watch: 1s}\n"
                   "    features: {include: [a, b, c]}\n"
                   "    train: {params: {max_depth: 3, rounds: 20}, min_rows: 20}\n"
                   "    monitor: {every: 1h}\n    gates: [{metric: y.rmse, vs: champion, better_by_at_least: 90%}]\n"
                   "    retrain: {window: 100000rows, cooldown: " +
                   cooldown + ", when: [" + policies +
                   "]}\n"
                   "    rollout: {shadow: 10d, canary: {steps: [{weight: 50%, bake: 10d}]}, watch: 30d, "
                   "deadline: 30d}\n");
  }
  std::unique_ptr<Server> start() {
    auto server = std::make_unique<Server>(folder / "config.yaml", folder / "data", folder / "log");
    EXPECT_TRUE(server->listening()) << server->log();
    return server;
  }
  static void stop(Server& server) {
    server.child().signal(SIGTERM);
    EXPECT_EQ(server.child().wait(Milliseconds(20000)), 0) << server.log();
  }
  static std::size_t jobs(Connection& connection) { return connection.get("/api/v1/jobs").json().size(); }
  static bool wait_for_jobs(Connection& connection, std::size_t wanted) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (jobs(connection) < wanted && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(Milliseconds(50));
    return jobs(connection) == wanted;
  }
  /// A training that a stop interrupts is started again, which is another story.
  static bool wait_for_trainings(Connection& connection) {
    const auto busy = [&] {
      for (const auto& job : connection.get("/api/v1/jobs").json())
        if (job.at("status") == "queued" || job.at("status") == "running") return true;
      return false;
    };
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (busy() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(Milliseconds(50));
    return !busy();
  }
  /// A look more than a file needs to settle and be taken.
  static void wait_for_looks() { std::this_thread::sleep_for(Milliseconds(3500)); }

  /// Of a source that had one file of 300 rows at the start.
  void a_second_file_asks(Connection& connection) const {
    wait_for_looks();
    EXPECT_EQ(jobs(connection), 1U) << "what was there at the start is no new batch";
    deliver(folder / "in" / "2.csv", timed_csv(300, 100));
    EXPECT_TRUE(wait_for_jobs(connection, 2)) << "its 100 rows";
  }

  /// Bodies of a type, of a data directory that nobody uses.
  std::vector<Json> events(std::string_view type) const {
    std::vector<Json> found;
    auto database = storage::Database::open(folder / "data" / "perennial.db", storage::Database::Mode::read_only);
    EXPECT_TRUE(database);
    if (!database) return found;
    auto journal = storage::Journal::open(*database);
    EXPECT_TRUE(journal);
    if (!journal) return found;
    EXPECT_TRUE(journal->read(0, [&](const Event& event) -> Status {
      if (event.type == type) found.push_back(event.body);
      return {};
    }));
    return found;
  }

  const Folder folder;
};

// As of a table that others write to: the query gives all rows each time.
TEST_F(WatchedSource, new_rows_of_a_polled_query_ask_once) {
  const std::string in = (folder / "in").string();
  configure("{event: new_data}", "0s",
            fmt::format("{{sql: \"SELECT * FROM read_csv('{}/*.csv') ORDER BY 1\", directories: [\"{}\"]}}", in, in));
  write_text(folder / "in" / "1.csv", timed_csv(0, 300));
  {
    const auto server = start();
    ASSERT_TRUE(server->wait_ready()) << server->log();
    Connection connection(server->port());
    a_second_file_asks(connection);
    wait_for_looks();
    EXPECT_EQ(jobs(connection), 2U) << "each look sees the same rows again";
    stop(*server);
  }
  {
    const auto server = start();
    ASSERT_TRUE(server->wait_ready()) << server->log();
    Connection connection(server->port());
    wait_for_looks();
    EXPECT_EQ(jobs(connection), 2U) << "nor after a restart";
    deliver(folder / "in" / "3.csv", timed_csv(400, 60));
    EXPECT_TRUE(wait_for_jobs(connection, 3)) << server->log();
    stop(*server);
  }
}

TEST_F(WatchedSource, each_new_file_asks_once_whatever_it_is_called) {
  configure("{event: new_data}");
  write_text(folder / "in" / "1.csv", timed_csv(0, 300));
  {
    const auto server = start();
    ASSERT_TRUE(server->wait_ready()) << server->log();
    Connection connection(server->port());
    a_second_file_asks(connection);
    deliver(folder / "in" / "copy of 2.csv", timed_csv(300, 100));
    deliver(folder / "in" / "other.csv", "at,a,b,y\n2026-01-02T00:00:00Z,1,2,3\n");
    wait_for_looks();
    EXPECT_EQ(jobs(connection), 2U) << "the same rows, and a file without a column";

    // A file that grows: what is new is later than all that was there.
    write_text(folder / "in" / "2.csv",
               timed_csv(300, 100) + timed_csv(400, 50).substr(std::string("at,a,b,c,y\n").size()));
    EXPECT_TRUE(wait_for_jobs(connection, 3)) << server->log();
    EXPECT_TRUE(wait_for_trainings(connection)) << server->log();
    stop(*server);
  }
  deliver(folder / "in" / "3.csv", timed_csv(450, 70));  // while nobody looks
  {
    const auto server = start();
    ASSERT_TRUE(server->wait_ready()) << server->log();
    Connection connection(server->port());
    EXPECT_TRUE(wait_for_jobs(connection, 4)) << server->log();
    wait_for_looks();
    EXPECT_EQ(jobs(connection), 4U) << "and nothing is taken twice after a restart";
    stop(*server);
  }
  const auto read = events(event_type::source_read);
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].at("rows"), 300);
  const auto arrived = events(event_type::batch_arrived);
  ASSERT_EQ(arrived.size(), 3U);
  EXPECT_EQ(arrived[0].at("rows"), 100);
  EXPECT_EQ(arrived[1].at("rows"), 50);
  EXPECT_EQ(arrived[2].at("rows"), 70);
  for (const auto& batch : arrived) EXPECT_EQ(batch.at("labelled"), batch.at("rows")) << batch;
  std::string refused;
  for (const auto& batch : events(event_type::batch_refused)) refused += to_text(batch) + "\n";
  EXPECT_NE(refused.find("these rows were taken before"), std::string::npos) << refused;
  EXPECT_NE(refused.find("other.csv"), std::string::npos) << refused;
  // Every row once: 300, 100, 50 and 70.
  const auto trained = events(event_type::job_started);
  ASSERT_EQ(trained.size(), 4U);
  EXPECT_EQ(trained[0].at("rows"), 300);
  EXPECT_EQ(trained[1].at("rows"), 400);
  EXPECT_EQ(trained[2].at("rows"), 450);
  EXPECT_EQ(trained[3].at("rows"), 520);
}

TEST_F(WatchedSource, a_batch_that_comes_in_the_cooldown_asks_again_after_it) {
  configure("{event: new_data}", "12s");
  write_text(folder / "in" / "1.csv", timed_csv(0, 300));
  const auto server = start();
  ASSERT_TRUE(server->wait_ready()) << server->log();
  Connection connection(server->port());
  deliver(folder / "in" / "2.csv", timed_csv(300, 100));
  wait_for_looks();
  EXPECT_EQ(jobs(connection), 1U) << "the cooldown of the first training";
  EXPECT_TRUE(wait_for_jobs(connection, 2)) << server->log();
  wait_for_looks();
  EXPECT_EQ(jobs(connection), 2U) << "and once only";
  stop(*server);
  EXPECT_EQ(events(event_type::batch_arrived).size(), 1U);
}

TEST_F(WatchedSource, one_file_that_was_replaced_by_a_bad_one_takes_no_other_with_it) {
  configure("{event: new_data}");
  write_text(folder / "in" / "1.csv", timed_csv(0, 300));
  {
    const auto server = start();
    ASSERT_TRUE(server->wait_ready()) << server->log();
    Connection connection(server->port());
    // Other columns beside those of the model, in another order.
    std::string other = "y,c,b,more,a,at\n";
    for (int row = 0; row < 100; ++row)
      other += fmt::format("{},0.5,0.25,x,{},2026-01-02T{:02}:{:02}:00Z\n", row % 7, row % 10, row / 60, row % 60);
    deliver(folder / "in" / "2.csv", other);
    EXPECT_TRUE(wait_for_jobs(connection, 2)) << server->log();
    stop(*server);
  }
  write_text(folder / "in" / "1.csv", "nothing,that,fits\n1,2,3\n");
  {
    const auto server = start();
    ASSERT_TRUE(server->wait_ready()) << server->log();
    Connection connection(server->port());
    ASSERT_EQ(connection.post(model_path + "/events", {{"trigger", "manual"}}).json().value("decision", ""), "retrain");
    EXPECT_TRUE(wait_for_jobs(connection, 3)) << server->log();
    wait_for_looks();
    stop(*server);
  }
  const auto trained = events(event_type::job_started);
  ASSERT_EQ(trained.size(), 3U);
  EXPECT_EQ(trained[1].at("rows"), 400);
  EXPECT_EQ(trained[2].at("rows"), 100) << "those of 2.csv, read alone";
}

TEST_F(WatchedSource, the_first_file_starts_the_model_and_volume_counts_what_comes) {
  configure("{volume: 150rows}");
  {
    const auto server = start();
    Connection connection(server->port());
    wait_for_looks();
    EXPECT_EQ(jobs(connection), 0U);
    deliver(folder / "in" / "1.csv", timed_csv(0, 300));
    ASSERT_TRUE(server->wait_ready()) << server->log();
    ASSERT_TRUE(wait_for_status(connection, "1.0.0", "production")) << server->log();
    deliver(folder / "in" / "2.csv", timed_csv(300, 100));
    wait_for_looks();
    EXPECT_EQ(jobs(connection), 1U) << "100 new rows are fewer than 150";
    stop(*server);
  }
  {
    const auto server = start();
    ASSERT_TRUE(server->wait_ready()) << server->log();
    Connection connection(server->port());
    wait_for_looks();
    EXPECT_EQ(jobs(connection), 1U) << server->log();
    deliver(folder / "in" / "3.csv", timed_csv(400, 60));
    EXPECT_TRUE(wait_for_jobs(connection, 2)) << "160 new rows over two lives are enough\n" << server->log();
    stop(*server);
  }
  EXPECT_EQ(events(event_type::batch_arrived).size(), 2U);
}

}  // namespace
}  // namespace perennial::process
