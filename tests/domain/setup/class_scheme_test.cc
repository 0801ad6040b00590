#include "domain/setup/class_scheme.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::setup::v1;

constexpr char kTwo[] =
    "classes { id: 'a' label: 'A' min_annual_revenue { minor: 1000 currency: 'EUR' } } "
    "classes { id: 'b' label: 'B' }";

std::string Defined() {
  return absl::StrCat("defined { class_scheme { id: '", Id(1),
                      "' name: 'Worth' version: 1 versions { number: 1 ", kTwo, " } } }");
}

TEST(ClassSchemeTest, F019ARevisionIsANewVersionAndTheOldOneStays) {
  Scenario("class_scheme")
      .When<pb::DefineClassSchemeRequest>(absl::StrCat("name: 'Worth' ", kTwo))
      .Then({Defined()})
      .ThenClaims({"class_scheme-name=worth"})
      .When<pb::ReviseClassSchemeRequest>(kTwo)
      .ThenNothing()
      .When<pb::ReviseClassSchemeRequest>("classes { id: 'c' label: 'C' }")
      .Then({"revised { version { number: 2 classes { id: 'c' label: 'C' } } }"})
      .ThenRecord(absl::StrCat("id: '", Id(1), "' name: 'Worth' version: 2 versions { number: 1 ",
                               kTwo, " } versions { number: 2 classes { id: 'c' label: 'C' } }"));
}

TEST(ClassSchemeTest, RefusalsInCheckOrder) {
  Scenario("class_scheme")
      .When<pb::ReviseClassSchemeRequest>(kTwo)
      .ThenRejected(Reason::REASON_NOT_FOUND);
  ExpectRefusals<pb::DefineClassSchemeRequest>(
      [] { return Scenario("class_scheme"); },
      {{"blank name", "name: ' '", Reason::REASON_INVALID_FIELD, "name"},
       {"no classes", "name: 'X'", Reason::REASON_INVALID_FIELD, "classes"},
       {"id", "name: 'X' classes { id: 'A' label: 'A' }", Reason::REASON_INVALID_FIELD,
        "classes[0].id"},
       {"twice", "name: 'X' classes { id: 'a' label: 'A' } classes { id: 'a' label: 'B' }",
        Reason::REASON_INVALID_FIELD, "classes[1].id"},
       {"label", "name: 'X' classes { id: 'a' label: ' ' }", Reason::REASON_INVALID_FIELD,
        "classes[0].label"}});
}

TEST(ClassSchemeTest, ClassesAndVersionsAtTheirLimits) {
  const auto classes = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
      absl::StrAppend(&text, "classes { id: 'c", i, "' label: 'C' } ");
    return text;
  };
  Scenario scenario("class_scheme");
  scenario
      .When<pb::DefineClassSchemeRequest>("name: 'X' " + classes(domain::kAccountClassesMax + 1))
      .ThenRejected(Reason::REASON_LIMIT_EXCEEDED)
      .When<pb::DefineClassSchemeRequest>("name: 'X' " + classes(domain::kAccountClassesMax));
  EXPECT_TRUE(scenario.status().ok());
  for (int i = 1; i < domain::kClassSchemeVersionsMax; ++i) {
    scenario.When<pb::ReviseClassSchemeRequest>(classes(1 + i % 2));
    ASSERT_TRUE(scenario.status().ok()) << i;
  }
  scenario.When<pb::ReviseClassSchemeRequest>(classes(3))
      .ThenRejected(Reason::REASON_LIMIT_EXCEEDED);
}

TEST(ClassSchemeTest, ARevenueReachesTheFirstClassWhoseLeastItIs) {
  const auto version = Proto<pb::ClassSchemeVersion>(
      "classes { id: 'a' label: 'A' min_annual_revenue { minor: 1000 currency: 'EUR' } } "
      "classes { id: 'b' label: 'B' min_annual_revenue { minor: 0 currency: 'EUR' } } "
      "classes { id: 'c' label: 'C' }");
  const auto proposed = [&](int64_t minor, const char* currency) {
    type::v1::Money revenue;
    revenue.set_minor(minor);
    revenue.set_currency(currency);
    const auto* found = domain::ClassForRevenue(version, revenue);
    return found == nullptr ? "" : found->id();
  };
  EXPECT_EQ(proposed(1000, "EUR"), "a");
  EXPECT_EQ(proposed(999, "EUR"), "b");
  EXPECT_EQ(proposed(5000, "USD"), "");
}

}  // namespace
}  // namespace daybook::testing
