#include "cli/command_line.h"

#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace daybook::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// A program "daybook" with the noun "deal" and the verb "deal show", and what its options hold.
class CommandLineTest : public ::testing::Test {
 protected:
  CommandLineTest() {
    root_->RequireCommand();
    root_->AddOption("--server", &server_, "Where").Envname("DAYBOOK_COMMAND_LINE_TEST");
    noun_ = root_->AddCommand("deal", "Deals");
    noun_->RequireCommand();
    verb_ = noun_->AddCommand("show", "Shows a deal");
    verb_->SetAction([this] {
      ++runs_;
      return absl::OkStatus();
    });
  }

  // What Parse answers to "daybook deal show" and these; 0 and above: the program has ended.
  int Parse(std::vector<std::string> arguments) {
    std::vector<const char*> all = {"daybook", "deal", "show"};
    for (const std::string& argument : arguments) all.push_back(argument.c_str());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const auto ended = root_->Parse(static_cast<int>(all.size()), all.data());
    printed_ = testing::internal::GetCapturedStdout();
    errors_ = testing::internal::GetCapturedStderr();
    return ended.value_or(-1);
  }

  std::shared_ptr<Command> root_ = NewProgram("daybook", "Tests.");
  Command* noun_ = nullptr;
  Command* verb_ = nullptr;
  std::string server_ = "default";
  int runs_ = 0;
  std::string printed_, errors_;
};

TEST_F(CommandLineTest, StoresValuesOfEachType) {
  std::string text;
  int32_t small = 0;
  int64_t large = 0;
  uint32_t count = 0;
  uint64_t position = 0;
  std::optional<std::string> note;
  std::optional<int32_t> minutes;
  std::optional<int64_t> offset;
  std::optional<uint32_t> depth;
  std::optional<uint64_t> after;
  std::vector<std::string> tags;
  bool flag = false;
  verb_->AddOption("deal", &text, "");
  verb_->AddOption("--small", &small, "");
  verb_->AddOption("--large", &large, "");
  verb_->AddOption("-n,--count", &count, "");
  verb_->AddOption("--position", &position, "");
  verb_->AddOption("--note", &note, "");
  verb_->AddOption("--minutes", &minutes, "");
  verb_->AddOption("--offset", &offset, "");
  verb_->AddOption("--depth", &depth, "");
  verb_->AddOption("--after", &after, "");
  verb_->AddOption("--tag", &tags, "");
  verb_->AddFlag("--all", &flag, "");
  ASSERT_EQ(Parse({"Blue",
                   "--small",
                   "-7",
                   "--large",
                   "-9223372036854775808",
                   "-n",
                   "4294967295",
                   "--position",
                   "18446744073709551615",
                   "--note",
                   "",
                   "--minutes",
                   "0",
                   "--offset",
                   "-1",
                   "--depth",
                   "0",
                   "--after",
                   "18446744073709551615",
                   "--tag",
                   "a",
                   "--tag",
                   "b",
                   "--all"}),
            -1);
  EXPECT_EQ(text, "Blue");
  EXPECT_EQ(small, -7);
  EXPECT_EQ(large, std::numeric_limits<int64_t>::min());
  EXPECT_EQ(count, std::numeric_limits<uint32_t>::max());
  EXPECT_EQ(position, std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(note, "");
  EXPECT_EQ(minutes, 0);
  EXPECT_EQ(offset, -1);
  EXPECT_EQ(depth, 0u);
  EXPECT_EQ(after, std::numeric_limits<uint64_t>::max());
  EXPECT_THAT(tags, ElementsAre("a", "b"));
  EXPECT_TRUE(flag);
}

TEST_F(CommandLineTest, LeavesValuesAloneThatAreNotGiven) {
  std::string text = "kept";
  std::optional<std::string> note;
  std::optional<uint32_t> minutes;
  int32_t days = 14;
  verb_->AddOption("--minutes", &minutes, "");
  verb_->AddOption("--text", &text, "");
  verb_->AddOption("--note", &note, "");
  verb_->AddOption("--days", &days, "").Range(1, 30);
  ASSERT_EQ(Parse({}), -1);
  EXPECT_EQ(text, "kept");
  EXPECT_EQ(note, std::nullopt);
  EXPECT_EQ(minutes, std::nullopt);
  EXPECT_EQ(days, 14);
}

TEST_F(CommandLineTest, RunsTheActionOfTheVerbThatIsGiven) {
  Command* other = noun_->AddCommand("hide", "Hides a deal");
  other->SetAction([] { return absl::InternalError("the other verb"); });
  ASSERT_EQ(Parse({}), -1);
  EXPECT_EQ(runs_, 0) << "Parse only chooses";
  EXPECT_TRUE(root_->Run().ok());
  EXPECT_EQ(runs_, 1);
}

TEST_F(CommandLineTest, TakesOptionsOfTheProgramBehindTheVerb) {
  ASSERT_EQ(Parse({"--server", "example:1"}), -1);
  EXPECT_EQ(server_, "example:1");
}

TEST_F(CommandLineTest, ReadsTheEnvironmentWhereAnOptionIsNotGiven) {
  setenv("DAYBOOK_COMMAND_LINE_TEST", "from-environment", 1);
  EXPECT_EQ(Parse({}), -1);
  EXPECT_EQ(server_, "from-environment");
  EXPECT_EQ(Parse({"--server", "given"}), -1);
  EXPECT_EQ(server_, "given");
  unsetenv("DAYBOOK_COMMAND_LINE_TEST");
}

TEST_F(CommandLineTest, RefusesValuesThatBreakARule) {
  std::string type;
  int32_t days = 0;
  int64_t depth = 0;
  std::string file;
  std::string folder;
  verb_->AddOption("type", &type, "").Required().OneOf({"lead", "deal"});
  verb_->AddOption("--days", &days, "").Range(1, 30);
  verb_->AddOption("--depth", &depth, "").NonNegative();
  verb_->AddOption("--file", &file, "").ExistingFile();
  verb_->AddOption("--folder", &folder, "").ExistingDirectory();
  const std::string scratch = std::filesystem::temp_directory_path().string();
  EXPECT_EQ(Parse({"lead", "--days", "1", "--depth", "0", "--folder", scratch}), -1) << errors_;
  EXPECT_EQ(Parse({"lead", "--days", "30", "--file", DAYBOOK_SOURCE_DIR "/README.md"}), -1)
      << errors_;
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{},
                                             {"Lead"},
                                             {"lead", "--days", "0"},
                                             {"lead", "--days", "31"},
                                             {"lead", "--days", "ten"},
                                             {"lead", "--depth", "-1"},
                                             {"lead", "--file", scratch},
                                             {"lead", "--folder", DAYBOOK_SOURCE_DIR "/README.md"},
                                             {"lead", "one too many"},
                                             {"lead", "--unknown", "1"}}) {
    EXPECT_GT(Parse(wrong), 0) << ::testing::PrintToString(wrong);
    EXPECT_THAT(errors_, Not(::testing::IsEmpty()));
  }
}

TEST_F(CommandLineTest, ListsCanBeDelimitedAndCounted) {
  std::vector<std::string> fields;
  std::vector<std::string> labels;
  verb_->AddOption("label", &labels, "").Expected(1);
  verb_->AddOption("--fields", &fields, "").Delimiter(',');
  ASSERT_EQ(Parse({"one", "--fields", "a,b"}), -1) << errors_;
  EXPECT_THAT(fields, ElementsAre("a", "b"));
  EXPECT_THAT(labels, ElementsAre("one"));
  EXPECT_GT(Parse({"one", "two"}), 0);
}

TEST_F(CommandLineTest, ChoicesHaveNames) {
  int chosen = -1;
  verb_->AddChoice(
      "--color", {{"auto", 0}, {"never", 2}}, [&](int choice) { chosen = choice; }, "auto, never");
  ASSERT_EQ(Parse({"--color", "never"}), -1) << errors_;
  EXPECT_EQ(chosen, 2);
  EXPECT_GT(Parse({"--color", "red"}), 0);
  EXPECT_THAT(errors_, HasSubstr("red"));
}

TEST_F(CommandLineTest, OptionsNeedAndExcludeOthers) {
  std::string certificate, key, version;
  bool all = false;
  Option& needed = verb_->AddOption("--cert", &certificate, "");
  verb_->AddOption("--key", &key, "").Needs(needed);
  Option& excluded = verb_->AddOption("--version", &version, "");
  verb_->AddFlag("--all", &all, "").Excludes(excluded);
  EXPECT_EQ(Parse({"--cert", "c", "--key", "k", "--all"}), -1) << errors_;
  EXPECT_GT(Parse({"--key", "k"}), 0);
  EXPECT_GT(Parse({"--all", "--version", "1"}), 0);
}

TEST_F(CommandLineTest, HelpEndsWellAndShowsWhatThereIs) {
  std::string type;
  verb_->AddOption("type", &type, "Type of record").Required();
  verb_->SetFooter("Begin here.");
  EXPECT_EQ(Parse({"--help"}), 0);
  EXPECT_THAT(printed_, HasSubstr("Shows a deal"));
  EXPECT_THAT(printed_, HasSubstr("Type of record"));
  EXPECT_THAT(printed_, HasSubstr("Begin here."));
}

TEST_F(CommandLineTest, NeedsAVerb) {
  const char* const arguments[] = {"daybook", "deal"};
  testing::internal::CaptureStderr();
  const auto ended = root_->Parse(2, arguments);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("subcommand"));
  ASSERT_TRUE(ended.has_value());
  EXPECT_GT(*ended, 0);
}

TEST_F(CommandLineTest, KnowsItsCommandsAndOptions) {
  bool follow = false;
  verb_->AddFlag("-f,--follow", &follow, "");
  EXPECT_EQ(root_->name(), "daybook");
  EXPECT_EQ(root_->FindCommand("deal"), noun_);
  EXPECT_EQ(root_->FindCommand("show"), nullptr);
  EXPECT_THAT(noun_->commands(), ElementsAre(verb_));
  EXPECT_THAT(verb_->option_names(), ElementsAre("help", "follow"));
}

}  // namespace
}  // namespace daybook::cli
