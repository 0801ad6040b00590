#include "domain/record/references.h"

#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/unit.pb.h"
#include "daybook/admin/v1/user.pb.h"
#include "daybook/catalog/v1/product.pb.h"
#include "daybook/party/v1/account.pb.h"
#include "domain/record/rules.h"

namespace daybook::domain {

absl::Status ReferenceNotFound(absl::string_view field, absl::string_view aggregate,
                               absl::string_view id) {
  return Reject(Reason::REASON_REFERENCE_NOT_FOUND,
                absl::StrCat(field, ": there is no ", aggregate, " ", id, "; check the id."),
                {{"field", field}, {"aggregate", aggregate}, {"id", id}});
}

absl::Status CheckActiveUser(const Context& context, absl::string_view field,
                             absl::string_view id) {
  if (id.empty()) return absl::OkStatus();
  const auto* user = context.facts->Get<admin::v1::User>("user", id);
  if (user == nullptr) return ReferenceNotFound(field, "user", id);
  if (user->state() == admin::v1::USER_STATE_ACTIVE) return absl::OkStatus();
  return OutOfUse("user", id, "INACTIVE", absl::StrCat("name an active user in ", field));
}

absl::Status CheckOpenUnit(const Context& context, absl::string_view field, absl::string_view id) {
  if (id.empty()) return absl::OkStatus();
  const auto* unit = context.facts->Get<admin::v1::Unit>("unit", id);
  if (unit == nullptr) return ReferenceNotFound(field, "unit", id);
  if (unit->state() == admin::v1::UNIT_STATE_OPEN) return absl::OkStatus();
  return OutOfUse("unit", id, "CLOSED", absl::StrCat("name an open unit in ", field));
}

absl::Status CheckUsableAccount(const Context& context, absl::string_view field,
                                absl::string_view id) {
  if (id.empty()) return absl::OkStatus();
  const auto* account = context.facts->Get<party::v1::Account>("account", id);
  if (account == nullptr) return ReferenceNotFound(field, "account", id);
  if (!account->archived()) return absl::OkStatus();
  return OutOfUse("account", id, "archived",
                  absl::StrCat("restore it or name another one in ", field));
}

absl::Status CheckSellableProduct(const Context& context, absl::string_view field,
                                  absl::string_view id) {
  if (id.empty()) return absl::OkStatus();
  const auto* product = context.facts->Get<catalog::v1::Product>("product", id);
  if (product == nullptr) return ReferenceNotFound(field, "product", id);
  if (product->state() == catalog::v1::PRODUCT_STATE_ACTIVE) return absl::OkStatus();
  if (product->state() == catalog::v1::PRODUCT_STATE_DRAFT) {
    return IllegalTransition("product", "DRAFT", "ACTIVE",
                             absl::StrCat("activate ", id, " or name another one in ", field));
  }
  return OutOfUse("product", id, "DISCONTINUED",
                  absl::StrCat("name a product that is sold in ", field));
}

}  // namespace daybook::domain
