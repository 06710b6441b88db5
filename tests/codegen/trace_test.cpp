// SPDX-License-Identifier: Apache-2.0
// Traces of a step: replay with other values, and differences of values computed alike.
#include <gtest/gtest.h>

#include "adjoint/difference.hpp"
#include "adjoint/reverse.hpp"
#include "lower/shorthands.hpp"

namespace synfire::codegen {
namespace {

Expr add(const Expr& a, const Expr& b) { return apply(Operation::add, {a, b}); }
Expr multiply(const Expr& a, const Expr& b) { return apply(Operation::multiply, {a, b}); }

std::string text(const Expr& expression) { return expression ? to_string(expression, Program{}) : "0"; }

// y = y + (decay v + w), as a step of a neuron with a readout.
struct Step {
  Step() {
    trace.define("v@1", load(0, Type::f32));
    trace.define("w@1", load(1, Type::f32));
    trace.define("y@1", load(2, Type::f32));
    trace.define("other@1", multiply(f32("w@1"), constant(3)));
    trace.define("v@2", add(multiply(constant(0.5), f32("v@1")), f32("w@1")));
    trace.define("y@2", add(f32("y@1"), f32("v@2")));
  }
  Trace trace;
};

TEST(Trace, ComputesAgainWhatDependsOnWhatIsReplaced) {
  Step step;
  const Trace::Values other = step.trace.replay({{"v@1", constant(0.25)}}, {}, "after");
  EXPECT_EQ(other.count("other@1"), 0u);
  ASSERT_EQ(other.count("y@2"), 1u);
  const std::string name = std::get<LocalExpr>(other.at("y@2")->node).name;
  EXPECT_EQ(name, "y_after@1");
  EXPECT_EQ(text(step.trace.find(name)->value), text(add(f32("y@1"), f32("v_after@1"))));
  EXPECT_EQ(text(step.trace.find("v_after@1")->value), text(add(multiply(constant(0.5), constant(0.25)), f32("w@1"))));
}

TEST(Trace, LeavesLoadsWhoseIndexStays) {
  Trace trace;
  trace.define("v@1", load(0, Type::f32));
  trace.define("arriving@1", load(1, Type::f32, builtin(Builtin::step)));
  trace.define("x@1", add(f32("arriving@1"), f32("v@1")));
  const Trace::Values other = trace.replay({{"v@1", constant(0)}}, {}, "after");
  EXPECT_EQ(other.count("arriving@1"), 0u);
  EXPECT_EQ(other.count("x@1"), 1u);
}

TEST(Trace, LeavesWhatIsGiven) {
  Step step;
  const Trace::Values other = step.trace.replay({{"w@1", constant(0)}}, {"v@2"}, "without");
  EXPECT_EQ(other.count("v@2"), 0u);
  EXPECT_EQ(other.count("y@2"), 0u);
  EXPECT_EQ(other.count("other@1"), 1u);
}

TEST(Trace, PassesConstantsOn) {
  Trace trace;
  trace.define("resting@1", load(0, Type::boolean));
  trace.define("v@1", load(1, Type::f32));
  trace.define("v@2", apply(Operation::select, {local("resting@1", Type::boolean), f32("v@1"), constant(7)}));
  const Trace::Values held = trace.replay({{"resting@1", constant(1, Type::boolean)}}, {}, "held");
  EXPECT_EQ(text(held.at("v@2")), text(f32("v@1")));
}

TEST(Difference, OfSumsIsThatOfTheirTerms) {
  Step step;
  const Trace::Values other = step.trace.replay({{"v@1", f32("r@1")}}, {}, "after");
  // Not (y + v) − (y + v_after), which cancels if y is large.
  EXPECT_EQ(text(difference(step.trace, f32("y@2"), other.at("y@2"))),
            text(multiply(constant(0.5), apply(Operation::subtract, {f32("v@1"), f32("r@1")}))));
  EXPECT_EQ(difference(step.trace, f32("v@2"), f32("v@2")), nullptr);
}

TEST(Difference, OfExtremaIsThatOfWhatIsTaken) {
  Trace trace;
  const auto larger = [](const std::string& b) { return apply(Operation::maximum, {f32("y"), f32(b)}); };
  const Expr taken = difference(trace, larger("a"), larger("b"));
  const auto* choice = std::get_if<OperationExpr>(&taken->node);
  ASSERT_NE(choice, nullptr);
  ASSERT_EQ(choice->operation, Operation::select);
  EXPECT_EQ(text(choice->operands[1]), text(apply(Operation::subtract, {f32("a"), f32("b")})));
  EXPECT_EQ(text(choice->operands[2]), text(apply(Operation::subtract, {larger("a"), larger("b")})));
}

TEST(Difference, OfATimeAndThatOfTheStepBeforeIsTheStep) {
  Trace trace;
  trace.define("t@event", load(0, Type::f32));
  trace.define("t@before", apply(Operation::subtract, {f32("t@event"), constant(0.25)}));
  EXPECT_EQ(text(difference(trace, f32("t@event"), f32("t@before"))), text(constant(0.25)));
}

}  // namespace
}  // namespace synfire::codegen
