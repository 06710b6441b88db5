// SPDX-License-Identifier: Apache-2.0
// Printed expressions evaluate like their trees: random trees are printed, compiled in one file and compared.
#include "text/expression.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <random>

#include "jit/kernel_headers.hpp"
#include "jit/process.hpp"
#include "math.cuh"
#include "text/literal.hpp"

namespace synfire::codegen::text {
namespace {

ExpressionStyle plain_style() {
  ExpressionStyle style;
  style.element = [](ArrayId id, const std::string& index) {
    return "array" + std::to_string(id) + "[" + (index.empty() ? "i" : index) + "]";
  };
  style.builtin = [](Builtin which) { return which == Builtin::element ? "i" : "step"; };
  return style;
}

std::string printed(const Expr& expression) { return print(expression, plain_style()); }

Expr x() { return local("x", Type::f32); }
Expr y() { return local("y", Type::f32); }
Expr one() { return constant(2); }

TEST(Expression, PutsParenthesesWhereTheyAreNeeded) {
  using enum Operation;
  EXPECT_EQ(printed(apply(multiply, {apply(add, {x(), y()}), one()})), "(x + y) * 2.0f");
  EXPECT_EQ(printed(apply(add, {apply(multiply, {x(), y()}), one()})), "x * y + 2.0f");
  EXPECT_EQ(printed(apply(subtract, {x(), apply(subtract, {y(), one()})})), "x - (y - 2.0f)");
  EXPECT_EQ(printed(apply(subtract, {apply(subtract, {x(), y()}), one()})), "x - y - 2.0f");
  EXPECT_EQ(printed(apply(divide, {x(), apply(multiply, {y(), one()})})), "x / (y * 2.0f)");
  EXPECT_EQ(printed(apply(negate, {apply(add, {x(), y()})})), "-(x + y)");
  EXPECT_EQ(printed(apply(negate, {apply(negate, {x()})})), "-(-x)");
  EXPECT_EQ(printed(apply(negate, {constant(-2)})), "-(-2.0f)");
  EXPECT_EQ(printed(apply(multiply, {apply(negate, {x()}), y()})), "-x * y");
}

// A sum keeps its order of addition, which determines the bits.
TEST(Expression, NeverReassociates) {
  using enum Operation;
  EXPECT_EQ(printed(apply(add, {x(), apply(add, {y(), one()})})), "x + (y + 2.0f)");
  EXPECT_EQ(printed(apply(multiply, {x(), apply(multiply, {y(), one()})})), "x * (y * 2.0f)");
}

TEST(Expression, PrintsElementsAndDraws) {
  EXPECT_EQ(printed(load(3, Type::f32)), "array3[i]");
  const Expr index = apply(Operation::add, {builtin(Builtin::element), constant(4, Type::u32)});
  EXPECT_EQ(printed(load(3, Type::f32, index)), "array3[i + 4u]");
  EXPECT_EQ(printed(random(Distribution::normal, 0xabc, 6)),
            "draw_normal(arguments.seed ^ 0xabcull, i, example, step, 6u)");
  EXPECT_EQ(printed(apply(Operation::to_f32, {builtin(Builtin::step)})), "static_cast<float>(step)");
}

TEST(Apply, FoldsOnlyWhatCannotRound) {
  using enum Operation;
  const Expr condition = apply(less, {x(), y()});
  EXPECT_EQ(apply(multiply, {x(), constant(1)}).get()->type, Type::f32);
  EXPECT_EQ(printed(apply(multiply, {constant(1), x()})), "x");
  EXPECT_EQ(printed(apply(divide, {x(), constant(1)})), "x");
  EXPECT_EQ(printed(apply(add, {x(), constant(0)})), "x + 0.0f");  // −0 + 0 is 0
  EXPECT_EQ(printed(apply(multiply, {x(), constant(0)})), "x * 0.0f");
  EXPECT_EQ(printed(apply(logical_and, {condition, constant(1, Type::boolean)})), "x < y");
  EXPECT_EQ(printed(apply(logical_and, {constant(0, Type::boolean), condition})), "false");
  EXPECT_EQ(printed(apply(logical_or, {condition, constant(1, Type::boolean)})), "true");
  EXPECT_EQ(printed(apply(select, {constant(1, Type::boolean), x(), y()})), "x");
  EXPECT_EQ(printed(apply(logical_not, {constant(0, Type::boolean)})), "true");
  EXPECT_EQ(printed(apply(add, {constant(1), constant(2)})), "1.0f + 2.0f");
}

// ---- Random trees

struct Values {
  float x, y;
};

Expr random_float(std::mt19937& random, int depth);

Expr random_boolean(std::mt19937& random, int depth) {
  using enum Operation;
  static constexpr Operation comparisons[] = {less, less_equal, greater, greater_equal, equal, not_equal};
  if (depth == 0 || random() % 3 == 0)
    return apply(comparisons[random() % 6], {random_float(random, 0), random_float(random, 0)});
  const auto next = [&] { return random_boolean(random, depth - 1); };
  switch (random() % 6) {
    case 0: return apply(logical_and, {next(), next()});
    case 1: return apply(logical_or, {next(), next()});
    case 2: return apply(logical_not, {next()});
    case 3: return apply(equal, {next(), next()});
    case 4: return apply(select, {next(), next(), next()});
    default:
      return apply(comparisons[random() % 6], {random_float(random, depth - 1), random_float(random, depth - 1)});
  }
}

Expr random_float(std::mt19937& random, int depth) {
  using enum Operation;
  if (depth == 0) {
    const auto which = random() % 3;
    return which == 0 ? x()
                      : (which == 1 ? y() : constant(static_cast<double>(static_cast<int>(random() % 9)) / 2 - 2));
  }
  const auto next = [&] { return random_float(random, depth - 1); };
  switch (random() % 7) {
    case 0: return apply(add, {next(), next()});
    case 1: return apply(subtract, {next(), next()});
    case 2: return apply(multiply, {next(), next()});
    case 3: return apply(divide, {next(), next()});
    case 4: return apply(negate, {next()});
    case 5: return apply(maximum, {next(), next()});
    default: return apply(select, {random_boolean(random, depth - 1), next(), next()});
  }
}

float evaluate(const Expr& expression, const Values& values);

float evaluate(const OperationExpr& node, const Values& values) {
  const auto operand = [&](std::size_t i) { return evaluate(node.operands[i], values); };
  switch (node.operation) {
    case Operation::add: return operand(0) + operand(1);
    case Operation::subtract: return operand(0) - operand(1);
    case Operation::multiply: return operand(0) * operand(1);
    case Operation::divide: return operand(0) / operand(1);
    case Operation::negate: return -operand(0);
    case Operation::less: return operand(0) < operand(1);
    case Operation::less_equal: return operand(0) <= operand(1);
    case Operation::greater: return operand(0) > operand(1);
    case Operation::greater_equal: return operand(0) >= operand(1);
    case Operation::equal: return operand(0) == operand(1);
    case Operation::not_equal: return operand(0) != operand(1);
    case Operation::logical_and: return operand(0) != 0 && operand(1) != 0;
    case Operation::logical_or: return operand(0) != 0 || operand(1) != 0;
    case Operation::logical_not: return operand(0) == 0;
    case Operation::select: return operand(0) != 0 ? operand(1) : operand(2);
    case Operation::maximum: return device::maximum(operand(0), operand(1));
    default: ADD_FAILURE() << "operation not handled"; return 0;
  }
}

float evaluate(const Expr& expression, const Values& values) {
  if (const auto* node = std::get_if<ConstantExpr>(&expression->node)) return static_cast<float>(node->value);
  if (const auto* node = std::get_if<LocalExpr>(&expression->node)) return node->name == "x" ? values.x : values.y;
  return evaluate(std::get<OperationExpr>(expression->node), values);
}

// Expressions as functions `float f<n>(float x, float y)` of a shared object.
class Compiled {
 public:
  explicit Compiled(const std::vector<Expr>& expressions) {
    std::string source = "#include \"math.cuh\"\nusing namespace synfire::device;\n";
    for (std::size_t i = 0; i < expressions.size(); ++i)
      source += "extern \"C\" float f" + std::to_string(i) +
                "([[maybe_unused]] float x, [[maybe_unused]] float y) { return " + printed(expressions[i]) + "; }\n";
    jit::write_kernel_headers(folder_.path());
    jit::write_file(folder_.path() + "/f.cpp", source);
    const char* chosen = std::getenv("SYNFIRE_CXX");
    const auto result =
        jit::run_process({chosen && *chosen ? chosen : "c++", "-std=c++20", "-O0", "-ffp-contract=off", "-Wparentheses",
                          "-Werror", "-shared", "-fPIC", folder_.path() + "/f.cpp", "-o", folder_.path() + "/f.so"});
    EXPECT_EQ(result.exit_code, 0) << result.output;
    library_ = dlopen((folder_.path() + "/f.so").c_str(), RTLD_NOW);
    EXPECT_NE(library_, nullptr) << dlerror();
  }
  ~Compiled() {
    if (library_) dlclose(library_);
  }
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;

  float call(std::size_t i, const Values& values) const {
    using Function = float (*)(float, float);
    const auto function = reinterpret_cast<Function>(dlsym(library_, ("f" + std::to_string(i)).c_str()));
    return function(values.x, values.y);
  }
  bool loaded() const { return library_ != nullptr; }

 private:
  jit::TemporaryFolder folder_;
  void* library_ = nullptr;
};

TEST(Expression, MeansTheSameOnceCompiled) {
  const unsigned seed = 77;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::vector<Expr> expressions;
  expressions.reserve(400);
  for (int i = 0; i < 400; ++i) expressions.push_back(random_float(random, 1 + i % 5));
  const Compiled compiled(expressions);
  ASSERT_TRUE(compiled.loaded());
  for (std::size_t i = 0; i < expressions.size(); ++i) {
    for (const Values& values : {Values{1.5F, -0.7F}, {0, 3}, {-2.25F, -2.25F}}) {
      const float expected = evaluate(expressions[i], values);
      const float actual = compiled.call(i, values);
      // Sign and payload of a NaN are unspecified.
      const bool same = std::isnan(expected)
                            ? std::isnan(actual)
                            : std::bit_cast<std::uint32_t>(actual) == std::bit_cast<std::uint32_t>(expected);
      EXPECT_TRUE(same) << printed(expressions[i]) << ": " << actual << " instead of " << expected;
    }
  }
}

}  // namespace
}  // namespace synfire::codegen::text
