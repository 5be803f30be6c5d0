#include "serving/router.hpp"
#include <gtest/gtest.h>

#include <thread>

#include "serving/fakes.hpp"

namespace perennial::serving {
namespace {

using testing::Bench;

std::shared_ptr<RoutingTable> table_of(const Bench& bench, std::uint64_t epoch) {
  auto table = std::make_shared<RoutingTable>();
  table->epoch = epoch;
  table->models.push_back(bench.route());
  return table;
}

TEST(Router, a_new_table_is_seen_at_once_by_every_thread) {
  Bench bench;
  Router router;
  std::atomic<std::uint64_t> installed{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t)
    readers.emplace_back([&] {
      while (!stop) {
        const std::uint64_t at_least = installed;
        EXPECT_GE(router.table().epoch, at_least);
      }
    });
  for (std::uint64_t epoch = 1; epoch <= 500; ++epoch) {
    ASSERT_TRUE(router.install(table_of(bench, epoch)));
    installed = epoch;
  }
  stop = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(router.table().epoch, 500u);
}

TEST(Router, two_routers_in_one_thread_do_not_mix) {
  Bench bench;
  Router a, b;
  ASSERT_TRUE(a.install(table_of(bench, 1)));
  ASSERT_TRUE(b.install(table_of(bench, 2)));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(a.table().epoch, 1u);
    EXPECT_EQ(b.table().epoch, 2u);
  }
}

TEST(Router, an_old_table_goes_when_its_readers_move_on) {
  Bench bench;
  Router router;
  auto old = table_of(bench, 1);
  const std::weak_ptr<RoutingTable> watch = old;
  ASSERT_TRUE(router.install(std::move(old)));
  EXPECT_EQ(router.table().epoch, 1u);
  ASSERT_TRUE(router.install(table_of(bench, 2)));
  EXPECT_FALSE(watch.expired());
  (void)router.table();
  EXPECT_TRUE(watch.expired());
}

TEST(RoutingTable, what_cannot_be_routed_is_refused) {
  Bench bench;
  struct Case {
    std::string why;
    std::function<void(RoutingTable&)> spoil;
  };
  const std::vector<Case> cases = {
      {"no runtime", [](RoutingTable& t) { t.models[0].runtime = nullptr; }},
      {"two models of one name", [](RoutingTable& t) { t.models.push_back(t.models[0]); }},
      {"a weight over one", [](RoutingTable& t) { t.models[0].challenger->weight = 1.5; }},
      {"a weight that is no number", [](RoutingTable& t) { t.models[0].challenger->weight = std::nan(""); }},
      {"a challenger that is the champion",
       [](RoutingTable& t) { t.models[0].challenger->servable.version = "1.0.0"; }},
      {"a challenger that is not loaded", [](RoutingTable& t) { t.models[0].challenger->servable.scorer = nullptr; }},
      {"a shadow that is the challenger",
       [](RoutingTable& t) { t.models[0].shadows.push_back(t.models[0].challenger->servable); }},
      {"a challenger with other targets that is to answer",
       [](RoutingTable& t) {
         auto signature = testing::numeric_signature();
         signature.targets[0].name = "z";
         t.models[0].challenger->servable.scorer = std::make_shared<testing::SumScorer>(signature);
       }},
  };
  for (const auto& c : cases) {
    auto table = std::make_shared<RoutingTable>();
    table->models.push_back(bench.with_challenger(0.1));
    ASSERT_TRUE(table->check());
    c.spoil(*table);
    EXPECT_FALSE(bench.router.install(table)) << c.why;
  }
}

}  // namespace
}  // namespace perennial::serving
