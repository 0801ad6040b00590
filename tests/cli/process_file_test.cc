#include "cli/process_file.h"

#include <gmock/gmock.h>

#include "google/protobuf/util/message_differencer.h"

namespace daybook::cli {
namespace {

using ::testing::HasSubstr;

TEST(ProcessFileTest, F061StagesAndMappingAreReadAndWritten) {
  const std::string text = R"(
[[stage]]
id = "prospect"
label = "Prospect"
probability = "10%"
[[stage]]
id = "offer"
label = "Offer \"made\""
probability = "0.125"
mandatory = ["value", "expected_close_date"]
[[mapping]]
from = "proposal"
to = "offer"
)";
  const auto version = ParseProcessFile(text, "sales.toml");
  ASSERT_TRUE(version.ok()) << version.status();
  ASSERT_EQ(version->stages_size(), 2);
  EXPECT_EQ(version->stages(0).probability(), 100'000'000);
  EXPECT_EQ(version->stages(1).probability(), 125'000'000);
  EXPECT_EQ(version->stages(1).label(), "Offer \"made\"");
  EXPECT_EQ(version->stages(1).mandatory_field_size(), 2);
  ASSERT_EQ(version->mapping_size(), 1);
  EXPECT_EQ(version->mapping(0).to(), "offer");
  // what is written is read back as it was
  const std::string written = WriteProcessFile(*version);
  EXPECT_THAT(written, HasSubstr("12.5%"));
  const auto again = ParseProcessFile(written, "written.toml");
  ASSERT_TRUE(again.ok()) << again.status() << written;
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*again, *version)) << written;
}

TEST(ProcessFileTest, ErrorsNameFileAndLine) {
  const std::pair<const char*, const char*> rows[] = {
      {"[[stage]\n", "sales.toml, line 1: "},
      {"\nstages = 1\n", "sales.toml, line 2: \"stages\" means nothing here"},
      {"stage = 1\n", "stage must be written as [[stage]]"},
      {"stage = [1]\n", "write [[stage]]"},
      {"[[stage]]\nprobability = 10\n", "sales.toml, line 2: probability must be a text"},
      {"[[stage]]\nid = \"a\"\n", "not \"\""},
      {"[[stage]]\nprobability = \"ten\"\n", "like \"60%\""},
      {"[[stage]]\nprobability = \"1%\"\nchance = 1\n", "sales.toml, line 3: \"chance\""},
      {"[[stage]]\nprobability = \"1%\"\nmandatory = [1]\n", "mandatory must be a list of texts"},
      {"[[mapping]]\nform = \"a\"\n", "\"form\" means nothing here; known are from, to"},
  };
  for (const auto& [text, message] : rows) {
    const auto version = ParseProcessFile(text, "sales.toml");
    ASSERT_FALSE(version.ok()) << text;
    EXPECT_EQ(version.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(version.status().message()), HasSubstr(message)) << text;
  }
}

}  // namespace
}  // namespace daybook::cli
