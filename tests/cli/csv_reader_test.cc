#include "cli/import/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/cli/scratch.h"

namespace daybook::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Texts(const CsvRow& row) {
  std::vector<std::string> out;
  for (const auto field : row.fields) out.emplace_back(field);
  return out;
}

// All rows as texts; a bad row is {"!", error}.
std::vector<std::vector<std::string>> ReadAll(const std::string& bytes, CsvFormat format = {}) {
  const Scratch scratch;
  auto reader = CsvReader::Open(scratch.Write("file.csv", bytes), format);
  EXPECT_TRUE(reader.ok()) << reader.status();
  std::vector<std::vector<std::string>> rows;
  CsvRow row;
  std::string error;
  while (true) {
    const auto outcome = reader->Next(&row, &error);
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    if (!outcome.ok() || *outcome == CsvReader::Outcome::kEnd) return rows;
    if (*outcome == CsvReader::Outcome::kBadRow) {
      rows.push_back({"!", error});
    } else {
      rows.push_back(Texts(row));
    }
  }
}

TEST(CsvReaderTest, EveryLineEndIsUnderstood) {
  for (const char* end : {"\n", "\r\n", "\r"}) {
    EXPECT_THAT(ReadAll(absl::StrCat("a,b", end, "1,2", end, end, "3,", end)),
                ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2"), ElementsAre("3", "")));
  }
}

TEST(CsvReaderTest, LastRowNeedsNoLineEndAndTheByteOrderMarkIsNoText) {
  EXPECT_THAT(ReadAll("\xEF\xBB\xBF"
                      "a\nb"),
              ElementsAre(ElementsAre("a"), ElementsAre("b")));
}

TEST(CsvReaderTest, QuotesHoldDelimitersLineEndsAndQuotes) {
  EXPECT_THAT(ReadAll("\"a,b\",\"say \"\"hi\"\"\"\n\"two\nlines\",\"\"\n"),
              ElementsAre(ElementsAre("a,b", "say \"hi\""), ElementsAre("two\nlines", "")));
}

TEST(CsvReaderTest, QuoteInsideAFieldIsAnOrdinaryCharacter) {
  EXPECT_THAT(ReadAll("5\" pipe,x\nnext,y\n"),
              ElementsAre(ElementsAre("5\" pipe", "x"), ElementsAre("next", "y")));
}

TEST(CsvReaderTest, WithoutQuotingEveryQuoteIsAnOrdinaryCharacter) {
  CsvFormat format;
  format.quote = '\0';
  format.delimiter = ';';
  EXPECT_THAT(ReadAll("\"a;b\"\n", format), ElementsAre(ElementsAre("\"a", "b\"")));
}

TEST(CsvReaderTest, TextBehindAClosingQuoteSpoilsOneRowOnly) {
  EXPECT_THAT(ReadAll("\"a\"b,c\nd,e\n"),
              ElementsAre(ElementsAre("!", HasSubstr("field 1")), ElementsAre("d", "e")));
}

TEST(CsvReaderTest, QuoteThatIsNeverClosedIsAnError) {
  EXPECT_THAT(ReadAll("a,b\n\"open,c\nd\n"),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("!", HasSubstr("never closed"))));
}

TEST(CsvReaderTest, RowsCanBeReadAgainByTheirOffset) {
  // Given a file that is larger than the reader's buffer
  std::string bytes = "key,text\n";
  for (int i = 0; i < 20'000; ++i) absl::StrAppend(&bytes, i, ",\"text, ", i, "\"\r\n");
  const Scratch scratch;
  auto reader = CsvReader::Open(scratch.Write("file.csv", bytes), {});
  ASSERT_TRUE(reader.ok());
  // When rows are read in order, and again by offset
  CsvRow row;
  CsvRow again;
  std::string error;
  uint64_t rows = 0;
  while (*reader->Next(&row, &error) == CsvReader::Outcome::kRow) {
    ASSERT_TRUE(reader->ReadAt(row.offset, row.length, &again).ok());
    // Then they are the same, and numbered from 1
    ASSERT_EQ(Texts(again), Texts(row));
    ASSERT_EQ(row.number, ++rows);
  }
  EXPECT_EQ(rows, 20'001u);
}

TEST(CsvReaderTest, RowOfTheLimitIsReadAndALongerOneIsRefused) {
  const Scratch scratch;
  CsvRow row;
  std::string error;
  auto fits =
      CsvReader::Open(scratch.Write("fits.csv", std::string(kCsvRowBytesMax, 'x') + "\ny\n"), {});
  ASSERT_TRUE(fits.ok());
  EXPECT_EQ(*fits->Next(&row, &error), CsvReader::Outcome::kRow);
  EXPECT_EQ(row.length, kCsvRowBytesMax);
  auto longer = CsvReader::Open(
      scratch.Write("longer.csv", std::string(kCsvRowBytesMax + 1, 'x') + "\ny\n"), {});
  ASSERT_TRUE(longer.ok());
  EXPECT_THAT(longer->Next(&row, &error).status().message(), HasSubstr("row 1"));
}

TEST(CsvReaderTest, FieldsUpToTheLimit) {
  EXPECT_EQ(ReadAll(std::string(kCsvFieldsMax - 1, ',')).front().size(), kCsvFieldsMax);
  EXPECT_THAT(ReadAll(std::string(kCsvFieldsMax, ',')).front(),
              ElementsAre("!", HasSubstr("more than 2000")));
}

TEST(CsvReaderTest, MissingFileAndFolderAreNotFound) {
  const Scratch scratch;
  EXPECT_EQ(CsvReader::Open(scratch.path() + "/none.csv", {}).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(CsvReader::Open(scratch.path(), {}).status().code(), absl::StatusCode::kNotFound);
}

TEST(CsvReaderTest, FileThatGrewIsNoticed) {
  const Scratch scratch;
  auto reader = CsvReader::Open(scratch.Write("file.csv", "a\n"), {});
  ASSERT_TRUE(reader.ok());
  EXPECT_FALSE(reader->Changed());
  scratch.Write("file.csv", "a\nb\n");
  EXPECT_TRUE(reader->Changed());
}

}  // namespace
}  // namespace daybook::cli
