#include "training/jobs.hpp"

#include <gtest/gtest.h>

#include <set>

namespace perennial::training {
namespace {

/// Writes events as the journal would.
class Board {
 public:
  Board& at(std::string_view type, const std::string& model, Json body) {
    Event event;
    event.seq = ++seq_;
    event.at = TimePoint(std::chrono::seconds(seq_));
    event.model = model;
    event.type = type;
    event.body = std::move(body);
    board.apply(event);
    return *this;
  }
  Board& queue(const std::string& id, const std::string& model, int priority = 3) {
    return at(event_type::job_queued, model,
              {{"job", id}, {"priority", priority}, {"strategy", "triggered"}, {"trigger", "drift"}, {"reason", "r"}});
  }
  Board& start(const std::string& id) { return at(event_type::job_started, "", {{"job", id}}); }
  Board& finish(const std::string& id) { return at(event_type::run_finished, "", {{"job", id}, {"rows", 5}}); }
  Board& fail(const std::string& id, bool retry) {
    return at(event_type::run_failed, "", {{"job", id}, {"error", "e"}, {"retry", retry}});
  }
  Board& end(const std::string& id, const std::string& outcome) {
    return at(event_type::cycle_ended, "", {{"job", id}, {"outcome", outcome}});
  }
  JobBoard board;

 private:
  std::uint64_t seq_ = 0;
};

TEST(Jobs, trap_37_a_job_leaves_the_queue_when_it_starts) {
  Board b;
  b.queue("1", "m");
  EXPECT_EQ(b.board.queued(), 1U);
  b.start("1");
  EXPECT_EQ(b.board.queued(), 0U);
  EXPECT_EQ(b.board.running(), 1U);
  EXPECT_EQ(b.board.next(5), nullptr);
  b.finish("1").end("1", "promoted");
  EXPECT_EQ(b.board.queued() + b.board.running(), 0U);
  EXPECT_EQ(b.board.find("1")->status, JobStatus::completed);
  EXPECT_EQ(b.board.find("1")->result.at("rows"), 5);
}

TEST(Jobs, the_most_urgent_then_the_oldest_starts_next) {
  Board b;
  b.queue("old", "m1").queue("urgent", "m2", 5).queue("young", "m3");
  EXPECT_EQ(b.board.next(1)->id, "urgent");
  b.start("urgent");
  EXPECT_EQ(b.board.next(1), nullptr) << "one runs already";
  EXPECT_EQ(b.board.next(2)->id, "old");
}

TEST(Jobs, a_model_has_at_most_one_queued_and_one_running) {
  Board b;
  b.queue("1", "m");
  EXPECT_NE(b.board.refusal("m"), "");
  EXPECT_EQ(b.board.refusal("other"), "");
  b.start("1");
  EXPECT_EQ(b.board.refusal("m"), "");
  b.queue("2", "m");
  EXPECT_NE(b.board.refusal("m"), "");
  EXPECT_EQ(b.board.next(5), nullptr) << "the model trains already";
  b.finish("1");
  EXPECT_EQ(b.board.next(5)->id, "2") << "a rollout is no training";
}

TEST(Jobs, trap_11_a_refused_version_is_not_a_failed_run) {
  struct Case {
    const char* outcome;
    JobStatus status;
  };
  const std::vector<Case> cases = {{"promoted", JobStatus::completed},     {"rolled_back", JobStatus::completed},
                                   {"no_change", JobStatus::completed},    {"rejected", JobStatus::rejected},
                                   {"kept_champion", JobStatus::rejected}, {"failed", JobStatus::failed},
                                   {"cancelled", JobStatus::cancelled}};
  for (const auto& c : cases) {
    Board b;
    b.queue("1", "m").start("1").finish("1").end("1", c.outcome);
    EXPECT_EQ(b.board.find("1")->status, c.status) << c.outcome;
    EXPECT_EQ(b.board.find("1")->outcome, c.outcome);
  }
}

TEST(Jobs, trap_11_ids_of_one_instant_differ) {
  Rng rng(42);
  std::set<std::string> ids;
  for (int i = 0; i < 10000; ++i) ids.insert(new_job_id(rng));
  EXPECT_EQ(ids.size(), 10000U);
}

TEST(Jobs, a_failed_attempt_goes_back_to_the_queue_with_its_age_or_ends) {
  Board b;
  b.queue("1", "m1").queue("2", "m2").start("1").fail("1", true);
  EXPECT_EQ(b.board.next(1)->id, "1");
  b.start("1").fail("1", false);
  EXPECT_EQ(b.board.find("1")->status, JobStatus::failed);
  EXPECT_EQ(b.board.find("1")->attempt, 2);
  EXPECT_EQ(b.board.find("1")->error, "e");
  EXPECT_EQ(b.board.next(1)->id, "2");
}

TEST(Jobs, a_job_whose_start_ended_the_process_waits_out_its_backoff) {
  Board b;
  const TimePoint later = TimePoint(std::chrono::seconds(1000));
  b.queue("1", "m").start("1").at(event_type::run_failed, "",
                                  {{"job", "1"}, {"error", "e"}, {"retry", true}, {"not_before", format_time(later)}});
  EXPECT_EQ(b.board.next(1, later - std::chrono::seconds(1)), nullptr);
  ASSERT_NE(b.board.next(1, later), nullptr);
  b.queue("2", "other");
  EXPECT_EQ(b.board.next(1, TimePoint{})->id, "2") << "another model's job need not wait for it";
  b.start("1").fail("1", true);
  EXPECT_EQ(b.board.next(1, TimePoint{})->id, "1") << "the wait was of that attempt alone";
}

TEST(Jobs, a_start_that_an_orderly_stop_interrupted_does_not_count) {
  Board b;
  b.queue("1", "m").start("1");
  EXPECT_EQ(b.board.find("1")->attempt, 1);
  b.at(event_type::run_failed, "", {{"job", "1"}, {"error", "e"}, {"retry", true}, {"interrupted", true}});
  EXPECT_EQ(b.board.find("1")->attempt, 0);
  EXPECT_EQ(b.board.find("1")->status, JobStatus::queued);
}

TEST(Jobs, histories_before_the_epoch_of_the_clock_are_trained_on) {
  Board b;
  b.queue("1", "m", 3);
  ASSERT_NE(b.board.next(1, TimePoint(std::chrono::hours(-24 * 365 * 20))), nullptr);
}

TEST(Jobs, backoff_doubles_and_has_an_end) {
  using std::chrono::seconds;
  EXPECT_EQ(retry_backoff(0), Duration(seconds(5)));
  EXPECT_EQ(retry_backoff(1), Duration(seconds(5)));
  EXPECT_EQ(retry_backoff(2), Duration(seconds(10)));
  EXPECT_EQ(retry_backoff(3), Duration(seconds(20)));
  EXPECT_EQ(retry_backoff(1000), Duration(std::chrono::minutes(10)));
}

TEST(Jobs, trap_30_ended_jobs_are_bounded_and_still_counted) {
  Board b;
  const std::size_t count = ended_jobs_kept + 50;
  for (std::size_t i = 0; i < count; ++i) {
    const auto id = std::to_string(i);
    b.queue(id, "m").start(id).finish(id).end(id, "rejected");
  }
  EXPECT_EQ(b.board.list().size(), ended_jobs_kept);
  EXPECT_EQ(b.board.find("0"), nullptr);
  EXPECT_EQ(b.board.stats().at("by_status").at("rejected"), count);
  EXPECT_EQ(b.board.stats().at("by_strategy").at("triggered"), count);
  b.queue("large", "m")
      .start("large")
      .at(event_type::run_finished, "m", {{"job", "large"}, {"log", std::string(job_result_bytes, 'x')}});
  EXPECT_LT(b.board.find("large")->result.dump().size(), 1000U);
}

TEST(Jobs, events_that_do_not_fit_are_counted_and_change_nothing) {
  Board b;
  b.start("unknown")
      .queue("1", "m")
      .queue("1", "m")
      .finish("1")
      .start("1")
      .start("1")
      .end("1", "promoted")
      .end("1", "failed");
  EXPECT_EQ(b.board.find("1")->status, JobStatus::completed);
  EXPECT_EQ(b.board.ignored(), 4U);
  b.at(event_type::cycle_ended, "m", {{"outcome", "no_change"}});
  EXPECT_EQ(b.board.ignored(), 4U);
}

TEST(Jobs, the_text_has_the_fields_of_the_contract) {
  Board b;
  b.queue("1", "m");
  const auto json = to_json(*b.board.find("1"));
  for (const char* field :
       {"id", "strategy", "model", "trigger", "reason", "priority", "created_at", "status", "result"})
    EXPECT_TRUE(json.contains(field)) << field;
  EXPECT_EQ(json.at("status"), "queued");
}

}  // namespace
}  // namespace perennial::training
