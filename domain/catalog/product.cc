#include "domain/catalog/product.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/record/presence.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::catalog::v1;

absl::Status Check(const pb::Product& product) {
  DAYBOOK_RETURN_IF_ERROR(RequireText("sku", product.sku()));
  DAYBOOK_RETURN_IF_ERROR(RequireText("name", product.name()));
  if (product.has_active_from() && product.has_active_until()) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto from, FromProto(product.active_from()));
    DAYBOOK_ASSIGN_OR_RETURN(const auto until, FromProto(product.active_until()));
    if (from >= until) {
      return InvalidField("active_until", absl::StrCat(FormatDay(until), " must lie after ",
                                                       "active_from, ", FormatDay(from)));
    }
  }
  if (product.quantity_decimals() > kQuantityDecimalsMax) {
    return InvalidField("quantity_decimals",
                        absl::StrCat(product.quantity_decimals(), " is more than ",
                                     kQuantityDecimalsMax, ", the most that quantities have"));
  }
  return CheckExternalKey(product.external_key());
}

absl::Status CheckCategory(const Context& context, absl::string_view field, absl::string_view id) {
  if (id.empty() || context.facts->Find("product_category", id) != nullptr) {
    return absl::OkStatus();
  }
  return ReferenceNotFound(field, "product_category", id);
}

std::string StateName(pb::ProductState state) {
  return std::string(ShortName(pb::ProductState_Name(state), "PRODUCT_STATE_"));
}

}  // namespace

void Product::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kCreated:
      state.record = event.created().product();
      DAYBOOK_ZERO_IF_ABSENT(quantity_decimals, &state.record);
      return;
    case Event::kFieldsChanged:
      ApplyFields(event.fields_changed().fields(), event.fields_changed().after(), &state.record);
      return;
    case Event::kActivated:
      state.record.set_state(pb::PRODUCT_STATE_ACTIVE);
      return;
    case Event::kDiscontinued:
      state.record.set_state(pb::PRODUCT_STATE_DISCONTINUED);
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> Product::Claims(const State& state) {
  std::vector<Claim> claims;
  if (!state.record.sku().empty()) {
    const absl::string_view sku = absl::StripAsciiWhitespace(state.record.sku());
    claims.push_back({"product-sku", absl::AsciiStrToUpper(sku), "sku"});
  }
  ClaimExternalKey(kName, state.record.external_key(), &claims);
  return claims;
}

absl::Status Product::Gather(const State&, const pb::UpdateProductRequest& request,
                             FactLoader& loader) {
  return LoadMaskedLookups(request.product(), request.update_mask(), loader);
}

// DUPLICATE_KEY: the id (the SKU by its claim). INVALID_FIELD: blank SKU or name, active dates,
// decimals, external key. REFERENCE_NOT_FOUND: the category.
Product::Result Product::Decide(const State& state, const pb::CreateProductRequest& request,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  pb::Product product;
  product.set_id(context.target_id);
  product.set_sku(request.sku());
  product.set_name(request.name());
  product.set_product_line(request.product_line());
  product.set_category_id(request.category_id());
  product.set_unit_of_measure(request.unit_of_measure());
  // Whole numbers where nothing is said.
  product.set_quantity_decimals(request.quantity_decimals());
  if (request.has_list_price()) *product.mutable_list_price() = request.list_price();
  product.set_state(request.active() ? pb::PRODUCT_STATE_ACTIVE : pb::PRODUCT_STATE_DRAFT);
  if (request.has_active_from()) *product.mutable_active_from() = request.active_from();
  if (request.has_active_until()) *product.mutable_active_until() = request.active_until();
  product.set_external_key(request.external_key());
  DAYBOOK_RETURN_IF_ERROR(Check(product));
  DAYBOOK_RETURN_IF_ERROR(CheckCategory(context, "category_id", product.category_id()));
  Decision<Event> decision;
  *decision.Add().mutable_created()->mutable_product() = std::move(product);
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED: discontinued. FIELD_NOT_WRITABLE: SKU, unit of measure, state. As
// CreateProduct.
Product::Result Product::Decide(const State& state, const pb::UpdateProductRequest& request,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (state.record.state() == pb::PRODUCT_STATE_DISCONTINUED) {
    return OutOfUse(kName, state.record.id(), "DISCONTINUED",
                    "a discontinued product takes no changes");
  }
  pb::ProductFieldsChanged change;
  pb::Product next;
  DAYBOOK_ASSIGN_OR_RETURN(const bool differs, Edit(state.record, request.product(),
                                                    request.update_mask(), &change, &next));
  if (!differs) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(Check(next));
  if (Names(change.fields(), "category_id")) {
    DAYBOOK_RETURN_IF_ERROR(CheckCategory(context, "product.category_id", next.category_id()));
  }
  Decision<Event> decision;
  *decision.Add().mutable_fields_changed() = std::move(change);
  return decision;
}

// NOT_FOUND. Nothing when active already. ILLEGAL_TRANSITION: discontinued.
Product::Result Product::Decide(const State& state, const pb::ActivateProductRequest&,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (state.record.state() == pb::PRODUCT_STATE_ACTIVE) return Nothing<Event>();
  if (state.record.state() != pb::PRODUCT_STATE_DRAFT) {
    return IllegalTransition(kName, StateName(state.record.state()), "DRAFT",
                             "only a draft can be activated, create a new product");
  }
  Decision<Event> decision;
  decision.Add().mutable_activated();
  return decision;
}

// NOT_FOUND. Nothing when discontinued already. ILLEGAL_TRANSITION: a draft.
Product::Result Product::Decide(const State& state, const pb::DiscontinueProductRequest&,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (state.record.state() == pb::PRODUCT_STATE_DISCONTINUED) return Nothing<Event>();
  if (state.record.state() != pb::PRODUCT_STATE_ACTIVE) {
    return IllegalTransition(kName, StateName(state.record.state()), "ACTIVE",
                             "only what is sold can be discontinued, activate it first");
  }
  Decision<Event> decision;
  decision.Add().mutable_discontinued();
  return decision;
}

}  // namespace daybook::domain
