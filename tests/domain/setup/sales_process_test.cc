#include "domain/setup/sales_process.h"

#include "absl/strings/str_cat.h"
#include "daybook/setup/v1/sales_process_service.pb.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::setup::v1;

constexpr absl::string_view kTwoStages =
    "stages { id: 'prospect' label: 'Prospect' probability: 100000000 } "
    "stages { id: 'offer' label: 'Offer' probability: 600000000 mandatory_field: 'value' } ";
constexpr absl::string_view kThreeStages =
    "stages { id: 'prospect' label: 'Prospect' probability: 100000000 } "
    "stages { id: 'offer' label: 'Offer' probability: 600000000 mandatory_field: 'value' } "
    "stages { id: 'negotiation' label: 'Negotiation' probability: 800000000 } ";

std::string Defined() {
  return absl::StrCat("defined { sales_process { id: '", Id(1),
                      "' name: 'Direct' external_key: 'crm:d' draft { number: 1 ", kTwoStages,
                      " } } }");
}

std::string Stages(int count) {
  std::string text = "name: 'P' ";
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&text, "stages { id: 's", i, "' label: 'S", i, "' probability: 1 } ");
  }
  return text;
}

TEST(DefineSalesProcessTest, F061FirstVersionIsADraft) {
  Scenario("sales_process")
      .When<pb::DefineSalesProcessRequest>(
          absl::StrCat("name: 'Direct' external_key: 'crm:d' ", kTwoStages))
      .Then({Defined()})
      .ThenClaims({"sales-process-name=direct", "sales_process-external-key=crm:d"});
}

TEST(DefineSalesProcessTest, StagesAndMandatoryFieldsAtTheirLimits) {
  EXPECT_TRUE(Scenario("sales_process")
                  .When<pb::DefineSalesProcessRequest>(Stages(domain::kStagesMax))
                  .status()
                  .ok());
  Scenario("sales_process")
      .When<pb::DefineSalesProcessRequest>(Stages(domain::kStagesMax + 1))
      .ThenRejected(Reason::REASON_LIMIT_EXCEEDED,
                    {{"limit", absl::StrCat(domain::kStagesMax)}, {"value", "51"}});
  const auto with_fields = [](int count) {
    std::string text = "name: 'P' stages { id: 'a' label: 'A' probability: 1 ";
    for (int i = 0; i < count; ++i) absl::StrAppend(&text, "mandatory_field: 'value' ");
    return text + "}";
  };
  EXPECT_TRUE(Scenario("sales_process")
                  .When<pb::DefineSalesProcessRequest>(with_fields(domain::kMandatoryFieldsMax))
                  .status()
                  .ok());
  Scenario("sales_process")
      .When<pb::DefineSalesProcessRequest>(with_fields(domain::kMandatoryFieldsMax + 1))
      .ThenRejected(Reason::REASON_LIMIT_EXCEEDED);
}

TEST(ReviseSalesProcessTest, VersionsAtTheirLimit) {
  const auto with_versions = [](int count) {
    std::string text = absl::StrCat("id: '", Id(1), "' name: 'P' published_version: ", count);
    for (int i = 1; i <= count; ++i) absl::StrAppend(&text, " versions { number: ", i, " }");
    return absl::StrCat("defined { sales_process { ", text, " } }");
  };
  EXPECT_TRUE(Scenario("sales_process")
                  .Given(with_versions(domain::kProcessVersionsMax - 1))
                  .When<pb::ReviseSalesProcessRequest>(kTwoStages)
                  .status()
                  .ok());
  Scenario("sales_process")
      .Given(with_versions(domain::kProcessVersionsMax))
      .When<pb::ReviseSalesProcessRequest>(kTwoStages)
      .ThenRejected(Reason::REASON_LIMIT_EXCEEDED,
                    {{"limit", absl::StrCat(domain::kProcessVersionsMax)}});
}

TEST(ReviseSalesProcessTest, BytesOfAllVersionsAtTheirLimit) {
  const auto revise = [](int64_t padding) {
    return Scenario("sales_process")
        .Given(absl::StrCat("defined { sales_process { id: '", Id(1),
                            "' name: 'P' published_version: 1 versions { number: 1 warnings: '",
                            std::string(static_cast<size_t>(padding), 'x'), "' } } }"))
        .When<pb::ReviseSalesProcessRequest>(kTwoStages)
        .status();
  };
  constexpr auto kMax = static_cast<int64_t>(domain::kProcessBytesMax);
  // what the process has beside the padding
  const absl::Status above = revise(kMax);
  ASSERT_EQ(ReasonOf(above), Reason::REASON_LIMIT_EXCEEDED);
  const int64_t rest = std::stoll(ErrorMetadataOf(above, "value")) - kMax;
  EXPECT_TRUE(revise(kMax - rest).ok());
  const absl::Status one_more = revise(kMax - rest + 1);
  EXPECT_EQ(ReasonOf(one_more), Reason::REASON_LIMIT_EXCEEDED);
  EXPECT_EQ(ErrorMetadataOf(one_more, "limit"), absl::StrCat(kMax));
  EXPECT_EQ(ErrorMetadataOf(one_more, "value"), absl::StrCat(kMax + 1));
}

TEST(DefineSalesProcessTest, F061ProbabilityLiesStrictlyBetweenZeroAndOne) {
  const auto with_probability = [](absl::string_view probability) {
    return absl::StrCat("name: 'P' stages { id: 'a' label: 'A' probability: ", probability, " }");
  };
  for (const absl::string_view good : {"1", "999999999"}) {
    EXPECT_TRUE(Scenario("sales_process")
                    .When<pb::DefineSalesProcessRequest>(with_probability(good))
                    .status()
                    .ok());
  }
  for (const absl::string_view bad : {"0", "1000000000", "-1"}) {
    Scenario("sales_process")
        .When<pb::DefineSalesProcessRequest>(with_probability(bad))
        .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "stages[0].probability"}});
  }
}

TEST(DefineSalesProcessTest, RefusalsInCheckOrder) {
  Scenario("sales_process")
      .Given(Defined())
      .When<pb::DefineSalesProcessRequest>("")
      .ThenRejected(Reason::REASON_DUPLICATE_KEY);
  ExpectRefusals<pb::DefineSalesProcessRequest>(
      [] { return Scenario("sales_process"); },
      {
          {"blank name", "", Reason::REASON_INVALID_FIELD, "name"},
          {"no stages", "name: 'P'", Reason::REASON_INVALID_FIELD, "stages"},
          {"stage id", "name: 'P' stages { id: 'New deal' }", Reason::REASON_INVALID_FIELD,
           "stages[0].id"},
          {"stage label", "name: 'P' stages { id: 'a' }", Reason::REASON_INVALID_FIELD,
           "stages[0].label"},
          {"unknown mandatory field",
           "name: 'P' stages { id: 'a' label: 'A' probability: 1 mandatory_field: 'budget' }",
           Reason::REASON_INVALID_FIELD, "stages[0].mandatory_field"},
          {"system field",
           "name: 'P' stages { id: 'a' label: 'A' probability: 1 mandatory_field: 'meta' }",
           Reason::REASON_INVALID_FIELD, "stages[0].mandatory_field"},
          {"field of the close",
           "name: 'P' stages { id: 'a' label: 'A' probability: 1 mandatory_field: 'close_date' }",
           Reason::REASON_INVALID_FIELD, "stages[0].mandatory_field"},
          {"field of the creation",
           "name: 'P' stages { id: 'a' label: 'A' probability: 1 mandatory_field: 'external_key' }",
           Reason::REASON_INVALID_FIELD, "stages[0].mandatory_field"},
          {"two ids",
           "name: 'P' stages { id: 'a' label: 'A' probability: 1 } "
           "stages { id: 'a' label: 'B' probability: 1 }",
           Reason::REASON_INVALID_FIELD, "stages[1].id"},
          {"two labels but for case",
           "name: 'P' stages { id: 'a' label: 'Offer' probability: 1 } "
           "stages { id: 'b' label: 'OFFER' probability: 1 }",
           Reason::REASON_INVALID_FIELD, "stages[1].label"},
          {"key", "name: 'P' external_key: 'x' stages { id: 'a' label: 'A' probability: 1 }",
           Reason::REASON_INVALID_FIELD, "external_key"},
      });
}

TEST(PublishSalesProcessTest, F061NewVersionLeavesTheEarlierOneAsItWas) {
  Scenario scenario("sales_process");
  scenario.Given(Defined())
      .When<pb::PublishSalesProcessRequest>("")
      .Then({"published { version: 1 }"})
      .When<pb::PublishSalesProcessRequest>("")
      .ThenNothing()
      .When<pb::ReviseSalesProcessRequest>(kThreeStages)
      .Then({absl::StrCat("draft_revised { draft { number: 2 ", kThreeStages, " } }")})
      .When<pb::PublishSalesProcessRequest>("")
      .Then({"published { version: 2 }"})
      .ThenRecord(absl::StrCat("id: '", Id(1), "' name: 'Direct' external_key: 'crm:d' ",
                               "versions { number: 1 ", kTwoStages, " } versions { number: 2 ",
                               kThreeStages, " } published_version: 2"));
  const auto& process = scenario.As<pb::SalesProcess>();
  EXPECT_EQ(domain::StageIds(*domain::FindVersion(process, 1)), "prospect, offer");
  EXPECT_EQ(domain::FindStage(*domain::FindVersion(process, 1), "negotiation"), nullptr);
  EXPECT_NE(domain::FindStage(*domain::FindVersion(process, 2), "negotiation"), nullptr);
  EXPECT_EQ(domain::FindVersion(process, 3), nullptr);
}

TEST(ReviseSalesProcessTest, DraftIsReplacedAndRepeatsAreNothing) {
  Scenario("sales_process")
      .Given(Defined())
      .When<pb::ReviseSalesProcessRequest>(kTwoStages)
      .ThenNothing()
      .When<pb::ReviseSalesProcessRequest>(kThreeStages)
      .Then({absl::StrCat("draft_revised { draft { number: 1 ", kThreeStages, " } }")})
      .When<pb::PublishSalesProcessRequest>("")
      .Then({"published { version: 1 }"})
      .When<pb::ReviseSalesProcessRequest>(kThreeStages)
      .ThenNothing()
      .When<pb::ReviseSalesProcessRequest>("")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "stages"}});
}

TEST(ReviseSalesProcessTest, UnknownProcessIsRefused) {
  Scenario("sales_process")
      .When<pb::ReviseSalesProcessRequest>(kTwoStages)
      .ThenRejected(Reason::REASON_NOT_FOUND);
  Scenario("sales_process")
      .When<pb::PublishSalesProcessRequest>("")
      .ThenRejected(Reason::REASON_NOT_FOUND);
}

TEST(DefineSalesProcessTest, F061FallingProbabilityIsWarnedOf) {
  Scenario scenario("sales_process");
  scenario.When<pb::DefineSalesProcessRequest>(
      "name: 'P' stages { id: 'a' label: 'A' probability: 5 } "
      "stages { id: 'b' label: 'B' probability: 4 } stages { id: 'c' label: 'C' probability: 4 }");
  const auto& draft = scenario.As<pb::SalesProcess>().draft();
  ASSERT_EQ(draft.warnings_size(), 1);
  EXPECT_EQ(draft.warnings(0), "The probability of stage b is below that of a, the one before.");
  scenario.When<pb::ReviseSalesProcessRequest>(kTwoStages);
  EXPECT_EQ(draft.warnings_size(), 0);
}

// Version 1 in force has prospect and offer.
Scenario InForce() {
  Scenario scenario("sales_process");
  scenario.Given(Defined()).Given("published { version: 1 }");
  return scenario;
}

constexpr absl::string_view kWithoutOffer =
    "stages { id: 'prospect' label: 'Prospect' probability: 100000000 } "
    "stages { id: 'talks' label: 'Talks' probability: 600000000 } ";

TEST(PublishSalesProcessTest, F061StageThatGoesIsMapped) {
  const std::string mapping = "mapping { from: 'offer' to: 'talks' }";
  InForce()
      .When<pb::ReviseSalesProcessRequest>(kWithoutOffer)
      .When<pb::PublishSalesProcessRequest>("")
      .ThenRejected(Reason::REASON_MISSING_REQUIRED_FOR_STATE,
                    {{"field", "mapping"}, {"state", "offer"}})
      .When<pb::ReviseSalesProcessRequest>(absl::StrCat(kWithoutOffer, mapping))
      .Then({absl::StrCat("draft_revised { draft { number: 2 ", kWithoutOffer, mapping, " } }")})
      .When<pb::ReviseSalesProcessRequest>(absl::StrCat(kWithoutOffer, mapping))
      .ThenNothing()
      .When<pb::PublishSalesProcessRequest>("")
      .Then({"published { version: 2 }"})
      .When<pb::ReviseSalesProcessRequest>(kWithoutOffer)
      .ThenNothing();
}

TEST(ReviseSalesProcessTest, F061MappingLeadsFromAStageThatWasToOneThatWillBe) {
  ExpectRefusals<pb::ReviseSalesProcessRequest>(
      InForce, {
                   {"from nowhere", absl::StrCat(kWithoutOffer, "mapping { from: 'x' to: 'y' }"),
                    Reason::REASON_INVALID_FIELD, "mapping[0].from"},
                   {"to nowhere", absl::StrCat(kWithoutOffer, "mapping { from: 'offer' to: 'y' }"),
                    Reason::REASON_INVALID_FIELD, "mapping[0].to"},
                   {"twice",
                    absl::StrCat(kWithoutOffer, "mapping { from: 'offer' to: 'talks' } ",
                                 "mapping { from: 'offer' to: 'prospect' }"),
                    Reason::REASON_INVALID_FIELD, "mapping[1].from"},
               });
}

std::string Weights(absl::string_view labels) { return absl::StrCat("field: 'weight' ", labels); }

TEST(SetFixedLabelsTest, F072LabelsThatAreLeftOutAreRetired) {
  InForce()
      .When<pb::SetFixedLabelsRequest>(Weights("labels: '10' labels: ' 50 ' labels: '70'"))
      .Then({"fixed_labels_set { fixed_labels { field: 'weight' version: 1 labels { label: '10' } "
             "labels { label: '50' } labels { label: '70' } } }"})
      .When<pb::SetFixedLabelsRequest>(Weights("labels: '10' labels: '50' labels: '70'"))
      .ThenNothing()
      .When<pb::SetFixedLabelsRequest>(Weights("labels: '90' labels: '10'"))
      .Then({"fixed_labels_set { fixed_labels { field: 'weight' version: 2 labels { label: '90' } "
             "labels { label: '10' } labels { label: '50' retired: true } "
             "labels { label: '70' retired: true } } }"})
      .When<pb::RetireLabelRequest>(Weights("label: '10'"))
      .Then({"label_retired { field: 'weight' label: '10' version: 3 }"})
      .When<pb::RetireLabelRequest>(Weights("label: '10'"))
      .ThenNothing()
      .When<pb::RetireLabelRequest>(Weights("label: '90'"))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "label"}})
      .When<pb::RetireLabelRequest>(Weights("label: '11'"))
      .ThenRejected(Reason::REASON_NOT_FOUND)
      .When<pb::SetFixedLabelsRequest>(Weights("labels: '50'"))
      .Then({"fixed_labels_set { fixed_labels { field: 'weight' version: 4 labels { label: '50' } "
             "labels { label: '90' retired: true } labels { label: '10' retired: true } "
             "labels { label: '70' retired: true } } }"})
      .When<pb::SetFixedLabelsRequest>(Weights(""))
      .Then({"fixed_labels_set { fixed_labels { field: 'weight' version: 5 "
             "labels { label: '50' retired: true } labels { label: '90' retired: true } "
             "labels { label: '10' retired: true } labels { label: '70' retired: true } } }"});
}

TEST(SetFixedLabelsTest, F072FreeTextAgainLetsEverythingPass) {
  const auto process = Proto<pb::SalesProcess>(
      "fixed_labels { field: 'weight' labels { label: '10' retired: true } }");
  EXPECT_TRUE(
      domain::CheckFixedLabels(process, Proto<sales::v1::Opportunity>("weight: '55'")).ok());
}

TEST(SetFixedLabelsTest, RefusalsInCheckOrder) {
  Scenario("sales_process")
      .When<pb::SetFixedLabelsRequest>("")
      .ThenRejected(Reason::REASON_NOT_FOUND);
  Scenario("sales_process").When<pb::RetireLabelRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  ExpectRefusals<pb::SetFixedLabelsRequest>(
      InForce, {
                   {"a reference", "field: 'owner_id'", Reason::REASON_INVALID_FIELD, "field"},
                   {"many lines", "field: 'note'", Reason::REASON_INVALID_FIELD, "field"},
                   {"an amount", "field: 'value'", Reason::REASON_INVALID_FIELD, "field"},
                   {"no field", "field: 'x'", Reason::REASON_INVALID_FIELD, "field"},
                   {"blank", Weights("labels: ' '"), Reason::REASON_INVALID_FIELD, "labels[0]"},
                   {"twice but for case", Weights("labels: 'A' labels: 'a'"),
                    Reason::REASON_INVALID_FIELD, "labels[1]"},
               });
}

TEST(SetFixedLabelsTest, LabelsAtTheirLimitWithRetiredOnes) {
  const auto labels = [](int from, int until) {
    std::string text = "field: 'subject' ";
    for (int i = from; i < until; ++i) absl::StrAppend(&text, "labels: '", i, "' ");
    return text;
  };
  Scenario scenario = InForce();
  scenario.When<pb::SetFixedLabelsRequest>(labels(0, domain::kFixedLabelsMax));
  ASSERT_TRUE(scenario.status().ok()) << scenario.status();
  scenario
      .When<pb::SetFixedLabelsRequest>(labels(domain::kFixedLabelsMax, domain::kFixedLabelsMax + 1))
      .ThenRejected(Reason::REASON_LIMIT_EXCEEDED,
                    {{"limit", absl::StrCat(domain::kFixedLabelsMax)}});
}

TEST(CheckMandatoryTest, EveryKindOfFieldCountsAsSetOnlyWithAValue) {
  const auto deal = Proto<sales::v1::Opportunity>(
      "subject: 's' value { currency: 'EUR' } probability_override: 0 job_requests {}");
  for (const absl::string_view set : {"subject", "value", "probability_override", "job_requests"}) {
    EXPECT_TRUE(domain::IsSet(deal, set)) << set;
  }
  for (const absl::string_view unset :
       {"note", "gross_profit", "expected_close_date", "nonsense"}) {
    EXPECT_FALSE(domain::IsSet(deal, unset)) << unset;
  }
}

}  // namespace
}  // namespace daybook::testing
