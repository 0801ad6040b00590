// Keys, sums and digests: the bytes that views are made of.

#include "projections/key.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "absl/strings/escaping.h"
#include "projections/digest.h"
#include "projections/projection.h"

namespace daybook::projections {
namespace {

using Parts = std::tuple<std::string, uint32_t, int, std::string>;

std::string Encode(const Parts& parts) {
  const auto& [text, number, day, last] = parts;
  std::optional<absl::CivilDay> date;
  if (day != 0) date = absl::CivilDay(1970, 1, 1) + day;
  return Key().Text(text).U32(number).Day(date).Text(last).Take();
}

// Few values, so that components are often equal.
rc::Gen<Parts> AnyParts() {
  const auto text =
      rc::gen::container<std::string>(rc::gen::element('\x00', '\x01', 'a', 'b', '\xff'));
  return rc::gen::tuple(text, rc::gen::element<uint32_t>(0, 1, 255, 256, 0xffffffff),
                        rc::gen::element(0, 1, 2, 20000), text);
}

RC_GTEST_PROP(KeyTest, KeysSortAsTheirComponents, ()) {
  const Parts a = *AnyParts();
  const Parts b = *AnyParts();
  const auto bytes_less = [](const Parts& x, const Parts& y) {
    const absl::string_view first = std::get<0>(x), second = std::get<0>(y);
    if (first != second) return first < second;
    return std::make_tuple(std::get<1>(x), std::get<2>(x), absl::string_view(std::get<3>(x))) <
           std::make_tuple(std::get<1>(y), std::get<2>(y), absl::string_view(std::get<3>(y)));
  };
  RC_ASSERT((absl::string_view(Encode(a)) < absl::string_view(Encode(b))) == bytes_less(a, b));
}

RC_GTEST_PROP(KeyTest, KeysReadBack, ()) {
  const Parts parts = *AnyParts();
  const std::string key = Encode(parts);
  KeyReader reader(key);
  std::string text, last;
  uint32_t number = 0;
  std::optional<absl::CivilDay> day;
  RC_ASSERT(reader.Text(&text) && reader.U32(&number) && reader.Day(&day) && reader.Text(&last));
  RC_ASSERT(reader.done());
  RC_ASSERT(text == std::get<0>(parts));
  RC_ASSERT(number == std::get<1>(parts));
  RC_ASSERT(day.has_value() == (std::get<2>(parts) != 0));
  RC_ASSERT(last == std::get<3>(parts));
  // and every cut is noticed
  const size_t cut = *rc::gen::inRange<size_t>(0, key.size());
  KeyReader shorter(absl::string_view(key).substr(0, cut));
  RC_ASSERT(
      !(shorter.Text(&text) && shorter.U32(&number) && shorter.Day(&day) && shorter.Text(&last)));
}

TEST(KeyTest, BytesStayAsTheyAre) {
  EXPECT_EQ(absl::BytesToHexString(Key()
                                       .U8(2)
                                       .U16(0x0102)
                                       .Id("00000000-0000-7000-8000-0000000000ff")
                                       .Day(absl::CivilDay(1970, 1, 2))
                                       .Day(std::nullopt)
                                       .Text(absl::string_view("a\0b", 3))
                                       .Take()),
            "02"
            "0102"
            "000000000000700080000000000000ff"
            "80000001"
            "00000000"
            "6100ff620001");
  EXPECT_EQ(PrefixEnd("a\xff"), "b");
  EXPECT_EQ(PrefixEnd("\xff\xff"), "");
}

rc::Gen<absl::int128> AnyAmount() {
  return rc::gen::map(rc::gen::tuple(rc::gen::arbitrary<int64_t>(), rc::gen::arbitrary<uint64_t>()),
                      [](const std::tuple<int64_t, uint64_t>& t) {
                        return absl::MakeInt128(std::get<0>(t) / 4, std::get<1>(t));
                      });
}

RC_GTEST_PROP(MeasuresTest, SumsReadBackAndDifferencesCancel, ()) {
  Measures a, b;
  for (int i = *rc::gen::inRange(0, 6); i > 0; --i) {
    const uint8_t measure = *rc::gen::inRange<uint8_t>(1, 5);
    const std::string currency = *rc::gen::element<std::string>("", "EUR", "USD");
    a.Add(measure, currency, *AnyAmount());
    b.Add(measure, currency, *rc::gen::arbitrary<int32_t>());
  }
  const auto decoded = Measures::Decode(a.Encode());
  RC_ASSERT(decoded.ok());
  RC_ASSERT(decoded->Encode() == a.Encode());
  Measures both = a;
  both.Add(b, 1);
  both.Add(a, -1);
  RC_ASSERT(both.Encode() == b.Encode());
  both.Add(b, -1);
  RC_ASSERT(both.empty());
}

TEST(MeasuresTest, DamagedBytesAreRefused) {
  Measures sums;
  sums.Add(1, "EUR", 1234567);
  const std::string bytes = sums.Encode();
  for (size_t cut = 1; cut < bytes.size(); ++cut) {
    EXPECT_FALSE(Measures::Decode(bytes.substr(0, cut)).ok()) << cut;
  }
}

RC_GTEST_PROP(DigestTest, SumsDoNotDependOnTheOrderAndSubtractionUndoes, ()) {
  const auto rows =
      *rc::gen::container<std::vector<std::string>>(rc::gen::arbitrary<std::string>());
  RowSum forwards, backwards;
  for (const std::string& row : rows) forwards.Add(HashRow("view", row, {"value", 3}));
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    backwards.Add(HashRow("view", *row, {"value", 3}));
  }
  RC_ASSERT(forwards == backwards);
  RC_ASSERT(RowSum::FromBytes(forwards.bytes()) == forwards);
  for (const std::string& row : rows) forwards.Subtract(HashRow("view", row, {"value", 3}));
  RC_ASSERT(forwards == RowSum());
}

TEST(DigestTest, EveryPartOfARowCounts) {
  const auto sum = [](const RowHash& hash, uint64_t position) {
    RowSum s;
    s.AddWeighted(hash, position);
    return absl::BytesToHexString(
        absl::string_view(reinterpret_cast<const char*>(s.bytes().data()), 32));
  };
  const std::string one = sum(HashRow("v", "key", {"value", 5}), 7);
  EXPECT_NE(one, sum(HashRow("w", "key", {"value", 5}), 7));
  EXPECT_NE(one, sum(HashRow("v", "keyv", {"alue", 5}), 7));
  EXPECT_NE(one, sum(HashRow("v", "key", {"valuf", 5}), 7));
  EXPECT_NE(one, sum(HashRow("v", "key", {"value", 5}), 8));
  EXPECT_NE(one, sum(HashRow("v", "key", {"value", 6}), 7));
  // A long value takes another way through the hash than a short one.
  const std::string text(1000, 'x');
  EXPECT_NE(sum(HashRow("v", "key", {text, 5}), 1), sum(HashRow("v", "key", {text + "x", 5}), 1));
}

}  // namespace
}  // namespace daybook::projections
