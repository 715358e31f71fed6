#include "ir/graph.h"

#include <gtest/gtest.h>

#include "ir/rewrite.h"
#include "ir/verify.h"

namespace hone::ir {
namespace {

TensorType row() { return {DType::f32, {Dim(4)}}; }

TEST(Graph, ValuesAreFoundByTheNameTheyHaveNow) {
  Graph graph;
  const ValueId x = graph.add_input("x", row());
  const ValueId y = graph.add_input("y", row());
  EXPECT_EQ(graph.find("x"), x);
  EXPECT_EQ(graph.find("y"), y);
  EXPECT_FALSE(graph.find("z"));
  graph.rename(x, "z");
  EXPECT_EQ(graph.find("z"), x);
  EXPECT_FALSE(graph.find("x"));
  const Graph copy = graph;
  EXPECT_EQ(copy.find("z"), x);
}

// A rewriter gives a value its last name only after it was added under another.
TEST(Graph, ANameThatStoodTwiceForAWhileIsKept) {
  Graph graph;
  const ValueId first = graph.add_input("x", row());
  const ValueId second = graph.add_input("x", row());
  EXPECT_EQ(graph.find("x"), first);
  graph.rename(first, "y");
  EXPECT_EQ(graph.find("x"), second);
  graph.rename(second, "z");
  EXPECT_FALSE(graph.find("x"));
}

TEST(Graph, ConstantsOfBodiesAreToldApartByName) {
  const auto with_constant = [](float number) {
    Graph graph;
    graph.outputs = {graph.add_floats("w", {{number}})};
    return graph;
  };
  Graph graph = with_constant(1);
  graph.add_input("w/1", row());
  graph.add_host_node(*find_op("branch"), "y", {}, {}, {});
  graph.nodes[0].subgraphs = {with_constant(2), with_constant(3), graph};
  name_constants(graph);
  const auto name = [](const Graph& of) { return of[of.outputs[0]].name; };
  EXPECT_EQ(name(graph), "w");
  EXPECT_EQ(name(graph.nodes[0].subgraphs[0]), "w/1");
  EXPECT_EQ(name(graph.nodes[0].subgraphs[1]), "w/2");
  EXPECT_EQ(name(graph.nodes[0].subgraphs[2]), "w") << "the same bytes keep their name";
}

TEST(Graph, VerifyRefusesAValueThatCannotBeFound) {
  Graph graph;
  const ValueId x = graph.add_input("x", row());
  graph.outputs = {x};
  ASSERT_TRUE(verify(graph));
  graph[x].name = "renamed behind the index's back";
  EXPECT_FALSE(verify(graph));
}

}  // namespace
}  // namespace hone::ir
