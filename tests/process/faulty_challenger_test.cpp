// A graph that somebody else made is rolled out to 10 % of 500 requests per second, and begins to fail: with errors,
// values that are no numbers, slowness, crashes, 2 GB of memory. No client sees it, it is off traffic within seconds,
// in quarantine, journalled and told. The same right after its promotion.

#include <sys/sysinfo.h>

#include "inference/faulty_graph.hpp"
#include "inference/session.hpp"
#include "process/open_loop.hpp"

namespace perennial::process {
namespace faulty_challenger_tests {

using inference::testing::Fault;
using inference::testing::FaultyGraph;
using Clock = OpenLoop::Clock;

const std::string version = "1.1.0";  // the number of a graph that was made elsewhere, beside our own 1.0.0

const std::string canary_at_once =
    "    monitor: {every: 1h}\n"
    "    retrain: {window: 100000rows, cooldown: 1s}\n"
    "    gates: [{none: true}]\n"
    "    alerts: [log]\n"
    "    rollout: {shadow: 0s, canary: {steps: [{weight: 10%, bake: 10d}]}, watch: 30d, deadline: 30d}\n";

/// Until every run that was begun before a version went off traffic has answered: one waits a second for its turn at
/// the version's process, and as long for the answer (inference/child_scorer.hpp). Longer under a sanitizer.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr Milliseconds in_flight{4000};
#else
constexpr Milliseconds in_flight{2000};
#endif

/// The promised milliseconds on a machine that does nothing else; longer on one that does.
double on_this_machine(double milliseconds) {
  double load = 0;
  if (::getloadavg(&load, 1) != 1) return milliseconds;
  return milliseconds * std::max(1.0, load / std::max(1, get_nprocs()));
}

/// As many rounds as make a run at least this much slower here and now.
std::int64_t rounds_for(double milliseconds) {
  Signature signature;
  signature.inputs = {{"a", ColumnKind::numeric}, {"b", ColumnKind::numeric}, {"c", ColumnKind::numeric}};
  signature.request = signature.inputs;
  signature.targets = {{"y", Task::regression, {}}};
  constexpr std::int64_t tried = 40;
  const auto session = inference::Session::load_foreign(FaultyGraph::make(Fault::slow, tried), signature);
  if (!session) return 0;
  const features::InputBatch bad{1, 3, 0, {1, 0, 2}, {}};
  double quickest = 1e9;
  for (int i = 0; i < 5; ++i) {
    const auto begun = Clock::now();
    if (!(*session)->run(bad)) return 0;
    quickest = std::min(quickest, std::chrono::duration<double, std::milli>(Clock::now() - begun).count());
  }
  return static_cast<std::int64_t>(milliseconds / quickest * tried) + 1;
}

class FaultyChallenger : public ::testing::Test {
 protected:
  /// 1.0.0 is trained and serves, the graph is registered, and its canary runs.
  void roll_out(const std::string& graph) {
    write_text(folder / "rows.csv", regression_csv(400, 400, 3));
    std::string config = config_text((folder / "rows.csv").string(), canary_at_once);
    config.replace(config.find("tick: 50ms"), 10, "tick: 1s");  // the default
    write_text(folder / "config.yaml", config);
    write_text(folder / "theirs.onnx", graph);
    const auto command = [&](std::vector<std::string> arguments) {
      arguments.insert(arguments.begin(), PERENNIAL_BIN);
      arguments.insert(arguments.end(), {"--data-dir", (folder / "data").string()});
      return run(arguments, folder.path());
    };
    const Outcome trained = command({"train", (folder / "config.yaml").string()});
    ASSERT_EQ(trained.exit_code, 0) << trained.err;
    registered = command({"register", (folder / "config.yaml").string(), "--onnx", (folder / "theirs.onnx").string()});
  }
  void serve() {
    ASSERT_EQ(registered.exit_code, 0) << registered.err << registered.out;
    server = std::make_unique<Server>(folder / "config.yaml", folder / "data", folder / "log");
    ASSERT_TRUE(server->listening() && server->wait_ready()) << server->log();
    connection = std::make_unique<Connection>(server->port());
    ASSERT_EQ(statuses(*connection).value(version, ""), "canary") << statuses(*connection).dump();
    load = std::make_unique<OpenLoop>(server->port(), 500, 16, [this](std::uint64_t i) {
      return fmt::format(R"({{"entity":"e{}","features":{{"a":0.4,"b":0.{},"c":{}}}}})", i % 997, i % 10,
                         begun ? 2.0 : 0.2);
    });
    const auto until = Clock::now() + std::chrono::seconds(20);
    while (!load->last_answer_of(version) && Clock::now() < until) std::this_thread::sleep_for(Milliseconds(20));
    ASSERT_TRUE(load->last_answer_of(version).has_value()) << "the canary answers nobody";
    std::this_thread::sleep_for(Milliseconds(3000));
    ASSERT_EQ(statuses(*connection).value(version, ""), status_before) << "it was good so far";
  }
  /// The fault begins; it must be off traffic within the limit.
  void fail_within(const char* what, double limit_ms) {
    begun = true;
    const auto onset = Clock::now();
    ASSERT_TRUE(wait_for_status(*connection, version, "quarantined", Milliseconds(60000)))
        << what << ": " << statuses(*connection).dump() << connection->get(model_path + "/rollout").body;
    const double took = std::chrono::duration<double, std::milli>(Clock::now() - onset).count();
    std::this_thread::sleep_for(in_flight);  // what it was asked before may still be answered
    const auto before = load->last_answer_of(version);
    std::this_thread::sleep_for(Milliseconds(500));
    EXPECT_EQ(load->last_answer_of(version), before) << "it answers nobody any more";
    load->stop();
    const Json shown = connection->get(model_path + "/versions/" + version).json();
    fmt::print(
        "{}: off traffic {:.2f} s after its onset; {} requests, {} failed, p50 {:.1f} ms, p99 {:.0f} ms; \"{}\"\n",
        what, took / 1000, load->sent(), load->failed(), load->latency_ms(0.5), load->latency_ms(0.99),
        shown.value("quarantine_cause", ""));
    EXPECT_LT(took, on_this_machine(limit_ms)) << what;
    EXPECT_EQ(load->failed(), 0u) << load->first_failure();
    EXPECT_GT(load->sent(), 1000u);
    EXPECT_EQ(answering_version(*connection), "1.0.0");
    EXPECT_FALSE(shown.value("quarantine_cause", "").empty());
    EXPECT_EQ(metric("perennial_alerts_total{model=\"m\",outcome=\"queued\"}"), alerts_before + 1) << "told once";
    const Outcome audit = run({PERENNIAL_BIN, "audit", "verify", "--config", (folder / "config.yaml").string(),
                               "--data-dir", (folder / "data").string()},
                              folder.path());
    EXPECT_EQ(audit.exit_code, 0) << audit.err;
  }
  double metric(const std::string& name) {
    const std::string page = connection->get("/metrics").body;
    const auto at = page.find(name + " ");
    return at == std::string::npos ? -1 : std::stod(page.substr(at + name.size() + 1));
  }
  void try_fault(const char* what, Fault fault, double limit_ms, std::int64_t rounds = 1) {
    roll_out(FaultyGraph::make(fault, rounds));
    if (HasFatalFailure()) return;
    serve();
    if (HasFatalFailure()) return;
    alerts_before = metric("perennial_alerts_total{model=\"m\",outcome=\"queued\"}");
    fail_within(what, limit_ms);
  }
  void promote() {
    const Answer done =
        connection->post(model_path + "/promote", {{"version", version}, {"override", true}, {"reason", "test"}});
    ASSERT_EQ(done.status, 200) << done.body;
    ASSERT_EQ(answering_version(*connection), version);
    alerts_before = metric("perennial_alerts_total{model=\"m\",outcome=\"queued\"}");
  }

  const Folder folder;
  Outcome registered;
  std::unique_ptr<Server> server;
  std::unique_ptr<Connection> connection;
  std::atomic<bool> begun = false;
  std::string status_before = "canary";
  double alerts_before = 0;
  std::unique_ptr<OpenLoop> load;  // last: its threads use the others
};

TEST_F(FaultyChallenger, with_errors_is_off_traffic_within_two_seconds) { try_fault("errors", Fault::error, 2000); }

TEST_F(FaultyChallenger, with_values_that_are_no_numbers_is_off_traffic_within_two_seconds) {
  try_fault("NaN", Fault::not_a_number, 2000);
}

TEST_F(FaultyChallenger, that_crashes_is_off_traffic_within_two_seconds) { try_fault("crashes", Fault::crash, 2000); }

TEST_F(FaultyChallenger, that_takes_two_gigabytes_is_off_traffic_within_two_seconds) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the child's memory is not limited under a sanitizer";
#endif
  try_fault("2 GB of memory", Fault::memory, 2000);
}

TEST_F(FaultyChallenger, that_is_300_ms_slower_is_off_traffic_within_five_seconds) {
  const auto rounds = rounds_for(330);
  ASSERT_GT(rounds, 0);
  try_fault("+300 ms", Fault::slow, 5000, rounds);
}

TEST_F(FaultyChallenger, that_never_answers_is_off_traffic_within_five_seconds) {
  try_fault("a loop without end", Fault::slow, 5000, 1'000'000'000);
}

TEST_F(FaultyChallenger, with_a_fault_right_after_its_promotion_is_rolled_back_and_no_client_sees_it) {
  for (const auto& [what, fault] : {std::pair{"errors after the promotion", Fault::error},
                                    std::pair{"crashes after the promotion", Fault::crash}}) {
    begun = false;
    load.reset();
    connection.reset();
    server.reset();
    std::filesystem::remove_all(folder / "data");
    roll_out(FaultyGraph::make(fault));
    ASSERT_FALSE(HasFatalFailure());
    serve();
    ASSERT_FALSE(HasFatalFailure());
    promote();
    ASSERT_FALSE(HasFatalFailure());
    fail_within(what, 2000);
  }
}

TEST_F(FaultyChallenger, that_cannot_be_loaded_is_never_registered) {
  const auto whole = FaultyGraph::make(Fault::none);
  const std::vector<std::pair<const char*, std::string>> graphs = {
      {"a truncated file", whole.substr(0, whole.size() / 2)},
      {"a crash on load", FaultyGraph::make(Fault::crash_at_load)}};
  for (const auto& [what, graph] : graphs) {
    std::filesystem::remove_all(folder / "data");
    roll_out(graph);
    ASSERT_FALSE(HasFatalFailure());
    EXPECT_EQ(registered.exit_code, 1) << what << registered.out;
    fmt::print("{}: {}\n", what, registered.out.substr(0, registered.out.find('\n')));
    EXPECT_EQ(registered.out.find(version), std::string::npos) << registered.out;
  }
}

/// The artifact of a canary is damaged on disk while the server is down: it starts, the champion serves, the canary
/// ends.
TEST_F(FaultyChallenger, whose_file_is_truncated_on_disk_does_not_keep_the_server_from_starting) {
  const auto graph = FaultyGraph::make(Fault::none);
  roll_out(graph);
  ASSERT_FALSE(HasFatalFailure());
  ASSERT_EQ(registered.exit_code, 0) << registered.err;
  std::size_t cut = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "data" / "blobs"))
    if (entry.is_regular_file() && read_text(entry.path()) == graph) {
      std::filesystem::resize_file(entry.path(), graph.size() / 2);
      ++cut;
    }
  ASSERT_EQ(cut, 1u);
  server = std::make_unique<Server>(folder / "config.yaml", folder / "data", folder / "log");
  ASSERT_TRUE(server->listening() && server->wait_ready()) << server->log();
  connection = std::make_unique<Connection>(server->port());
  EXPECT_EQ(answering_version(*connection), "1.0.0");
  EXPECT_TRUE(wait_for_status(*connection, version, "quarantined", Milliseconds(20000)))
      << statuses(*connection).dump();
  EXPECT_EQ(answering_version(*connection), "1.0.0");
}

}  // namespace faulty_challenger_tests
}  // namespace perennial::process
