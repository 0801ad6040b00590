#include "domain/setup/field_catalog.h"

#include "absl/strings/str_cat.h"
#include "domain/fields/custom.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::setup::v1;

Scenario Catalog(absl::string_view record_type) {
  Scenario scenario("field_catalog");
  scenario.Target(domain::FieldCatalogId(record_type));
  return scenario;
}

std::string Define(absl::string_view record_type, absl::string_view definition) {
  return absl::StrCat("record_type: '", record_type, "' definition { ", definition, " }");
}

std::string Defined(absl::string_view record_type, absl::string_view definition) {
  return absl::StrCat("field_defined { id: '", domain::FieldCatalogId(record_type),
                      "' record_type: '", record_type, "' definition { ", definition,
                      " version: 1 } }");
}

constexpr char kRegion[] =
    "name: 'region' label: 'Region' kind: CUSTOM_FIELD_KIND_CHOICE "
    "choices { code: 'north' label: 'North' } choices { code: 'south' }";

TEST(FieldCatalogTest, E21NamesAreGivenOnceAndNeverAgain) {
  Catalog("account")
      .When<pb::DefineFieldRequest>(Define("account", kRegion))
      .Then({Defined("account", kRegion)})
      .ThenClaims({})
      .When<pb::RetireFieldRequest>("record_type: 'account' name: 'region'")
      .Then({"field_retired { name: 'region' }"})
      .When<pb::RetireFieldRequest>("record_type: 'account' name: 'region'")
      .ThenNothing()
      .When<pb::DefineFieldRequest>(
          Define("account", "name: 'region' kind: CUSTOM_FIELD_KIND_TEXT"))
      .ThenRejected(Reason::REASON_DUPLICATE_KEY, {{"field", "definition.name"}})
      .When<pb::ReactivateFieldRequest>("record_type: 'account' name: 'region'")
      .Then({"field_reactivated { name: 'region' }"})
      .When<pb::ReactivateFieldRequest>("record_type: 'account' name: 'region'")
      .ThenNothing()
      .ThenRecord(absl::StrCat("id: '", domain::FieldCatalogId("account"),
                               "' record_type: 'account' fields { ", kRegion, " version: 3 }"));
}

TEST(FieldCatalogTest, E21RevisionsAreVersionsAndKeepWhatRecordsMayHold) {
  Catalog("account")
      .Given(Defined("account", kRegion))
      .When<pb::ReviseFieldRequest>(Define("account", "name: 'region' label: 'Region'") +
                                    "update_mask { paths: 'label' }")
      .ThenNothing()
      .When<pb::ReviseFieldRequest>(
          Define("account",
                 "name: 'region' choices { code: 'south' retired: true } choices { code: 'north' "
                 "label: 'North' } choices { code: 'east' }") +
          "update_mask { paths: 'choices' }")
      .Then({absl::StrCat("field_revised { before { ", kRegion,
                          " version: 1 } after { name: 'region' label: 'Region' kind: "
                          "CUSTOM_FIELD_KIND_CHOICE choices { code: 'south' retired: true } "
                          "choices { code: 'north' label: 'North' } choices { code: 'east' } "
                          "version: 2 } }")});
  ExpectRefusals<pb::ReviseFieldRequest>(
      [] {
        Scenario scenario = Catalog("account");
        scenario.Given(Defined("account", kRegion));
        return scenario;
      },
      {{"unknown", Define("account", "name: 'zone'") + "update_mask { paths: 'label' }",
        Reason::REASON_NOT_FOUND, ""},
       {"no mask", Define("account", "name: 'region'"), Reason::REASON_INVALID_FIELD,
        "update_mask"},
       {"kind", Define("account", "name: 'region'") + "update_mask { paths: 'kind' }",
        Reason::REASON_FIELD_NOT_WRITABLE, "update_mask"},
       {"rule", Define("account", "name: 'region'") + "update_mask { paths: 'lookup_rule' }",
        Reason::REASON_FIELD_NOT_WRITABLE, "update_mask"},
       {"choice left out",
        Define("account", "name: 'region' choices { code: 'north' }") +
            "update_mask { paths: 'choices' }",
        Reason::REASON_INVALID_FIELD, "definition.choices"},
       {"bytes of a choice",
        Define("account", "name: 'region' max_bytes: 5") + "update_mask { paths: 'max_bytes' }",
        Reason::REASON_INVALID_FIELD, "definition.max_bytes"}});
}

TEST(FieldCatalogTest, TextsOfPartsAtTheirLimit) {
  const auto define = [](uint32_t bytes) {
    return Catalog("opportunity_line")
        .When<pb::DefineFieldRequest>(
            Define("opportunity_line",
                   absl::StrCat("name: 'x' kind: CUSTOM_FIELD_KIND_TEXT max_bytes: ", bytes)))
        .status();
  };
  EXPECT_TRUE(define(domain::kCustomPartTextBytesMax).ok());
  EXPECT_EQ(ReasonOf(define(domain::kCustomPartTextBytesMax + 1)), Reason::REASON_INVALID_FIELD);
}

TEST(FieldCatalogTest, RefusalsInCheckOrder) {
  Catalog("account")
      .When<pb::RetireFieldRequest>("record_type: 'account' name: 'x'")
      .ThenRejected(Reason::REASON_NOT_FOUND)
      .When<pb::ReactivateFieldRequest>("record_type: 'account' name: 'x'")
      .ThenRejected(Reason::REASON_NOT_FOUND);
  const auto define = [](absl::string_view definition) { return Define("account", definition); };
  ExpectRefusals<pb::DefineFieldRequest>(
      [] { return Catalog("account"); },
      {{"type", Define("spaceship", kRegion), Reason::REASON_INVALID_FIELD, "record_type"},
       {"set-up", Define("sales_process", kRegion), Reason::REASON_INVALID_FIELD, "record_type"},
       {"other catalog", Define("contact", kRegion), Reason::REASON_INVALID_FIELD, "id"},
       {"name", define("name: 'Region' kind: CUSTOM_FIELD_KIND_TEXT"), Reason::REASON_INVALID_FIELD,
        "definition.name"},
       {"kind", define("name: 'r'"), Reason::REASON_INVALID_FIELD, "definition.kind"},
       {"reference to nothing", define("name: 'r' kind: CUSTOM_FIELD_KIND_REFERENCE"),
        Reason::REASON_INVALID_FIELD, "definition.lookup"},
       {"text that refers", define("name: 'r' kind: CUSTOM_FIELD_KIND_TEXT lookup: 'account'"),
        Reason::REASON_INVALID_FIELD, "definition.lookup"},
       {"accounts are no persons", define("name: 'r' kind: CUSTOM_FIELD_KIND_TEXT personal: true"),
        Reason::REASON_INVALID_FIELD, "definition.personal"},
       {"long", define("name: 'r' kind: CUSTOM_FIELD_KIND_TEXT max_bytes: 1001"),
        Reason::REASON_INVALID_FIELD, "definition.max_bytes"},
       {"longer", define("name: 'r' kind: CUSTOM_FIELD_KIND_NOTE max_bytes: 10001"),
        Reason::REASON_INVALID_FIELD, "definition.max_bytes"},
       {"range of texts", define("name: 'r' kind: CUSTOM_FIELD_KIND_TEXT min: 1"),
        Reason::REASON_INVALID_FIELD, "definition.min"},
       {"empty range", define("name: 'r' kind: CUSTOM_FIELD_KIND_INTEGER min: 2 max: 1"),
        Reason::REASON_INVALID_FIELD, "definition.min"},
       {"no choices", define("name: 'r' kind: CUSTOM_FIELD_KIND_CHOICE"),
        Reason::REASON_INVALID_FIELD, "definition.choices"},
       {"choices of a text", define("name: 'r' kind: CUSTOM_FIELD_KIND_TEXT choices { code: 'a' }"),
        Reason::REASON_INVALID_FIELD, "definition.choices"},
       {"code", define("name: 'r' kind: CUSTOM_FIELD_KIND_CHOICE choices { code: 'A b' }"),
        Reason::REASON_INVALID_FIELD, "definition.choices"},
       {"twice",
        define("name: 'r' kind: CUSTOM_FIELD_KIND_CHOICE choices { code: 'a' } choices { code: "
               "'a' }"),
        Reason::REASON_INVALID_FIELD, "definition.choices"}});
}

TEST(FieldCatalogTest, E21PartsOfRecordsHaveStoredFieldsOnly) {
  constexpr char kColour[] = "name: 'colour' kind: CUSTOM_FIELD_KIND_TEXT required: true";
  Catalog("opportunity_line")
      .When<pb::DefineFieldRequest>(Define("opportunity_line", kColour))
      .Then({Defined("opportunity_line", kColour)});
  ExpectRefusals<pb::DefineFieldRequest>(
      [] { return Catalog("opportunity_line"); },
      {{"computed",
        Define("opportunity_line",
               "name: 'x' lookup_rule { relation: 'product_id' field: 'name' }"),
        Reason::REASON_INVALID_FIELD, "definition"},
       {"note", Define("opportunity_line", "name: 'x' kind: CUSTOM_FIELD_KIND_NOTE"),
        Reason::REASON_INVALID_FIELD, "definition.kind"},
       {"personal",
        Define("opportunity_line", "name: 'x' kind: CUSTOM_FIELD_KIND_TEXT personal: true"),
        Reason::REASON_INVALID_FIELD, "definition.personal"},
       {"unique", Define("opportunity_line", "name: 'x' kind: CUSTOM_FIELD_KIND_TEXT unique: true"),
        Reason::REASON_INVALID_FIELD, "definition.unique"}});
}

TEST(FieldCatalogTest, E21UniqueFieldsAreTextsForEver) {
  constexpr char kVat[] = "name: 'vat' kind: CUSTOM_FIELD_KIND_TEXT unique: true";
  Catalog("account")
      .When<pb::DefineFieldRequest>(Define("account", kVat))
      .Then({Defined("account", kVat)})
      .When<pb::ReviseFieldRequest>(Define("account", "name: 'vat'") +
                                    "update_mask { paths: 'unique' }")
      .ThenRejected(Reason::REASON_FIELD_NOT_WRITABLE, {{"field", "update_mask"}});
  ExpectRefusals<pb::DefineFieldRequest>(
      [] { return Catalog("contact"); },
      {{"number", Define("contact", "name: 'x' kind: CUSTOM_FIELD_KIND_INTEGER unique: true"),
        Reason::REASON_INVALID_FIELD, "definition.unique"},
       {"personal",
        Define("contact", "name: 'x' kind: CUSTOM_FIELD_KIND_TEXT personal: true unique: true"),
        Reason::REASON_INVALID_FIELD, "definition.unique"},
       {"computed",
        Define("contact",
               "name: 'x' unique: true lookup_rule { relation: 'account_id' field: 'name' }"),
        Reason::REASON_INVALID_FIELD, "definition"}});
}

TEST(FieldCatalogTest, E21CoveringFieldsHaveAnIndexAndStaySo) {
  constexpr char kScore[] = "name: 'score' kind: CUSTOM_FIELD_KIND_INTEGER covering: true";
  Catalog("account")
      .When<pb::DefineFieldRequest>(Define("account", kScore))
      .Then({Defined("account", kScore)})
      .When<pb::ReviseFieldRequest>(Define("account", "name: 'score'") +
                                    "update_mask { paths: 'covering' }")
      .ThenRejected(Reason::REASON_FIELD_NOT_WRITABLE, {{"field", "update_mask"}});
  ExpectRefusals<pb::DefineFieldRequest>(
      [] { return Catalog("contact"); },
      {{"note", Define("contact", "name: 'x' kind: CUSTOM_FIELD_KIND_NOTE covering: true"),
        Reason::REASON_INVALID_FIELD, "definition.covering"},
       {"personal",
        Define("contact", "name: 'x' kind: CUSTOM_FIELD_KIND_TEXT personal: true covering: true"),
        Reason::REASON_INVALID_FIELD, "definition.covering"},
       {"computed",
        Define("contact",
               "name: 'x' covering: true lookup_rule { relation: 'account_id' field: 'name' }"),
        Reason::REASON_INVALID_FIELD, "definition"}});
  ExpectRefusals<pb::DefineFieldRequest>(
      [] { return Catalog("opportunity_line"); },
      {{"part",
        Define("opportunity_line", "name: 'x' kind: CUSTOM_FIELD_KIND_INTEGER covering: true"),
        Reason::REASON_INVALID_FIELD, "definition.covering"}});
}

TEST(FieldCatalogTest, CoveringFieldsOfATypeAtTheirLimit) {
  Scenario scenario = Catalog("account");
  const auto field = [](int i) {
    return absl::StrCat("name: 'f", i, "' kind: CUSTOM_FIELD_KIND_INTEGER covering: true");
  };
  int i = 0;
  for (; i < domain::kCoveringFieldsMax - 1; ++i) scenario.Given(Defined("account", field(i)));
  scenario.When<pb::DefineFieldRequest>(Define("account", field(i)))
      .Then({Defined("account", field(i))});
  scenario.When<pb::DefineFieldRequest>(Define("account", field(i + 1)))
      .ThenRejected(Reason::REASON_LIMIT_EXCEEDED);
}

TEST(FieldCatalogTest, FieldsOfATypeAtTheirLimit) {
  const std::pair<const char*, int> limits[] = {{"account", domain::kCustomFieldsMax},
                                                {"opportunity_line", domain::kCustomPartFieldsMax}};
  for (const auto& [type, most] : limits) {
    Scenario scenario = Catalog(type);
    for (int i = 0; i < most; ++i) {
      const std::string field = absl::StrCat("name: 'f", i, "' kind: CUSTOM_FIELD_KIND_INTEGER");
      if (i < most - 1) scenario.Given(Defined(type, field));
      if (i == most - 1) {
        scenario.When<pb::DefineFieldRequest>(Define(type, field)).Then({Defined(type, field)});
      }
    }
    scenario.When<pb::DefineFieldRequest>(Define(type, "name: 'more' kind: CUSTOM_FIELD_KIND_TEXT"))
        .ThenRejected(Reason::REASON_LIMIT_EXCEEDED);
  }
}

// ---- lookups and rollups

std::string Lookup(absl::string_view rule) {
  return Define("account", absl::StrCat("name: 'l' lookup_rule { ", rule, " }"));
}
std::string Rollup(absl::string_view rule) {
  return Define("account", absl::StrCat("name: 'r' rollup_rule { ", rule, " }"));
}

TEST(FieldRulesTest, F006F007KindsFollowFromTheRules) {
  const auto kind = [](const std::string& request) {
    Scenario scenario = Catalog("account");
    scenario.When<pb::DefineFieldRequest>(request);
    EXPECT_TRUE(scenario.status().ok()) << request << scenario.status();
    const auto& catalog = scenario.As<pb::FieldCatalog>();
    return catalog.fields_size() == 0 ? pb::CUSTOM_FIELD_KIND_UNSPECIFIED
                                      : catalog.fields(0).kind();
  };
  const std::string deals = "relation: 'opportunity.account_id' ";
  EXPECT_EQ(kind(Lookup(deals + "field: 'subject' pick: LOOKUP_PICK_LAST by: 'open_time'")),
            pb::CUSTOM_FIELD_KIND_TEXT);
  EXPECT_EQ(kind(Lookup(deals + "field: 'state' pick: LOOKUP_PICK_ONLY filter: 'state = OPEN'")),
            pb::CUSTOM_FIELD_KIND_TEXT);
  EXPECT_EQ(kind(Lookup("relation: 'parent_id' field: 'annual_revenue'")),
            pb::CUSTOM_FIELD_KIND_MONEY);
  EXPECT_EQ(kind(Lookup("relation: 'owner_id' field: 'unit_id'")), pb::CUSTOM_FIELD_KIND_REFERENCE);
  EXPECT_EQ(kind(Rollup(deals + "operation: ROLLUP_OPERATION_COUNT filter: 'state = WON'")),
            pb::CUSTOM_FIELD_KIND_INTEGER);
  EXPECT_EQ(kind(Rollup(deals + "operation: ROLLUP_OPERATION_SUM field: 'value' currency_mode: "
                                "CURRENCY_MODE_SAME")),
            pb::CUSTOM_FIELD_KIND_MONEY);
  EXPECT_EQ(kind(Rollup("relation: 'account.parent_id' operation: ROLLUP_OPERATION_AVERAGE "
                        "field: 'employees'")),
            pb::CUSTOM_FIELD_KIND_DECIMAL);
  EXPECT_EQ(kind(Rollup(deals + "operation: ROLLUP_OPERATION_MAX field: 'close_date'")),
            pb::CUSTOM_FIELD_KIND_DATE);
}

// A catalog with a rollup in it.
Scenario WithRollup() {
  Scenario scenario = Catalog("account");
  scenario.Given(Defined("account",
                         "name: 'deals' kind: CUSTOM_FIELD_KIND_INTEGER rollup_rule { "
                         "relation: 'opportunity.account_id' operation: "
                         "ROLLUP_OPERATION_COUNT }"));
  scenario.Exists("field_catalog",
                  absl::StrCat("id: '", domain::FieldCatalogId("account"),
                               "' record_type: 'account' fields { name: 'deals' kind: "
                               "CUSTOM_FIELD_KIND_INTEGER rollup_rule { relation: "
                               "'opportunity.account_id' operation: "
                               "ROLLUP_OPERATION_COUNT } } fields { name: 'owner_unit' kind: "
                               "CUSTOM_FIELD_KIND_REFERENCE lookup: 'unit' lookup_rule { "
                               "relation: 'owner_id' field: 'unit_id' } }"));
  return scenario;
}

TEST(FieldRulesTest, F006RelationsAndLookupsThatCannotBe) {
  const std::string deals = "relation: 'opportunity.account_id' ";
  const std::string sum = "operation: ROLLUP_OPERATION_SUM ";
  ExpectRefusals<pb::DefineFieldRequest>(
      &WithRollup,
      {{"no relation", Lookup("relation: 'nothing' field: 'x'"), Reason::REASON_INVALID_FIELD,
        "definition.lookup_rule.relation"},
       {"no reference", Lookup("relation: 'industry' field: 'x'"), Reason::REASON_INVALID_FIELD,
        "definition.lookup_rule.relation"},
       {"to another type", Lookup("relation: 'opportunity.owner_id' field: 'subject'"),
        Reason::REASON_INVALID_FIELD, "definition.lookup_rule.relation"},
       {"own reference", Rollup("relation: 'parent_id' " + sum + "field: 'employees'"),
        Reason::REASON_INVALID_FIELD, "definition.rollup_rule.relation"},
       {"no field", Lookup("relation: 'parent_id' field: 'x'"), Reason::REASON_INVALID_FIELD,
        "definition.lookup_rule.field"},
       {"structure", Lookup("relation: 'parent_id' field: 'responsibilities'"),
        Reason::REASON_INVALID_FIELD, "definition.lookup_rule.field"},
       {"lookup of a rollup, a cycle through the parent",
        Lookup("relation: 'parent_id' field: 'custom.deals'"), Reason::REASON_INVALID_FIELD,
        "definition.lookup_rule.field"},
       {"relation that is a lookup itself", Lookup("relation: 'custom.owner_unit' field: 'name'"),
        Reason::REASON_INVALID_FIELD, "definition.lookup_rule.relation"},
       {"pick without need",
        Lookup("relation: 'parent_id' field: 'name' pick: LOOKUP_PICK_LAST by: 'name'"),
        Reason::REASON_INVALID_FIELD, "definition.lookup_rule.pick"},
       {"no pick", Lookup(deals + "field: 'subject'"), Reason::REASON_INVALID_FIELD,
        "definition.lookup_rule.pick"},
       {"last by nothing", Lookup(deals + "field: 'subject' pick: LOOKUP_PICK_LAST"),
        Reason::REASON_INVALID_FIELD, "definition.lookup_rule.by"},
       {"filter", Lookup(deals + "field: 'subject' pick: LOOKUP_PICK_ONLY filter: 'state = DREAM'"),
        Reason::REASON_INVALID_FIELD, "definition.lookup_rule.filter"},
       {"filter by a personal field",
        Rollup("relation: 'contact.account_id' operation: ROLLUP_OPERATION_COUNT filter: 'email = "
               "\"a\"'"),
        Reason::REASON_INVALID_FIELD, "definition.rollup_rule.filter"}});
}

TEST(FieldRulesTest, F007RollupsThatCannotBe) {
  const std::string deals = "relation: 'opportunity.account_id' ";
  const std::string sum = "operation: ROLLUP_OPERATION_SUM ";
  ExpectRefusals<pb::DefineFieldRequest>(
      &WithRollup,
      {{"no operation", Rollup(deals + "field: 'value' currency_mode: CURRENCY_MODE_SAME"),
        Reason::REASON_INVALID_FIELD, "definition.rollup_rule.operation"},
       {"count of a field", Rollup(deals + "operation: ROLLUP_OPERATION_COUNT field: 'value'"),
        Reason::REASON_INVALID_FIELD, "definition.rollup_rule.field"},
       {"sum of texts", Rollup(deals + sum + "field: 'subject'"), Reason::REASON_INVALID_FIELD,
        "definition.rollup_rule.field"},
       {"personal",
        Rollup("relation: 'contact.account_id' operation: ROLLUP_OPERATION_MIN field: "
               "'email'"),
        Reason::REASON_INVALID_FIELD, "definition.rollup_rule.field"},
       {"several currencies", Rollup(deals + sum + "field: 'value'"), Reason::REASON_INVALID_FIELD,
        "definition.rollup_rule.currency_mode"},
       {"which currency", Rollup(deals + sum + "field: 'value' currency_mode: CURRENCY_MODE_ONLY"),
        Reason::REASON_INVALID_FIELD, "definition.rollup_rule.currency"},
       {"required",
        Define("account",
               "name: 'l' required: true lookup_rule { relation: "
               "'parent_id' field: 'name' }"),
        Reason::REASON_INVALID_FIELD, "definition"},
       {"another kind",
        Define("account",
               "name: 'l' kind: CUSTOM_FIELD_KIND_DATE lookup_rule { "
               "relation: 'parent_id' field: 'name' }"),
        Reason::REASON_INVALID_FIELD, "definition.kind"}});
  Catalog("contact")
      .When<pb::DefineFieldRequest>(
          Define("contact",
                 "name: 'r' rollup_rule { relation: 'activity.contact_id' operation: "
                 "ROLLUP_OPERATION_COUNT subtree: true }"))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "definition.rollup_rule.subtree"}});
}

TEST(FieldRulesTest, RevisedRulesKeepTheKindOfValues) {
  const std::string average =
      "name: 'r' kind: CUSTOM_FIELD_KIND_DECIMAL rollup_rule { relation: 'account.parent_id' "
      "operation: ROLLUP_OPERATION_AVERAGE field: 'employees' }";
  const auto revise = [](absl::string_view rule) {
    return absl::StrCat(Rollup(rule), "update_mask { paths: 'rollup_rule' }");
  };
  Catalog("account")
      .Given(Defined("account", average))
      .When<pb::ReviseFieldRequest>(
          revise("relation: 'account.parent_id' operation: ROLLUP_OPERATION_SUM field: "
                 "'employees'"))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "definition.kind"}})
      .When<pb::ReviseFieldRequest>(
          revise("relation: 'account.parent_id' operation: ROLLUP_OPERATION_AVERAGE field: "
                 "'employees' filter: 'archived = FALSE'"))
      .Then({absl::StrCat("field_revised { before { ", average,
                          " version: 1 } after { name: 'r' kind: CUSTOM_FIELD_KIND_DECIMAL "
                          "rollup_rule { relation: 'account.parent_id' operation: "
                          "ROLLUP_OPERATION_AVERAGE field: 'employees' filter: 'archived = FALSE' "
                          "} version: 2 } }")});
}

}  // namespace
}  // namespace daybook::testing
