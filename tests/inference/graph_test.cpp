#include "inference/graph.hpp"

#include <gtest/gtest.h>

#include "inference/random_ensemble.hpp"

namespace perennial::inference {
namespace {

using namespace inference::testing;

TEST(Graph, the_same_parts_give_the_same_bytes) {
  const auto parts = random_parts({{"y", Task::binary, {"0", "1"}}}, 3, 2, 4);
  EXPECT_EQ(*build_graph(parts), *build_graph(parts));
}

TEST(Graph, parts_that_do_not_fit_are_refused) {
  const auto good = random_parts({{"y", Task::multiclass, {"a", "b", "c"}}}, 3, 1, 4);
  struct Case {
    const char* what;
    std::function<void(GraphParts&)> break_it;
  };
  const std::vector<Case> cases = {
      {"no ensemble for the target", [](GraphParts& p) { p.ensembles.clear(); }},
      {"another number of classes", [](GraphParts& p) { p.signature.targets[0].classes.push_back("d"); }},
      {"a text input without an encoding", [](GraphParts& p) { p.encodings.columns.clear(); }},
      {"an input more than the ensemble knows",
       [](GraphParts& p) { p.signature.inputs.push_back({"z", ColumnKind::numeric}); }},
      {"two inputs of one name", [](GraphParts& p) { p.signature.inputs[1].name = p.signature.inputs[0].name; }},
      {"metadata that hides the signature", [](GraphParts& p) { p.metadata["signature"] = 1; }},
      {"a child outside of its tree", [](GraphParts& p) { p.ensembles[0].trees[0].nodes[0].left = 1 << 20; }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    auto parts = good;
    c.break_it(parts);
    EXPECT_FALSE(build_graph(parts).has_value());
  }
}

}  // namespace
}  // namespace perennial::inference
