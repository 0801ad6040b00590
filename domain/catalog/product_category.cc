#include "domain/catalog/product_category.h"

#include "domain/base/status_macros.h"
#include "domain/record/rules.h"
#include "domain/record/tree.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::catalog::v1;

absl::Status Check(const pb::ProductCategory& category) {
  DAYBOOK_RETURN_IF_ERROR(RequireText("name", category.name()));
  return CheckExternalKey(category.external_key());
}

absl::Status CheckPlace(absl::string_view id, absl::string_view parent_id, const Context& context) {
  if (parent_id.empty()) return absl::OkStatus();
  return CheckParent(ProductCategory::kName, id, parent_id, *context.facts);
}

}  // namespace

void ProductCategory::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kCreated:
      state.record = event.created().product_category();
      return;
    case Event::kFieldsChanged:
      ApplyFields(event.fields_changed().fields(), event.fields_changed().after(), &state.record);
      return;
    case Event::kMoved:
      state.record.set_parent_id(event.moved().to_parent_id());
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> ProductCategory::Claims(const State& state) {
  std::vector<Claim> claims;
  ClaimExternalKey(kName, state.record.external_key(), &claims);
  return claims;
}

absl::Status ProductCategory::Gather(const State&, const CreateRequest& request,
                                     FactLoader& loader) {
  return LoadAncestors(kName, request.parent_id(), loader);
}

absl::Status ProductCategory::Gather(const State&, const MoveRequest& request, FactLoader& loader) {
  return LoadAncestors(kName, request.parent_id(), loader);
}

// DUPLICATE_KEY. INVALID_FIELD: blank name, external key. REFERENCE_NOT_FOUND, CYCLE, DEPTH_LIMIT:
// the parent.
ProductCategory::Result ProductCategory::Decide(const State& state, const CreateRequest& request,
                                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  pb::ProductCategory category;
  category.set_id(context.target_id);
  category.set_name(request.name());
  category.set_parent_id(request.parent_id());
  category.set_external_key(request.external_key());
  DAYBOOK_RETURN_IF_ERROR(Check(category));
  DAYBOOK_RETURN_IF_ERROR(CheckPlace(category.id(), category.parent_id(), context));
  Decision<Event> decision;
  *decision.Add().mutable_created()->mutable_product_category() = std::move(category);
  return decision;
}

// NOT_FOUND. FIELD_NOT_WRITABLE. INVALID_FIELD: blank name.
ProductCategory::Result ProductCategory::Decide(const State& state, const UpdateRequest& request,
                                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  pb::ProductCategoryFieldsChanged change;
  pb::ProductCategory next;
  DAYBOOK_ASSIGN_OR_RETURN(const bool differs, Edit(state.record, request.product_category(),
                                                    request.update_mask(), &change, &next));
  if (!differs) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(Check(next));
  Decision<Event> decision;
  *decision.Add().mutable_fields_changed() = std::move(change);
  return decision;
}

// NOT_FOUND. REFERENCE_NOT_FOUND, CYCLE, DEPTH_LIMIT.
ProductCategory::Result ProductCategory::Decide(const State& state, const MoveRequest& request,
                                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (request.parent_id() == state.record.parent_id()) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(CheckPlace(state.record.id(), request.parent_id(), context));
  Decision<Event> decision;
  auto& moved = *decision.Add().mutable_moved();
  moved.set_from_parent_id(state.record.parent_id());
  moved.set_to_parent_id(request.parent_id());
  return decision;
}

}  // namespace daybook::domain
