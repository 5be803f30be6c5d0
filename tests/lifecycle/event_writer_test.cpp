#include "lifecycle/event_writer.hpp"

#include <gtest/gtest.h>

#include "storage/database.hpp"
#include "storage/temporary_directory.hpp"

namespace perennial::lifecycle {
namespace {

const TimePoint at = TimePoint(std::chrono::seconds(100));

NewEvent skipped(const std::string& reason) {
  return {"m", std::string(event_type::retrain_skipped), {{"policy", "drift"}, {"reason", reason}}};
}

class EventWriterTest : public testing::Test {
 protected:
  void open() {
    writer.reset();
    journal.reset();
    database.reset();
    state = ControlState{};
    auto opened = storage::Database::open(directory / "j.db");
    ASSERT_TRUE(opened) << opened.error().message();
    database.emplace(std::move(*opened));
    auto made = storage::Journal::open(*database);
    ASSERT_TRUE(made) << made.error().message();
    journal.emplace(std::move(*made));
    writer = std::make_unique<EventWriter>(*journal, state);
  }
  std::vector<Event> stored() {
    std::vector<Event> all;
    EXPECT_TRUE(journal->read(0, [&](const Event& event) -> Status {
      all.push_back(event);
      return {};
    }));
    return all;
  }

  test::TemporaryDirectory directory;
  std::optional<storage::Database> database;
  std::optional<storage::Journal> journal;
  ControlState state;
  std::unique_ptr<EventWriter> writer;
};

TEST_F(EventWriterTest, writes_folds_and_tells) {
  open();
  std::vector<std::uint64_t> told;
  const auto id = writer->subscribe([&](const Event& event) { told.push_back(event.seq); });
  const std::vector<NewEvent> both = {skipped("one"), skipped("two")};
  ASSERT_TRUE(writer->write(at, both));
  EXPECT_EQ(told, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(state.events(), 2U);
  writer->unsubscribe(id);
  ASSERT_TRUE(writer->write(at, skipped("three")));
  EXPECT_EQ(told.size(), 2U);
  EXPECT_EQ(stored().size(), 3U);
}

TEST_F(EventWriterTest, a_resumed_replay_compares_before_it_appends) {
  open();
  ASSERT_TRUE(writer->write(at, skipped("one")));
  ASSERT_TRUE(writer->write(at, skipped("two")));
  const std::string digest = journal->digest();
  open();
  ASSERT_TRUE(writer->expect_again(stored()));
  EXPECT_EQ(state.events(), 0U) << "state is made again by the same code, not taken from the journal";
  std::vector<std::uint64_t> told;
  writer->subscribe([&](const Event& event) { told.push_back(event.seq); });
  ASSERT_TRUE(writer->write(at, skipped("one")));
  EXPECT_EQ(journal->digest(), digest);
  EXPECT_EQ(stored().size(), 2U);
  // One write may use up what is stored and append the rest.
  const std::vector<NewEvent> both = {skipped("two"), skipped("three")};
  const auto written = writer->write(at, both);
  ASSERT_TRUE(written) << written.error().message();
  EXPECT_EQ((*written)[0].seq, 2U);
  EXPECT_EQ((*written)[1].seq, 3U);
  EXPECT_EQ(stored().size(), 3U);
  EXPECT_EQ(state.events(), 3U);
  EXPECT_EQ(told, (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_TRUE(journal->verify());
}

TEST_F(EventWriterTest, a_killed_and_resumed_journal_is_byte_for_byte_that_of_an_undisturbed_one) {
  open();
  for (const char* reason : {"one", "two", "three"}) ASSERT_TRUE(writer->write(at, skipped(reason)));
  const std::string undisturbed = journal->digest();
  test::TemporaryDirectory other;
  auto second = storage::Database::open(other / "j.db");
  ASSERT_TRUE(second);
  {
    auto killed = storage::Journal::open(*second);
    ASSERT_TRUE(killed);
    ControlState folded;
    ASSERT_TRUE(EventWriter(*killed, folded).write(at, skipped("one")));
  }
  auto resumed = storage::Journal::open(*second);
  ASSERT_TRUE(resumed);
  ControlState folded;
  EventWriter again(*resumed, folded);
  std::vector<Event> before;
  ASSERT_TRUE(resumed->read(0, [&](const Event& event) -> Status {
    before.push_back(event);
    return {};
  }));
  ASSERT_TRUE(again.expect_again(before));
  for (const char* reason : {"one", "two", "three"}) ASSERT_TRUE(again.write(at, skipped(reason)));
  EXPECT_EQ(resumed->digest(), undisturbed);
}

struct DifferingRow {
  const char* why;
  TimePoint at;
  NewEvent event;
};

TEST_F(EventWriterTest, an_event_that_differs_is_an_error_that_names_it) {
  const std::vector<DifferingRow> rows = {
      {"another reason", at, skipped("other")},
      {"another time", at + std::chrono::microseconds(1), skipped("one")},
      {"another model", at, {"n", skipped("one").type, skipped("one").body}},
      {"another type", at, {"m", std::string(event_type::retrain_requested), skipped("one").body}},
  };
  for (const auto& row : rows) {
    std::filesystem::remove(directory / "j.db");
    open();
    ASSERT_TRUE(writer->write(at, skipped("one")));
    open();
    ASSERT_TRUE(writer->expect_again(stored()));
    const auto written = writer->write(row.at, row.event);
    ASSERT_FALSE(written) << row.why;
    EXPECT_EQ(written.error().code, ErrorCode::internal) << row.why;
    EXPECT_NE(written.error().message().find("number 1 (RetrainSkipped"), std::string::npos)
        << written.error().message();
    EXPECT_EQ(stored().size(), 1U) << row.why << ": nothing was added";
    EXPECT_EQ(state.events(), 0U) << row.why;
  }
}

}  // namespace
}  // namespace perennial::lifecycle
