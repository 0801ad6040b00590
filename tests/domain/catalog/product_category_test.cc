#include "absl/strings/str_cat.h"
#include "daybook/catalog/v1/product_category_service.pb.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::catalog::v1;

std::string Parent(int id) { return absl::StrCat("parent_id: '", Id(id), "'"); }

Scenario World() {
  Scenario scenario("product_category");
  scenario.Exists("product_category", absl::StrCat("id: '", Id(2), "' name: 'Tools'"))
      .Exists("product_category", absl::StrCat("id: '", Id(3), "' name: 'Saws' ", Parent(1)));
  return scenario;
}

Scenario Created() {
  const std::string record = absl::StrCat("id: '", Id(1), "' name: 'Wood' external_key: 'erp:w'");
  return std::move(World()
                       .Given(absl::StrCat("created { product_category { ", record, " } }"))
                       .Exists("product_category", record));
}

TEST(CreateProductCategoryTest, BelowAnotherOrAtTheTop) {
  Scenario scenario("product_category");
  scenario.Exists("product_category", absl::StrCat("id: '", Id(2), "' name: 'Tools'"))
      .When<pb::CreateProductCategoryRequest>(
          absl::StrCat("name: 'Wood' external_key: 'erp:w' ", Parent(2)))
      .Then({absl::StrCat("created { product_category { id: '", Id(1),
                          "' name: 'Wood' external_key: 'erp:w' ", Parent(2), " } }")})
      .ThenClaims({"product_category-external-key=erp:w"});
}

TEST(CreateProductCategoryTest, RefusalsInCheckOrder) {
  Created()
      .When<pb::CreateProductCategoryRequest>("name: 'A'")
      .ThenRejected(Reason::REASON_DUPLICATE_KEY);
  ExpectRefusals<pb::CreateProductCategoryRequest>(
      World, {
                 {"blank name", Parent(99), Reason::REASON_INVALID_FIELD, "name"},
                 {"key", absl::StrCat("name: 'A' external_key: 'x:' ", Parent(99)),
                  Reason::REASON_INVALID_FIELD, "external_key"},
                 {"unknown parent", absl::StrCat("name: 'A' ", Parent(99)),
                  Reason::REASON_REFERENCE_NOT_FOUND, "parent_id"},
                 {"itself", absl::StrCat("name: 'A' ", Parent(1)), Reason::REASON_CYCLE, ""},
             });
}

TEST(UpdateProductCategoryTest, RenamesAndRefusesTheRest) {
  Created()
      .When<pb::UpdateProductCategoryRequest>(
          "product_category { name: 'Timber' } update_mask { paths: 'name' }")
      .Then({"fields_changed { fields { paths: 'name' } before { name: 'Wood' } "
             "after { name: 'Timber' } }"})
      .When<pb::UpdateProductCategoryRequest>("update_mask { paths: 'parent_id' }")
      .ThenRejected(Reason::REASON_FIELD_NOT_WRITABLE, {{"field", "parent_id"}})
      .When<pb::UpdateProductCategoryRequest>("update_mask { paths: 'name' }")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "name"}});
  World().When<pb::UpdateProductCategoryRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
}

TEST(MoveProductCategoryTest, F011CycleIsRefused) {
  Created()
      .When<pb::MoveProductCategoryRequest>(Parent(3))
      .ThenRejected(Reason::REASON_CYCLE)
      .When<pb::MoveProductCategoryRequest>(Parent(1))
      .ThenRejected(Reason::REASON_CYCLE)
      .When<pb::MoveProductCategoryRequest>(Parent(99))
      .ThenRejected(Reason::REASON_REFERENCE_NOT_FOUND)
      .When<pb::MoveProductCategoryRequest>(Parent(2))
      .Then({absl::StrCat("moved { to_parent_id: '", Id(2), "' }")})
      .When<pb::MoveProductCategoryRequest>(Parent(2))
      .ThenNothing();
  World().When<pb::MoveProductCategoryRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
}

}  // namespace
}  // namespace daybook::testing
