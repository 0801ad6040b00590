#include "absl/strings/str_cat.h"
#include "daybook/catalog/v1/product_service.pb.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::catalog::v1;

Scenario World() {
  Scenario scenario("product");
  scenario.Exists("product_category", absl::StrCat("id: '", Id(2), "' name: 'Tools'"));
  return scenario;
}

Scenario InState(absl::string_view state) {
  return std::move(World().Given(absl::StrCat("created { product { id: '", Id(1),
                                              "' sku: 'gtx-1' name: 'GTX' state: "
                                              "PRODUCT_STATE_",
                                              state, " external_key: 'erp:1' } }")));
}

TEST(CreateProductTest, F011ProductIsDraftOrActiveAndClaimsItsSku) {
  World()
      .When<pb::CreateProductRequest>(absl::StrCat(
          "sku: 'gtx-1' name: 'GTX' product_line: 'GTX' unit_of_measure: 'piece' "
          "list_price { minor: 55000 currency: 'USD' } external_key: 'erp:1' "
          "active_from { year: 2026 month: 1 day: 1 } active_until { year: 2026 month: 1 day: 2 } "
          "category_id: '",
          Id(2), "'"))
      .Then({absl::StrCat(
          "created { product { id: '", Id(1),
          "' sku: 'gtx-1' name: 'GTX' product_line: 'GTX' unit_of_measure: 'piece' "
          "list_price { minor: 55000 currency: 'USD' } external_key: 'erp:1' "
          "active_from { year: 2026 month: 1 day: 1 } active_until { year: 2026 month: 1 day: 2 } "
          "state: PRODUCT_STATE_DRAFT quantity_decimals: 0 category_id: '",
          Id(2), "' } }")})
      .ThenClaims({"product-sku=GTX-1", "product-external-key=erp:1"});
  World()
      .When<pb::CreateProductRequest>("sku: 'a' name: 'b' active: true quantity_decimals: 6")
      .Then({absl::StrCat("created { product { id: '", Id(1),
                          "' sku: 'a' name: 'b' state: PRODUCT_STATE_ACTIVE quantity_decimals: 6 "
                          "} }")})
      .When<pb::UpdateProductRequest>("update_mask { paths: 'quantity_decimals' }")
      .ThenRejected(Reason::REASON_FIELD_NOT_WRITABLE, {{"field", "quantity_decimals"}});
}

TEST(CreateProductTest, RefusalsInCheckOrder) {
  InState("DRAFT")
      .When<pb::CreateProductRequest>("sku: 'a' name: 'b'")
      .ThenRejected(Reason::REASON_DUPLICATE_KEY);
  ExpectRefusals<pb::CreateProductRequest>(
      World,
      {
          {"blank SKU", "name: ''", Reason::REASON_INVALID_FIELD, "sku"},
          {"blank name", "sku: 'a'", Reason::REASON_INVALID_FIELD, "name"},
          {"no active day",
           "sku: 'a' name: 'b' active_from { year: 2026 month: 1 day: 1 } "
           "active_until { year: 2026 month: 1 day: 1 } external_key: 'x'",
           Reason::REASON_INVALID_FIELD, "active_until"},
          {"decimals", "sku: 'a' name: 'b' quantity_decimals: 7 external_key: 'x'",
           Reason::REASON_INVALID_FIELD, "quantity_decimals"},
          {"key", absl::StrCat("sku: 'a' name: 'b' external_key: 'x' category_id: '", Id(9), "'"),
           Reason::REASON_INVALID_FIELD, "external_key"},
          {"category", absl::StrCat("sku: 'a' name: 'b' category_id: '", Id(9), "'"),
           Reason::REASON_REFERENCE_NOT_FOUND, "category_id"},
      });
}

TEST(UpdateProductTest, F011RenameKeepsTheFormerName) {
  InState("ACTIVE")
      .When<pb::UpdateProductRequest>("product { name: 'GTX 2' } update_mask { paths: 'name' }")
      .Then({"fields_changed { fields { paths: 'name' } before { name: 'GTX' } "
             "after { name: 'GTX 2' } }"});
}

TEST(UpdateProductTest, RefusalsInCheckOrder) {
  World().When<pb::UpdateProductRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  InState("DISCONTINUED")
      .When<pb::UpdateProductRequest>("product { name: 'x' } update_mask { paths: 'name' }")
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED, {{"state", "DISCONTINUED"}});
  ExpectRefusals<pb::UpdateProductRequest>(
      [] { return InState("ACTIVE"); },
      {
          {"the unit of measure", "update_mask { paths: 'unit_of_measure' }",
           Reason::REASON_FIELD_NOT_WRITABLE, "unit_of_measure"},
          {"the SKU", "update_mask { paths: 'sku' }", Reason::REASON_FIELD_NOT_WRITABLE, "sku"},
          {"no name left", "update_mask { paths: 'name' }", Reason::REASON_INVALID_FIELD, "name"},
          {"category",
           absl::StrCat("product { category_id: '", Id(9),
                        "' } update_mask { paths: 'category_id' }"),
           Reason::REASON_REFERENCE_NOT_FOUND, "product.category_id"},
      });
}

TEST(ProductStateTest, F011DraftThenActiveThenDiscontinued) {
  InState("DRAFT")
      .When<pb::DiscontinueProductRequest>("")
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", "DRAFT"}, {"allowed", "ACTIVE"}})
      .When<pb::ActivateProductRequest>("")
      .Then({"activated {}"})
      .When<pb::ActivateProductRequest>("")
      .ThenNothing()
      .When<pb::DiscontinueProductRequest>("")
      .Then({"discontinued {}"})
      .ThenClaims({"product-sku=GTX-1", "product-external-key=erp:1"})
      .When<pb::DiscontinueProductRequest>("")
      .ThenNothing()
      .When<pb::ActivateProductRequest>("")
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION,
                    {{"state", "DISCONTINUED"}, {"allowed", "DRAFT"}});
}

TEST(ProductStateTest, UnknownProductIsRefused) {
  World().When<pb::ActivateProductRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  World().When<pb::DiscontinueProductRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
}

}  // namespace
}  // namespace daybook::testing
