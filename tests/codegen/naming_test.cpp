// SPDX-License-Identifier: Apache-2.0
#include "text/naming.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <random>

namespace synfire::codegen::text {
namespace {

bool is_identifier(const std::string& name) {
  if (name.empty() || name[0] == '_' || std::isdigit(static_cast<unsigned char>(name[0])) != 0) return false;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') return false;
  }
  return name.find("__") == std::string::npos;
}

TEST(Identifier, KeepsWhatIsOne) { EXPECT_EQ(identifier("v_thresh2"), "v_thresh2"); }

TEST(Identifier, ReplacesWhatIsNot) {
  EXPECT_EQ(identifier("input-1.left"), "input_1_left");
  EXPECT_EQ(identifier("draw 3"), "draw_3");
  EXPECT_EQ(identifier("2nd"), "n2nd");
  EXPECT_EQ(identifier("_x"), "n_x");
  EXPECT_EQ(identifier(""), "n");
  EXPECT_EQ(identifier("a__b"), "a_b");
  EXPECT_EQ(identifier("a_"), "a");
  EXPECT_TRUE(is_identifier(identifier("τ_mem")));
  EXPECT_TRUE(is_identifier(identifier("Ünïcödé")));
}

TEST(Identifier, IsAlwaysOne) {
  std::mt19937 random(5);
  for (int round = 0; round < 20000; ++round) {
    std::string name;
    for (std::size_t i = random() % 8; i > 0; --i) name += static_cast<char>(random() % 256);
    EXPECT_TRUE(is_identifier(identifier(name))) << identifier(name);
  }
}

TEST(Names, AvoidKeywordsAndWhatPrintersUse) {
  Names names;
  for (const char* word : {"float", "this", "co_await", "threads", "step", "trial", "i", "k", "exponential", "fires",
                           "square_root", "draw_normal", "count", "I", "sum", "as_float"})
    EXPECT_EQ(names.unique(word), std::string(word) + "_2");
}

TEST(Names, AreUnique) {
  Names names;
  EXPECT_EQ(names.unique("v"), "v");
  EXPECT_EQ(names.unique("v"), "v_2");
  EXPECT_EQ(names.unique("v_2"), "v_2_2");
  EXPECT_EQ(names.unique("a-b"), "a_b");
  EXPECT_EQ(names.unique("a.b"), "a_b_2");
}

TEST(Names, OfAnInnerScopeHideNone) {
  Names outer;
  Names inner, other;
  EXPECT_EQ(outer.unique("cells_v"), "cells_v");
  EXPECT_EQ(inner.unique_within(outer, "cells_v"), "cells_v_2");
  EXPECT_EQ(inner.unique_within(outer, "v"), "v");
  EXPECT_EQ(inner.unique_within(outer, "v"), "v_2");
  EXPECT_EQ(other.unique_within(outer, "v"), "v");  // sibling scopes may share names
  EXPECT_EQ(outer.unique("v"), "v_3");              // later names hide none of theirs
}

TEST(Names, OfAFamilyAreFreeAltogether) {
  Names names;
  names.unique("a_mask");
  EXPECT_EQ(names.unique_family("a", {"_mask", "_spikes"}), "a_2");
  EXPECT_EQ(names.unique("a_2_spikes"), "a_2_spikes_2");
  EXPECT_EQ(names.unique("a"), "a");
}

}  // namespace
}  // namespace synfire::codegen::text
