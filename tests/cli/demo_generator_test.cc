#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "cli/demo/generator.h"
#include "domain/base/time.h"
#include "domain/fields/shape.h"

namespace daybook::cli {
namespace {

DemoSetting Setting(uint64_t seed) {
  DemoSetting setting;
  setting.seed = seed;
  setting.today = absl::CivilDay(2026, 11, 22);
  setting.zone = absl::UTCTimeZone();
  setting.currency = "USD";
  for (const auto& [kind, code] : kDemoReasons) {
    setting.reasons[absl::StrCat(kind, "/", code)] = "01890000-0000-7000-8000-000000000001";
  }
  return setting;
}

std::string Bytes(const std::vector<DemoCommand>& commands) {
  std::string out;
  for (const auto& command : commands) absl::StrAppend(&out, command.request->SerializeAsString());
  return out;
}

TEST(DemoGeneratorTest, SameSeedGivesTheSameCommandsAndAnotherSeedOthers) {
  EXPECT_EQ(Bytes(GenerateDemo(Setting(1))), Bytes(GenerateDemo(Setting(1))));
  EXPECT_NE(Bytes(GenerateDemo(Setting(1))), Bytes(GenerateDemo(Setting(2))));
}

TEST(DemoGeneratorTest, CommandsAreWellShapedInOrderAndEndYesterday) {
  const auto commands = GenerateDemo(Setting(1));
  const absl::Time end = StartOfDay(absl::CivilDay(2026, 11, 22), absl::UTCTimeZone());
  for (size_t i = 0; i < commands.size(); ++i) {
    ASSERT_TRUE(domain::CheckShape(*commands[i].request).ok())
        << domain::CheckShape(*commands[i].request);
    ASSERT_LT(commands[i].time, end);
    if (i > 0) ASSERT_GE(commands[i].time, commands[i - 1].time);
  }
  EXPECT_GE(commands.front().time, StartOfDay(absl::CivilDay(2025, 5, 22), absl::UTCTimeZone()));
}

TEST(DemoGeneratorTest, EveryKindOfEndIsThere) {
  std::map<std::string, int> counts;
  for (const auto& command : GenerateDemo(Setting(1))) {
    ++counts[std::string(command.request->GetDescriptor()->name())];
  }
  EXPECT_EQ(counts["CreateUserRequest"], kDemoUsers);
  EXPECT_EQ(counts["CreateUnitRequest"], kDemoRegions * 3);
  EXPECT_EQ(counts["CreateAccountRequest"], kDemoAccounts);
  EXPECT_EQ(counts["CreateOpportunityRequest"], kDemoDeals);
  EXPECT_EQ(counts["CreateProductRequest"], kDemoProducts);
  for (const char* type :
       {"ChangeOpportunityStageRequest", "WinOpportunityRequest", "PartiallyWinOpportunityRequest",
        "LoseOpportunityRequest", "AbandonOpportunityRequest", "ReopenOpportunityRequest",
        "SetOpportunityValueRequest", "AssignOpportunityRequest", "LogActivityRequest",
        "ScheduleActivityRequest"}) {
    EXPECT_GT(counts[type], 20) << type;
  }
}

}  // namespace
}  // namespace daybook::cli
