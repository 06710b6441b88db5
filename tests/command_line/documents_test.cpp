// SPDX-License-Identifier: Apache-2.0
// Texts generated from the command tables, and the document that contains one of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "command.hpp"
#include "command_line/program.hpp"
#include "help.hpp"

namespace synfire::command_line {
namespace {

using test::Ended;
using test::Workplace;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* reference_heading = "## Reference\n\n";

TEST(Documents, TheReferenceIsThatOfTheTables) {
  const std::string path = SYNFIRE_SOURCE_FOLDER "/docs/command-line.md";
  std::ifstream file(path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const std::size_t begin = text.find(reference_heading);
  ASSERT_NE(begin, std::string::npos);
  const std::string head = text.substr(0, begin) + reference_heading;
  if (std::getenv("SYNFIRE_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << head << markdown_reference();
    return;
  }
  EXPECT_EQ(text.substr(head.size()), markdown_reference()) << "SYNFIRE_UPDATE_GOLDEN=1 rewrites it";
}

// With every hyphen escaped, as in manual pages.
std::string escaped(std::string name) {
  for (std::size_t at = name.find('-'); at != std::string::npos; at = name.find('-', at + 2)) name.insert(at, "\\");
  return name;
}

TEST(Documents, EachCommandHasAManualPageWithEveryOption) {
  const Workplace place;
  ASSERT_EQ(place.synfire({"manual", "man"}).exit_code, 0);
  std::size_t pages = 1;
  const std::string overview = place.read("synfire.1");
  EXPECT_THAT(overview, HasSubstr("\n.TH SYNFIRE 1 "));
  for (const Command& command : commands()) {
    if (command.hidden) continue;
    ++pages;
    EXPECT_THAT(overview, HasSubstr("synfire\\-" + escaped(command.name) + " (1)\n"));
    const std::string page = place.read("synfire-" + command.name + ".1");
    for (const Option& option : command.options)
      EXPECT_THAT(page, HasSubstr("\\-\\-" + escaped(option.name))) << command.name;
  }
  EXPECT_EQ(place.files().size(), pages);
  // groff, if installed, reports no problems.
  const Ended checked = place.run(
      {"bash", "-c", "command -v groff >/dev/null || exit 0; for f in *.1; do groff -man -ww -z -Kutf8 $f; done"});
  EXPECT_THAT(checked.messages, IsEmpty());
}

// Bash's completions of the last word of a command line.
std::string completed(const Workplace& place, const std::string& words, int count) {
  place.write("synfire.bash", place.synfire({"completion", "bash"}).output);
  const Ended ended =
      place.run({"bash", "-c",
                 "source ./synfire.bash; COMP_WORDS=(" + words + "); COMP_CWORD=" + std::to_string(count - 1) +
                     "; _synfire; printf '%s ' \"${COMPREPLY[@]}\""});
  EXPECT_THAT(ended.messages, IsEmpty());
  return ended.output;
}

TEST(Documents, CompletionKnowsCommandsOptionsValuesAndFiles) {
  const Workplace place;
  place.write("net.json", "{}");
  place.write("my net.json", "{}");
  EXPECT_EQ(completed(place, "synfire ev", 2), "evaluate ");
  const std::string all = completed(place, "synfire ''", 2);
  for (const Command& command : commands()) {
    if (!command.hidden) {
      EXPECT_THAT(all, HasSubstr(command.name + " "));
    }
  }
  EXPECT_EQ(completed(place, "synfire run net.json --bat", 4), "--batch-size ");
  EXPECT_EQ(completed(place, "synfire run net.json --device c", 5), "cuda ");
  EXPECT_EQ(completed(place, "synfire run net.json --device = c", 6), "cuda ");
  EXPECT_EQ(completed(place, "synfire run ne", 3), "net.json ");
  EXPECT_EQ(completed(place, "synfire run my", 3), "my net.json ");
  EXPECT_EQ(completed(place, "synfire run net.json --output ne", 5), "net.json ");
  EXPECT_EQ(completed(place, "synfire plot ra", 3), "raster rates ");
  EXPECT_EQ(completed(place, "synfire cache cl", 3), "clear ");
  EXPECT_EQ(completed(place, "synfire help inf", 3), "info ");
}

// zsh and fish, if they are installed, find nothing wrong with the scripts, and fish completes.
TEST(Documents, CompletionForOtherShells) {
  const Workplace place;
  for (const std::string shell : {"zsh", "fish"}) {
    const std::string script = place.synfire({"completion", shell}).output;
    place.write("synfire." + shell, script);
    for (const Command& command : commands()) {
      if (command.hidden) continue;
      EXPECT_THAT(script, HasSubstr(command.name)) << shell;
      for (const Option& option : all_options(command)) EXPECT_THAT(script, HasSubstr(option.name)) << shell;
    }
    const Ended checked =
        place.run({"bash", "-c", "command -v " + shell + " >/dev/null || exit 0; " + shell + " -n synfire." + shell});
    EXPECT_EQ(checked.exit_code, 0) << checked.messages;
  }
  const auto completed_by_fish = [&](const std::string& words) {
    return place
        .run({"bash", "-c",
              "command -v fish >/dev/null || { echo none; exit 0; }; HOME=$PWD fish -c 'source synfire.fish; complete "
              "-C \"" +
                  words + "\"'"})
        .output;
  };
  if (completed_by_fish("synfire ev") == "none\n") GTEST_SKIP() << "fish is not installed";
  EXPECT_THAT(completed_by_fish("synfire ev"), testing::StartsWith("evaluate\t"));
  EXPECT_THAT(completed_by_fish("synfire run net.json --bat"), testing::StartsWith("--batch-size"));
  EXPECT_THAT(completed_by_fish("synfire run net.json --device c"), testing::StartsWith("cuda"));
  EXPECT_THAT(completed_by_fish("synfire help inf"), testing::StartsWith("info"));
}

TEST(Documents, EveryOptionOfACommandHasAnotherNameAndHelp) {
  for (const Command& command : commands()) {
    std::set<std::string> names;
    for (const Option& option : all_options(command)) {
      EXPECT_TRUE(names.insert(option.name).second) << command.name << " --" << option.name;
      EXPECT_THAT(option.help, Not(IsEmpty())) << command.name << " --" << option.name;
      EXPECT_FALSE(option.help.ends_with('.')) << option.help;
    }
    EXPECT_THAT(command.examples, Not(IsEmpty())) << command.name;
  }
}

}  // namespace
}  // namespace synfire::command_line
