// SPDX-License-Identifier: Apache-2.0
#include "text/synapses.hpp"

#include <algorithm>
#include <stdexcept>

#include "lower/pattern.hpp"
#include "program/synapse_recipe.hpp"
#include "synfire/patches.hpp"
#include "text/literal.hpp"
#include "text/trial.hpp"

namespace synfire::codegen::text {
namespace {

// The call that draws element `index` (and occurrence 0), or a literal.
std::string draw(const ValueDistribution& distribution, std::uint64_t key) {
  std::string first = float_literal(distribution.base);
  const std::string pair = "(" + key_literal(key) + ", index, 0u, " + first + ", " + float_literal(distribution.spread);
  switch (distribution.kind) {
    case ValueDistribution::Kind::constant: return first;
    case ValueDistribution::Kind::uniform: return "synapse_uniform" + pair + ")";
    case ValueDistribution::Kind::normal:
      return "synapse_normal" + pair + ", " + float_literal(distribution.min) + ", " + float_literal(distribution.max) +
             ")";
  }
  return {};
}

void print_pattern(const SynapseRecipe& recipe, std::uint32_t targets, Writer& out) {
  const std::uint32_t width = pattern_block_width(recipe.p);
  out.line("enum : u32 { width = " + count(width) + " };");
  out.comment("Calls visit(target) for each target of `source` in block `block` of `width` targets.");
  out.line("template <class Visit>");
  const auto function =
      out.scope("SYNFIRE_MEMBER static void for_each_in_block(u32 source, u32 block, Visit&& visit) {");
  out.line("const u32 begin = block * width;");
  out.line("const u32 end = begin + width < " + count(targets) + " ? begin + width : " + count(targets) + ";");
  const std::string guard = recipe.skip_self ? "if (target != source) " : "";
  if (recipe.p >= 1) {
    out.line("for (u32 target = begin; target < end; ++target) " + guard + "visit(target);");
  } else if (recipe.p > 0) {
    out.line("for_each_target(" + key_literal(recipe.pattern_key) + ", source, block, begin, end, " +
             float_literal(inverse_log(recipe.p)) + ", [&](u32 target) {");
    out.line("  " + guard + "visit(target);");
    out.line("});");
  }
}

void print_values(const SynapseRecipe& recipe, Writer& out) {
  {
    const auto function = out.scope("SYNFIRE_MEMBER static float weight([[maybe_unused]] u64 index) {");
    out.line("return " + draw(recipe.weight, recipe.weight_key) + ";");
  }
  const auto function = out.scope("SYNFIRE_MEMBER static u32 delay([[maybe_unused]] u64 index) {");
  if (recipe.delay)
    out.line("return whole_steps(" + draw(*recipe.delay, recipe.delay_key) + ", " + count(recipe.longest_delay) + ");");
  else
    out.line("return 0u;");
}

std::string type_of(const PatchAxis& axis) {
  std::string arguments;
  for (const std::uint32_t number : {axis.target, axis.kernel, axis.stride, axis.dilation, axis.padding})
    arguments += count(number) + ", ";
  arguments += axis.transposed ? "true" : "false";
  for (const std::uint32_t number : {axis.pool, axis.pool_stride, axis.pooled}) arguments += ", " + count(number);
  return "PatchAxis<" + arguments + ">";
}

std::string describe(const PatchGeometry& patches) {
  const PatchAxis &vertical = patches.vertical, &horizontal = patches.horizontal;
  const auto image = [](std::uint32_t height, std::uint32_t width, std::uint32_t channels) {
    return std::to_string(height) + "×" + std::to_string(width) + "×" + std::to_string(channels);
  };
  return image(vertical.source, horizontal.source, patches.source_channels) + " to " +
         image(vertical.target, horizontal.target, patches.target_channels) + ", kernel " +
         std::to_string(vertical.kernel) + "×" + std::to_string(horizontal.kernel);
}

void print_patches(const Program& program, const DeliverPhase& phase, Writer& out) {
  const PatchGeometry& patches = *phase.patches;
  out.comment("The patches of \"" + program.connections[phase.connection].name + "\": " + describe(patches) +
              ". Axes: target, kernel, stride, dilation, padding, transposed; pool, its stride, its windows.");
  {
    const auto structure = out.scope("struct " + patches_name(program, phase.connection) + " {", "};");
    out.line("using Vertical = " + type_of(patches.vertical) + ";");
    out.line("using Horizontal = " + type_of(patches.horizontal) + ";");
    const bool is_scaled = patches.has_kernel && patches.divisor != 1;
    out.line("enum : u32 {");
    out.line("  source_rows = " + count(patches.vertical.source) + ",");
    out.line("  source_columns = " + count(patches.horizontal.source) + ",");
    out.line("  source_channels = " + count(patches.source_channels) + ",");
    out.line("  target_channels = " + count(patches.target_channels) + ",");
    out.line("  groups = " + count(patches.groups) + ",");
    out.line(std::string("  is_scaled = ") + (is_scaled ? "1u" : "0u") + ",");
    out.line("};");
    out.line("SYNFIRE_MEMBER static float scale() { return " + float_literal(is_scaled ? scale_of(patches) : 1.0F) +
             "; }");
  }
  out.line();
}

}  // namespace

std::string same_weight(float weight) { return "SameWeight{" + float_literal(weight) + "}"; }

std::string recipe_name(const Program& program, const DeliverPhase& phase) {
  return program.arrays[phase.arriving].name + "_synapses";
}

std::string patches_name(const Program& program, std::uint32_t connection) {
  for (const Phase& phase : program.step) {
    const auto* delivery = std::get_if<DeliverPhase>(&phase);
    if (delivery != nullptr && delivery->connection == connection)
      return program.arrays[delivery->arriving].name + "_patches";
  }
  throw std::logic_error("the connection delivers nothing");
}

std::vector<std::string> headers_of(const Program& program, std::vector<std::string> headers, const char* of_patches) {
  const bool any = std::any_of(program.step.begin(), program.step.end(), [](const Phase& phase) {
    const auto* delivery = std::get_if<DeliverPhase>(&phase);
    return delivery != nullptr && delivery->patches;
  });
  const auto add = [&](const char* header) {
    headers.insert(std::upper_bound(headers.begin(), headers.end(), header), header);
  };
  if (any) add(of_patches);
  if (program.learning && !program.learning->prepare.empty()) add("double_math.cuh");
  return headers;
}

void print_recipes(const Program& program, Writer& out) {
  for (const Phase& phase : program.step) {
    const auto* delivery = std::get_if<DeliverPhase>(&phase);
    if (delivery != nullptr && delivery->patches) print_patches(program, *delivery, out);
    if (delivery == nullptr || !delivery->recipe) continue;
    out.comment("The procedural synapses of \"" + program.connections[delivery->connection].name +
                "\", each a function of its two neurons; `index` is source * targets + target.");
    {
      const auto structure = out.scope("struct " + recipe_name(program, *delivery) + " {", "};");
      print_pattern(*delivery->recipe, delivery->targets, out);
      print_values(*delivery->recipe, out);
    }
    out.line();
  }
}

}  // namespace synfire::codegen::text
