#include "core/catalog.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace perennial {
namespace {

struct NearestRow {
  const char* why;
  const char* name;
  std::vector<std::string> nearest;
};

TEST(Catalog, the_nearest_names_come_first_and_far_ones_not_at_all) {
  const std::vector<std::string> known = {"drift", "decay", "schedule", "volume", "floor", "manual"};
  const std::vector<NearestRow> rows = {
      {"one letter too many", "drifft", {"drift"}},  {"two letters exchanged", "dirft", {"drift"}},
      {"the end is missing", "sched", {"schedule"}}, {"nothing like it", "zzzzzzzzzz", {}},
      {"the name itself", "floor", {"floor"}},
  };
  for (const auto& row : rows) EXPECT_EQ(nearest_names(row.name, known), row.nearest) << row.why;
  EXPECT_EQ(nearest_names("dec", known, 2).front(), "decay");
}

TEST(Catalog, an_unknown_name_lists_the_known_ones) {
  const std::vector<std::string> known = {"ks", "psi"};
  const auto error = unknown_name("detector", "psii", known, "c.yaml:3").error();
  EXPECT_EQ(error.message(), "c.yaml:3: unknown detector 'psii'; did you mean 'psi'? known: ks, psi");
  EXPECT_EQ(error.code, ErrorCode::config);
}

struct Member {
  CatalogEntry entry;
  int value = 0;
};

TEST(Catalog, finds_by_name_in_the_order_of_listing) {
  const Catalog<Member> family("gate", {{{"b", "", {}}, 1}, {{"a", "", {}}, 2}});
  EXPECT_EQ(family.names(), (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ((*family.find("a"))->value, 2);
  const auto missing = family.find("c", "here");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().where, "here");
}

}  // namespace
}  // namespace perennial
