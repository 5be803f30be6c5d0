#include "lifecycle/evidence/batches.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/batch_events.hpp"

namespace perennial::lifecycle {
namespace {

Event event_of(std::string_view type, Json body) {
  Event event;
  event.type = std::string(type);
  event.body = std::move(body);
  return event;
}

data::FileStamp stamp(const std::string& path, std::uint64_t bytes) { return {path, bytes, 7}; }

Event arrived(const data::FileStamp& file, const std::string& digest, const std::string& to, std::uint64_t labelled) {
  return event_of(event_type::batch_arrived,
                  {{"file", to_json(file)}, {"digest", digest}, {"to", to}, {"labelled", labelled}});
}

TEST(Batches, a_source_is_read_when_its_last_files_are_named) {
  Batches folded;
  EXPECT_FALSE(folded.source_read());
  folded.apply(event_of(event_type::source_read, {{"files", {to_json(stamp("a", 1))}}, {"complete", false}}));
  EXPECT_FALSE(folded.source_read()) << "the process ended between the two";
  folded.apply(event_of(
      event_type::source_read,
      {{"files", {to_json(stamp("b", 1))}}, {"complete", true}, {"to", "2026-01-02T00:00:00Z"}, {"time", "iso(at)"}}));
  EXPECT_TRUE(folded.source_read());
  EXPECT_TRUE(folded.knows(stamp("a", 1)));
  EXPECT_TRUE(folded.has_rows_of("b"));
  EXPECT_EQ(folded.time(), "iso(at)");
  EXPECT_EQ(folded.newest(), *parse_time("2026-01-02T00:00:00Z"));
}

TEST(Batches, a_file_is_known_as_it_was) {
  Batches folded;
  folded.apply(arrived(stamp("a", 10), "d1", "2026-01-02T00:00:00Z", 10));
  EXPECT_TRUE(folded.knows(stamp("a", 10)));
  EXPECT_FALSE(folded.knows(stamp("a", 11))) << "it has grown";
  EXPECT_TRUE(folded.taken("d1"));
  folded.apply(event_of(event_type::batch_refused, {{"file", to_json(stamp("a", 11))}, {"reason", "nothing new"}}));
  EXPECT_TRUE(folded.knows(stamp("a", 11)));
  EXPECT_TRUE(folded.has_rows_of("a")) << "those that were taken before";
  folded.apply(event_of(event_type::batch_refused, {{"file", to_json(stamp("bad", 5))}, {"reason", "no column y"}}));
  EXPECT_TRUE(folded.knows(stamp("bad", 5)));
  EXPECT_FALSE(folded.has_rows_of("bad")) << "a start must not read it as history";
}

TEST(Batches, the_newest_row_never_moves_back) {
  Batches folded;
  folded.apply(arrived(stamp("a", 1), "d1", "2026-01-03T00:00:00Z", 1));
  folded.apply(arrived(stamp("late", 1), "d2", "2026-01-01T00:00:00Z", 1));
  EXPECT_EQ(folded.newest(), *parse_time("2026-01-03T00:00:00Z"));
}

TEST(Batches, rows_are_new_until_a_training_begins) {
  Batches folded;
  folded.apply(arrived(stamp("a", 1), "d1", "2026-01-03T00:00:00Z", 40));
  folded.apply(arrived(stamp("b", 1), "d2", "2026-01-04T00:00:00Z", 2));
  EXPECT_EQ(folded.rows_since_training(), 42U);
  folded.apply(event_of(event_type::job_started, {}));
  EXPECT_EQ(folded.rows_since_training(), 0U);
}

TEST(Batches, what_a_query_brought_has_no_file) {
  Batches folded;
  folded.apply(event_of(event_type::batch_arrived, {{"file", query_batch}, {"digest", "d"}, {"labelled", 1}}));
  EXPECT_TRUE(folded.taken("d"));
  EXPECT_FALSE(folded.newest());
}

TEST(Batches, the_oldest_are_forgotten) {
  Batches folded;
  for (std::size_t i = 0; i < batches_remembered + 2; ++i)
    folded.apply(arrived(stamp(fmt::format("f{}", i), 1), fmt::format("d{}", i), "2026-01-03T00:00:00Z", 1));
  EXPECT_FALSE(folded.taken("d1"));
  EXPECT_TRUE(folded.taken("d2"));
  EXPECT_FALSE(folded.knows(stamp("f1", 1)));
  EXPECT_TRUE(folded.knows(stamp("f2", 1)));
}

}  // namespace
}  // namespace perennial::lifecycle
