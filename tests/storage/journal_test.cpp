#include "storage/journal.hpp"
#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/hash.hpp"
#include "storage/temporary_directory.hpp"

namespace perennial::storage {
namespace {

using test::TemporaryDirectory;
using ::testing::HasSubstr;

const TimePoint noon = parse_time("2026-11-21T12:00:00Z").value();

NewEvent event(const std::string& model, int value, const std::string& type = "DriftDetected") {
  return {model, type, {{"value", value}}};
}

std::vector<std::string> types(Journal& journal) {
  std::vector<std::string> seen;
  EXPECT_TRUE(journal.read(0, [&](const Event& e) -> Status {
    seen.push_back(e.model + ":" + e.body.dump());
    return {};
  }));
  return seen;
}

struct Fixture {
  TemporaryDirectory dir;
  Database database = Database::open(dir / "db").value();
  Journal journal = Journal::open(database).value();

  void fill(int events) {
    for (int i = 0; i < events; ++i)
      ASSERT_TRUE(journal.append(noon, std::vector<NewEvent>{event(i % 2 == 0 ? "a" : "b", i)}));
  }
  void damage(const std::string& sql) { ASSERT_TRUE(database.execute(sql)) << sql; }
};

TEST(Journal, is_empty_at_first_with_a_digest_of_zeros) {
  Fixture f;
  EXPECT_EQ(f.journal.digest(), std::string(64, '0'));
  EXPECT_EQ(f.journal.last_seq(), 0u);
  EXPECT_TRUE(f.journal.verify());
  EXPECT_TRUE(f.journal.range(0, 10).value().empty());
}

TEST(Journal, chains_events_and_the_events_of_each_model) {
  Fixture f;
  const auto stored =
      f.journal.append(noon, std::vector<NewEvent>{event("a", 1), event("b", 2), event("a", 3)}).value();
  ASSERT_EQ(stored.size(), 3u);
  EXPECT_EQ(stored[0].seq, 1u);
  EXPECT_EQ(stored[0].previous, std::string(64, '0'));
  EXPECT_EQ(stored[1].previous, stored[0].hash);
  EXPECT_EQ(stored[1].previous_of_model, std::string(64, '0'));
  EXPECT_EQ(stored[2].previous, stored[1].hash);
  EXPECT_EQ(stored[2].previous_of_model, stored[0].hash);
  EXPECT_EQ(f.journal.digest(), stored[2].hash);
  EXPECT_EQ(f.journal.last_seq(), 3u);
}

TEST(Journal, the_hash_can_be_recomputed_from_its_description) {
  Fixture f;
  const auto stored = f.journal.append(noon, std::vector<NewEvent>{event("a", 1)}).value();
  const std::string text =
      fmt::format(R"([1,{},"a","DriftDetected",1,null,"{}"])", noon.time_since_epoch().count(), std::string(64, '0')) +
      R"({"value":1})";
  EXPECT_EQ(stored[0].hash, sha256_hex(text));
}

TEST(Journal, the_same_events_give_the_same_digest_however_they_are_grouped) {
  Fixture one;
  Fixture two;
  ASSERT_TRUE(one.journal.append(noon, std::vector<NewEvent>{event("a", 1), event("b", 2)}));
  ASSERT_TRUE(two.journal.append(noon, std::vector<NewEvent>{event("a", 1)}));
  ASSERT_TRUE(two.journal.append(noon, std::vector<NewEvent>{event("b", 2)}));
  EXPECT_EQ(one.journal.digest(), two.journal.digest());
  ASSERT_TRUE(two.journal.measure(2, {{"wall_s", 0.5}}));
  EXPECT_EQ(one.journal.digest(), two.journal.digest()) << "measurements are outside of the chain";
}

TEST(Journal, goes_on_after_a_restart) {
  TemporaryDirectory dir;
  std::string digest;
  {
    auto database = Database::open(dir / "db").value();
    auto journal = Journal::open(database).value();
    ASSERT_TRUE(journal.append(noon, std::vector<NewEvent>{event("a", 1)}));
    digest = journal.digest();
  }
  auto database = Database::open(dir / "db").value();
  auto journal = Journal::open(database).value();
  EXPECT_EQ(journal.digest(), digest);
  const auto stored = journal.append(noon, std::vector<NewEvent>{event("a", 2)}).value();
  EXPECT_EQ(stored[0].previous, digest);
  EXPECT_TRUE(journal.verify());
}

TEST(Journal, an_append_that_fails_half_way_leaves_nothing) {
  Fixture f;
  f.fill(2);
  const auto digest = f.journal.digest();
  NewEvent huge = event("a", 4);
  huge.body["text"] = std::string(event_body_bytes + 1, 'x');
  const auto refused = f.journal.append(noon, std::vector<NewEvent>{event("a", 3), huge});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::too_large);
  EXPECT_EQ(f.journal.digest(), digest);
  EXPECT_EQ(types(f.journal).size(), 2u);
}

TEST(Journal, a_full_disk_loses_nothing_and_the_journal_goes_on_when_there_is_space) {
  Fixture f;
  f.fill(2);
  const auto digest = f.journal.digest();
  ASSERT_TRUE(f.database.execute("PRAGMA max_page_count=16"));
  NewEvent big = event("a", 3);
  big.body["text"] = std::string(200000, 'x');
  const auto refused = f.journal.append(noon, std::vector<NewEvent>{event("a", 2), big});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::disk_full);
  EXPECT_EQ(f.journal.digest(), digest);
  EXPECT_EQ(f.journal.last_seq(), 2u);
  ASSERT_TRUE(f.database.execute("PRAGMA max_page_count=100000"));
  EXPECT_TRUE(f.journal.append(noon, std::vector<NewEvent>{big}));
  EXPECT_EQ(f.journal.last_seq(), 3u);
  EXPECT_TRUE(f.journal.verify());
}

TEST(Journal, follows_the_callers_transaction_when_that_is_rolled_back) {
  Fixture f;
  f.fill(1);
  const auto digest = f.journal.digest();
  {
    auto transaction = f.database.begin().value();
    ASSERT_TRUE(f.journal.append(noon, std::vector<NewEvent>{event("a", 2)}));
    EXPECT_EQ(f.journal.last_seq(), 2u);
  }
  EXPECT_EQ(f.journal.last_seq(), 1u);
  EXPECT_EQ(f.journal.digest(), digest);
  ASSERT_TRUE(f.journal.append(noon, std::vector<NewEvent>{event("a", 3)}));
  EXPECT_TRUE(f.journal.verify());
}

TEST(Journal, a_clock_that_jumps_back_changes_no_order) {
  Fixture f;
  ASSERT_TRUE(f.journal.append(noon, std::vector<NewEvent>{event("a", 1)}));
  ASSERT_TRUE(f.journal.append(noon - std::chrono::hours(8760), std::vector<NewEvent>{event("a", 2)}));
  ASSERT_TRUE(f.journal.append(noon, std::vector<NewEvent>{event("a", 3)}));
  EXPECT_EQ(types(f.journal), (std::vector<std::string>{R"(a:{"value":1})", R"(a:{"value":2})", R"(a:{"value":3})"}));
  EXPECT_TRUE(f.journal.verify());
}

TEST(Journal, reads_pages_ranges_and_single_models) {
  Fixture f;
  std::vector<NewEvent> many;
  for (int i = 0; i < 1300; ++i) many.push_back(event(i % 10 == 0 ? "rare" : "often", i));
  ASSERT_TRUE(f.journal.append(noon, many));
  std::uint64_t expected = 6;
  ASSERT_TRUE(f.journal.read(5, [&](const Event& e) -> Status {
    EXPECT_EQ(e.seq, expected++);
    return {};
  }));
  EXPECT_EQ(expected, 1301u);
  const auto rare = f.journal.range(100, 3, "rare").value();
  ASSERT_EQ(rare.size(), 3u);
  EXPECT_EQ(rare[0].seq, 101u);
  EXPECT_EQ(rare[2].seq, 121u);
  EXPECT_TRUE(f.journal.range(1300, 10).value().empty());
  EXPECT_TRUE(f.journal.range(UINT64_MAX, 10).value().empty());
  const auto stopped = f.journal.read(0, [](const Event&) -> Status { return fail(ErrorCode::cancelled, "enough"); });
  EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
}

TEST(Journal, verify_names_the_first_bad_record) {
  struct Row {
    const char* what;
    const char* sql;
    const char* named;
  };
  const std::vector<Row> rows = {
      {"a flipped body", "UPDATE events SET body = '{\"value\":99}' WHERE seq = 4", "event 4"},
      {"whitespace in a body", "UPDATE events SET body = '{\"value\": 3}' WHERE seq = 4", "event 4"},
      {"another time", "UPDATE events SET at = at + 1 WHERE seq = 4", "event 4"},
      {"another model", "UPDATE events SET model = 'b' WHERE seq = 5", "event 5"},
      {"another type", "UPDATE events SET type = 'Promoted' WHERE seq = 4", "event 4"},
      {"another schema", "UPDATE events SET schema = 2 WHERE seq = 4", "event 4"},
      {"another hash", "UPDATE events SET hash = substr(hash, 1, 63) || 'g' WHERE seq = 4", "event 4"},
      {"another chain of the model", "UPDATE events SET previous_of_model = hash WHERE seq = 4", "event 4"},
      {"a deleted record", "DELETE FROM events WHERE seq = 4", "event 4: missing"},
      {"the first one deleted", "DELETE FROM events WHERE seq = 1", "event 1: missing"},
      {"a cut tail", "DELETE FROM events WHERE seq >= 8", "event 8: missing"},
      {"everything deleted", "DELETE FROM events", "event 1: missing"},
      {"two records swapped",
       "UPDATE events SET seq = -1 WHERE seq = 4; UPDATE events SET seq = 4 WHERE seq = 5; UPDATE events SET seq = 5 "
       "WHERE seq = -1",
       "event 4"},
      {"the head moved back", "UPDATE journal_head SET seq = 9", "event 10"},
      {"another head", "UPDATE journal_head SET hash = 'x'", "event 10"},
      {"no head", "DELETE FROM journal_head", "event 10"},
  };
  for (const auto& row : rows) {
    Fixture f;
    f.fill(10);
    ASSERT_TRUE(f.journal.verify());
    f.damage(row.sql);
    const auto status = f.journal.verify();
    ASSERT_FALSE(status) << row.what;
    EXPECT_EQ(status.error().code, ErrorCode::corrupt) << row.what;
    EXPECT_THAT(status.error().what, HasSubstr(row.named)) << row.what;
  }
}

TEST(Journal, a_cut_tail_is_seen_when_it_is_opened) {
  Fixture f;
  f.fill(10);
  f.damage("DELETE FROM events WHERE seq = 10");
  const auto again = Journal::open(f.database);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::corrupt);
}

TEST(Journal, an_event_of_an_older_schema_is_lifted_by_the_upcaster_of_its_type) {
  Fixture f;
  f.fill(1);
  // Schema 0 never existed; it stands for what the next release will find in the journals of this one.
  f.damage("UPDATE events SET schema = 0");
  EXPECT_EQ(f.journal.range(0, 1).error().code, ErrorCode::corrupt) << "nobody can read it yet";
  Upcasters upcasters;
  upcasters[{"DriftDetected", 0}] = [](const Json& old) -> Result<Json> { return Json{{"lifted", old.at("value")}}; };
  auto journal = Journal::open(f.database, upcasters).value();
  const auto events = journal.range(0, 1).value();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].schema, event_schema);
  EXPECT_EQ(events[0].body, (Json{{"lifted", 0}}));
}

TEST(Journal, an_event_of_a_newer_schema_asks_for_a_newer_program) {
  Fixture f;
  f.fill(1);
  f.damage("UPDATE events SET schema = 7");
  EXPECT_THAT(f.journal.range(0, 1).error().hint, HasSubstr("newer"));
}

TEST(Journal, measurements_are_kept_beside_the_chain) {
  Fixture f;
  f.fill(1);
  EXPECT_TRUE(f.journal.read_measurements(1).value().is_null());
  ASSERT_TRUE(f.journal.measure(1, {{"wall_s", 1.5}}));
  ASSERT_TRUE(f.journal.measure(1, {{"wall_s", 2.5}}));
  EXPECT_EQ(f.journal.read_measurements(1).value(), (Json{{"wall_s", 2.5}}));
}

TEST(Journal, can_be_looked_at_while_another_handle_writes) {
  Fixture f;
  f.fill(3);
  auto looking = Database::open(f.dir / "db", Database::Mode::read_only).value();
  auto journal = Journal::open(looking).value();
  EXPECT_EQ(journal.last_seq(), 3u);
  f.fill(2);
  EXPECT_EQ(journal.last_seq(), 5u);
  EXPECT_TRUE(journal.verify());
  EXPECT_FALSE(journal.append(noon, std::vector<NewEvent>{event("a", 1)}));
}

TEST(Journal, text_that_is_not_utf8_and_numbers_that_are_not_finite_are_stored_readably) {
  Fixture f;
  NewEvent odd{"a", "WarningRaised", {{"text", "\xff\xfe"}, {"number", std::nan("")}}};
  const auto stored = f.journal.append(noon, std::vector<NewEvent>{odd}).value();
  EXPECT_TRUE(stored[0].body["number"].is_null());
  EXPECT_EQ(f.journal.range(0, 1).value()[0].body, stored[0].body) << "what is returned is what is read back";
  EXPECT_TRUE(f.journal.verify());
}

TEST(Journal, survives_kill_9_between_any_two_appends) {
  TemporaryDirectory dir;
  for (int round = 0; round < 10; ++round) {
    int progress[2];
    ASSERT_EQ(::pipe(progress), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      auto database = Database::open(dir / "db");
      if (!database) ::_exit(1);
      auto journal = Journal::open(*database);
      if (!journal) ::_exit(2);
      while (true) {
        const auto stored = journal->append(noon, std::vector<NewEvent>{event("a", 1), event("b", 2), event("a", 3)});
        if (!stored) ::_exit(3);
        const auto seq = stored->back().seq;
        if (::write(progress[1], &seq, sizeof seq) != sizeof seq) ::_exit(4);
      }
    }
    ::close(progress[1]);
    std::uint64_t acknowledged = 0;
    for (int i = 0; i <= round; ++i) ASSERT_EQ(::read(progress[0], &acknowledged, sizeof acknowledged), 8);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    std::uint64_t seq = 0;
    while (::read(progress[0], &seq, sizeof seq) == 8) acknowledged = seq;
    ::close(progress[0]);
    auto database = Database::open(dir / "db").value();
    auto journal = Journal::open(database).value();
    EXPECT_TRUE(journal.verify());
    EXPECT_GE(journal.last_seq(), acknowledged);
    EXPECT_EQ(journal.last_seq() % 3, 0u) << "a batch was torn";
  }
}

}  // namespace
}  // namespace perennial::storage
