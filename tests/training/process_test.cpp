#include "training/process.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace perennial::training {
namespace {

using namespace std::chrono_literals;

ProcessRequest shell(const std::string& script) {
  ProcessRequest request;
  request.arguments = {"/bin/sh", "-c", script};
  request.limit = 20s;
  request.grace = 200ms;
  return request;
}

ProcessOutcome run(const ProcessRequest& request, const CancelFlag& cancel = nullptr) {
  auto outcome = SpawnRunner().run(request, cancel);
  EXPECT_TRUE(outcome.has_value()) << (outcome ? "" : outcome.error().message());
  return outcome.value_or(ProcessOutcome{});
}

TEST(Process, every_way_to_end_has_its_name) {
  struct Case {
    const char* script;
    ProcessEnd end;
  };
  const std::vector<Case> cases = {
      {"exit 0", ProcessEnd::ok},
      {"exit 3", ProcessEnd::failed},
      {"kill -SEGV $$", ProcessEnd::signalled},
      {"kill -KILL $$", ProcessEnd::out_of_memory},
      {"exit 77", ProcessEnd::out_of_memory},
  };
  for (const auto& c : cases) EXPECT_EQ(run(shell(c.script)).end, c.end) << c.script;
  EXPECT_NE(run(shell("kill -SEGV $$")).describe().find("11"), std::string::npos);
}

TEST(Process, keeps_the_newest_part_of_both_outputs) {
  auto request = shell("echo out; echo err >&2");
  EXPECT_NE(run(request).log.find("out"), std::string::npos);
  EXPECT_NE(run(request).log.find("err"), std::string::npos);
  request = shell("i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done");
  request.log_bytes = 100;
  const auto outcome = run(request);
  EXPECT_EQ(outcome.log.size(), 100U);
  EXPECT_TRUE(outcome.log_truncated);
  EXPECT_TRUE(outcome.log.ends_with("line 2999\n"));
}

TEST(Process, a_time_limit_ends_a_child_that_ignores_sigterm) {
  auto request = shell("trap '' TERM; while :; do sleep 0.05; done");
  request.limit = 300ms;
  const auto outcome = run(request);
  EXPECT_EQ(outcome.end, ProcessEnd::timed_out);
  EXPECT_LT(outcome.elapsed, 15s);
}

TEST(Process, what_a_child_leaves_behind_is_ended_with_it) {
  const auto mark = std::filesystem::temp_directory_path() / ("perennial-left-" + std::to_string(getpid()));
  std::filesystem::remove(mark);
  EXPECT_EQ(run(shell("(sleep 1; touch " + mark.string() + ") & exit 0")).end, ProcessEnd::ok);
  std::this_thread::sleep_for(1500ms);
  EXPECT_FALSE(std::filesystem::exists(mark));
}

TEST(Process, a_cancel_from_another_thread_ends_it) {
  const auto cancel = make_cancel_flag();
  std::thread later([&] {
    std::this_thread::sleep_for(200ms);
    cancel->store(true);
  });
  EXPECT_EQ(run(shell("sleep 20"), cancel).end, ProcessEnd::cancelled);
  later.join();
}

TEST(Process, the_environment_is_an_allow_list) {
  setenv("PERENNIAL_TOKEN", "secret", 1);
  auto request = shell("env");
  request.environment = {{"OMP_NUM_THREADS", "3"}};
  const auto outcome = run(request);
  unsetenv("PERENNIAL_TOKEN");
  EXPECT_EQ(outcome.log.find("secret"), std::string::npos);
  EXPECT_NE(outcome.log.find("OMP_NUM_THREADS=3"), std::string::npos);
  EXPECT_NE(outcome.log.find("OMP_WAIT_POLICY=passive"), std::string::npos);
}

TEST(Process, no_descriptor_is_inherited) {
  std::ifstream held("/dev/null");
  const auto outcome = run(shell("ls /proc/self/fd | wc -l"));
  EXPECT_LE(std::stoi(outcome.log), 4);  // 0, 1, 2 and ls's own
}

TEST(Process, memory_is_limited) {
  auto request = shell("ulimit -v");
  request.memory_bytes = 512u << 20;
  request.arguments[2] = "sleep 0.2; ulimit -v";  // the limit is set right after the start
  EXPECT_EQ(run(request).log, "524288\n");
}

TEST(Process, a_program_that_is_not_there_is_an_error) {
  ProcessRequest request;
  request.arguments = {"/nonexistent/trainer"};
  const auto outcome = SpawnRunner().run(request, nullptr);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace perennial::training
