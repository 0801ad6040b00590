#include "cli/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/terminal.h"
#include "domain/base/error.h"

namespace daybook::cli {
namespace {

using ::testing::HasSubstr;

TEST(TableTest, ColumnsAreAlignedByWhatIsSeen) {
  Table table({{"Name"}, {"Deals", Align::kRight}});
  table.Add({"Jürgen", "1,234"});
  table.Add({"Ann", "5"});
  EXPECT_EQ(table.Render(false, 0),
            "Name    Deals\n"
            "------  -----\n"
            "Jürgen  1,234\n"
            "Ann         5\n");
}

TEST(TableTest, WideColumnsAreCutToTheTerminal) {
  Table table({{"A"}, {"B"}});
  table.Add({std::string(50, 'x'), "yes"});
  const std::string text = table.Render(false, 20);
  EXPECT_THAT(text, HasSubstr("xxxxxxxxxxxxxx…  yes\n"));
}

TEST(TableTest, StoredValuesCannotSteerTheTerminal) {
  Table table({{"A"}});
  table.Add(
      {"a\x1b[31mred\x07\xC2\x9B"
       "2J"});
  const std::string text = table.Render(false, 0);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\x07'), std::string::npos);
  EXPECT_EQ(text.find("\xC2\x9B"), std::string::npos);
}

TEST(TableTest, CsvIsQuotedWhereItMustBe) {
  Table table({{"a"}, {"b"}});
  table.Add({"x,y", "say \"hi\""});
  EXPECT_EQ(table.RenderCsv(), "a,b\n\"x,y\",\"say \"\"hi\"\"\"\n");
}

TEST(TerminalTest, NumbersAreGrouped) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(-1234567), "-1,234,567");
}

TEST(TerminalTest, ASumThatDoesNotFitIsTooLarge) {
  type::v1::MoneySum sum;
  EXPECT_EQ(HumanMoney(sum), "");
  EXPECT_EQ(PlainMoney(sum), "");
  sum.set_currency("USD");
  sum.set_minor(123456789);
  EXPECT_EQ(HumanMoney(sum), "1,234,567.89 USD");
  EXPECT_EQ(PlainMoney(sum), "1234567.89 USD");
  EXPECT_EQ(PlainAmount(sum), "1234567.89");
  sum.set_minor(INT64_MAX);
  sum.set_overflow(true);
  EXPECT_EQ(HumanMoney(sum), "too large, USD");
  EXPECT_EQ(PlainMoney(sum), "too large USD");
  EXPECT_EQ(PlainAmount(sum), "too large");
}

TEST(TerminalTest, AmountsAreGrouped) {
  type::v1::Money money;
  EXPECT_EQ(HumanMoney(money), "");
  money.set_currency("USD");
  money.set_minor(123456789);
  EXPECT_EQ(HumanMoney(money), "1,234,567.89 USD");
  money.set_minor(-99999);
  EXPECT_EQ(HumanMoney(money), "-999.99 USD");
  money.set_currency("JPY");
  money.set_minor(1000);
  EXPECT_EQ(HumanMoney(money), "1,000 JPY");
}

TEST(TerminalTest, DurationsAreShort) {
  EXPECT_EQ(HumanDuration(absl::Milliseconds(420)), "0.4 s");
  EXPECT_EQ(HumanDuration(absl::Seconds(185)), "3 min 05 s");
  EXPECT_EQ(HumanDuration(absl::Minutes(62)), "1 h 02 min");
  EXPECT_EQ(HumanDuration(absl::Hours(50)), "2 d 02 h");
}

TEST(ExitCodeTest, EveryKindOfFailureHasItsCode) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), kExitOk);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("bad option")), kExitUsage);
  EXPECT_EQ(ExitCodeOf(Reject(rpc::v1::REASON_NOT_FOUND, "none")), kExitRefused);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("gone")), kExitUnavailable);
  EXPECT_EQ(ExitCodeOf(absl::DeadlineExceededError("late")), kExitUnavailable);
  EXPECT_EQ(ExitCodeOf(absl::DataLossError("damaged")), kExitDamaged);
  absl::Status refused = absl::InvalidArgumentError("refused by the server");
  MarkFromServer(&refused);
  EXPECT_EQ(ExitCodeOf(refused), kExitRefused);
}

}  // namespace
}  // namespace daybook::cli
