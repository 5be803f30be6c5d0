#include "feedback/label_horizon.hpp"
#include <gtest/gtest.h>

#include <fstream>

#include "feedback/failing_files.hpp"
#include "feedback/rows.hpp"

namespace perennial::feedback {
namespace {

using storage::SegmentSpan;
using testing::Folder;
using Pair = LabelHorizon::Pair;

TEST(LabelHorizon, the_oldest_prediction_that_is_kept_says_which_labels_are) {
  struct Case {
    const char* what;
    std::vector<Pair> noted;
    SegmentSpan predictions;
    SegmentSpan labels;
    LabelHorizon::Bounds bounds;
    std::uint32_t first;
  };
  const std::vector<Pair> noted = {{5, 2}, {6, 4}, {7, 4}, {9, 8}};
  const Case cases[] = {
      {"nothing is noted", {}, {9, 12}, {1, 20}, {2, 100}, 1},
      {"no prediction is gone", noted, {1, 12}, {1, 20}, {2, 100}, 1},
      {"what is gone is gone for too short a time", noted, {6, 12}, {1, 20}, {2, 100}, 1},
      {"labels from before segment 5 are for nothing that is kept", noted, {7, 12}, {1, 20}, {2, 100}, 2},
      {"the same with less patience for labels that come early", noted, {7, 12}, {1, 20}, {1, 100}, 4},
      {"a segment without a note of its own takes that of an older one", noted, {10, 12}, {1, 20}, {2, 100}, 4},
      {"of all that is noted the newest that holds counts", noted, {20, 22}, {1, 20}, {2, 100}, 8},
      {"what has gone already does not come back", noted, {7, 12}, {3, 20}, {2, 100}, 3},
      {"the size alone", {}, {1, 1}, {1, 20}, {2, 5}, 16},
      {"the size, where the note would keep more", noted, {7, 12}, {1, 20}, {2, 5}, 16},
      {"the note, where the size would keep more", noted, {20, 22}, {1, 20}, {2, 19}, 8},
      {"exactly as many as the size allows", {}, {1, 1}, {1, 5}, {2, 5}, 1},
      {"the two newest stay", {{5, 20}}, {20, 22}, {1, 20}, {2, 100}, 19},
      {"a log of one segment stays", {{5, 1}}, {20, 22}, {1, 1}, {2, 1}, 1},
      {"bounds of nothing are the smallest that are safe", {{5, 9}, {6, 10}}, {6, 7}, {1, 20}, {0, 0}, 19},
  };
  for (const auto& one : cases)
    EXPECT_EQ(LabelHorizon(one.noted).first_kept(one.predictions, one.labels, one.bounds), one.first) << one.what;
}

TEST(LabelHorizon, notes_how_far_labels_had_come_before_a_prediction_segment_began) {
  const LabelHorizon::Bounds bounds{1, 100};
  LabelHorizon horizon;
  EXPECT_FALSE(horizon.look({1, 3}, {1, 5}, bounds)) << "when segment 3 began nobody looked";
  EXPECT_FALSE(horizon.look({1, 3}, {1, 9}, bounds));
  EXPECT_TRUE(horizon.look({1, 4}, {1, 11}, bounds));
  EXPECT_EQ(horizon.noted(), (std::vector<Pair>{{4, 9}})) << "10 and 11 may be labels of segment 4";
  EXPECT_TRUE(horizon.look({1, 9}, {1, 12}, bounds));
  EXPECT_EQ(horizon.noted(), (std::vector<Pair>{{4, 9}, {5, 11}})) << "all of 5 to 9 began since";
  EXPECT_FALSE(horizon.look({1, 9}, {1, 30}, bounds));
}

TEST(LabelHorizon, trap_30_notes_are_forgotten_with_their_segments) {
  const LabelHorizon::Bounds bounds{2, 1000};
  LabelHorizon horizon;
  for (std::uint32_t newest = 1; newest <= 500; ++newest) {
    const SegmentSpan predictions{newest > 10 ? newest - 9 : 1, newest};
    horizon.look(predictions, {1, 2 * newest}, bounds);
    EXPECT_LE(horizon.noted().size(), 13u);
    if (newest <= 13) continue;
    EXPECT_EQ(horizon.first_kept(predictions, {1, 2 * newest}, bounds), 2 * (newest - 12)) << newest;
  }
}

class LabelHorizonFile : public ::testing::Test {
 protected:
  LabelHorizonFile() {
    std::filesystem::create_directories(folder_.path());
    LabelHorizon horizon({{5, 2}, {6, 4}});
    EXPECT_TRUE(horizon.write(files_, folder_.path()));
  }
  std::vector<Pair> read(SegmentSpan predictions = {3, 8}, SegmentSpan labels = {1, 9}) {
    const auto read = LabelHorizon::read(files_, folder_.path(), predictions, labels);
    EXPECT_TRUE(read) << read.error().message();
    return read ? read->noted() : std::vector<Pair>{{0, 0}};
  }
  Folder folder_;
  storage::RealFiles files_;
};

TEST_F(LabelHorizonFile, is_read_back) { EXPECT_EQ(read(), (std::vector<Pair>{{5, 2}, {6, 4}})); }

TEST_F(LabelHorizonFile, of_other_logs_says_nothing) {
  EXPECT_TRUE(read({1, 1}).empty()) << "the prediction log was begun anew";
  EXPECT_TRUE(read({3, 8}, {1, 3}).empty()) << "the label log was";
  EXPECT_EQ(read({3, 6}, {1, 4}).size(), 2u);
}

TEST_F(LabelHorizonFile, that_is_damaged_or_gone_says_nothing) {
  const auto path = folder_.path("log/predictions.noted");
  const std::string whole = *files_.read_all(path);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    std::ofstream(path, std::ios::binary) << damaged;
    EXPECT_TRUE(read().empty()) << "byte " << i;
    std::ofstream(path, std::ios::binary) << whole.substr(0, i);
    EXPECT_TRUE(read().empty()) << "cut to " << i;
  }
  std::filesystem::remove(path);
  EXPECT_TRUE(read().empty());
}

}  // namespace
}  // namespace perennial::feedback
