#include "cli/import/text_encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

using ::testing::HasSubstr;

std::string Decoded(const std::string& encoding, absl::string_view bytes) {
  auto decoder = Decoder::Create(encoding);
  EXPECT_TRUE(decoder.ok()) << decoder.status();
  const auto text = decoder->Decode(bytes);
  EXPECT_TRUE(text.ok()) << text.status();
  return text.ok() ? std::string(*text) : "";
}

TEST(TextEncodingTest, OldCodePagesBecomeUtf8) {
  EXPECT_EQ(Decoded("latin1", "K\xF6niglich"), "Königlich");
  EXPECT_EQ(Decoded("windows-1252", "\x80 5"), "€ 5");
  EXPECT_EQ(Decoded("cp437", "fran\x87ois0"), "françois0");
  EXPECT_EQ(Decoded("cp850", "jos\x82"), "josé");
  EXPECT_EQ(Decoded("utf-8", "Côte de Blaye"), "Côte de Blaye");
}

TEST(TextEncodingTest, ByteThatFitsNotIsNamed) {
  auto decoder = Decoder::Create("utf-8");
  ASSERT_TRUE(decoder.ok());
  EXPECT_THAT(decoder->Decode("fran\x87ois").status().message(),
              HasSubstr("byte 0x87 at place 5 is not UTF-8"));
}

TEST(TextEncodingTest, Utf8IsCheckedStrictly) {
  EXPECT_TRUE(IsUtf8("plain, é, €, 😀"));
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_FALSE(IsUtf8("\xC0\xAF"));          // overlong
  EXPECT_FALSE(IsUtf8("\xE0\x80\x80"));      // overlong
  EXPECT_FALSE(IsUtf8("\xED\xA0\x80"));      // surrogate
  EXPECT_FALSE(IsUtf8("\xF4\x90\x80\x80"));  // beyond U+10FFFF
  EXPECT_FALSE(IsUtf8("\xE2\x82"));          // cut
  EXPECT_FALSE(IsUtf8("\xF8\x88\x80\x80\x80"));
}

TEST(TextEncodingTest, UnknownAndWideEncodingsAreRefused) {
  EXPECT_THAT(Decoder::Create("klingon").status().message(), HasSubstr("klingon"));
  EXPECT_THAT(Decoder::Create("utf-16").status().message(), HasSubstr("convert"));
}

}  // namespace
}  // namespace daybook::cli
