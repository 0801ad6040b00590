#include "domain/party/brand.h"

#include "absl/strings/ascii.h"
#include "domain/base/status_macros.h"
#include "domain/record/dated.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"

namespace daybook::domain {

namespace pb = ::daybook::party::v1;

void Brand::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kCreated:
      state.record = event.created().brand();
      return;
    case Event::kFieldsChanged:
      ApplyFields(event.fields_changed().fields(), event.fields_changed().after(), &state.record);
      return;
    case Event::kManagerAssigned:
      PutDated(event.manager_assigned().manager(), state.record.mutable_managers());
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> Brand::Claims(const State& state) {
  const std::string name = absl::AsciiStrToLower(absl::StripAsciiWhitespace(state.record.name()));
  std::vector<Claim> claims;
  if (!name.empty()) claims.push_back({"brand-name", name, "name"});
  ClaimExternalKey(kName, state.record.external_key(), &claims);
  return claims;
}

// DUPLICATE_KEY: the id (the name by its claim). INVALID_FIELD: blank name, external key.
Brand::Result Brand::Decide(const State& state, const pb::CreateBrandRequest& request,
                            const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  DAYBOOK_RETURN_IF_ERROR(RequireText("name", request.name()));
  DAYBOOK_RETURN_IF_ERROR(CheckExternalKey(request.external_key()));
  Decision<Event> decision;
  pb::Brand& brand = *decision.Add().mutable_created()->mutable_brand();
  brand.set_id(context.target_id);
  brand.set_name(request.name());
  brand.set_external_key(request.external_key());
  return decision;
}

// NOT_FOUND. FIELD_NOT_WRITABLE: all but the name. INVALID_FIELD: blank name.
Brand::Result Brand::Decide(const State& state, const pb::UpdateBrandRequest& request,
                            const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  pb::BrandFieldsChanged change;
  pb::Brand next;
  DAYBOOK_ASSIGN_OR_RETURN(const bool differs, Edit(state.record, request.brand(),
                                                    request.update_mask(), &change, &next));
  if (!differs) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(RequireText("name", next.name()));
  Decision<Event> decision;
  *decision.Add().mutable_fields_changed() = std::move(change);
  return decision;
}

// NOT_FOUND. REFERENCE_NOT_FOUND, RECORD_ARCHIVED: the user. INTERVAL_OVERLAP, INVALID_FIELD: days.
Brand::Result Brand::Decide(const State& state, const pb::AssignBrandManagerRequest& request,
                            const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, "user_id", request.user_id()));
  pb::BrandManager manager;
  manager.set_user_id(request.user_id());
  if (request.has_effective_from()) *manager.mutable_effective_from() = request.effective_from();
  if (request.has_effective_until()) *manager.mutable_effective_until() = request.effective_until();
  DAYBOOK_ASSIGN_OR_RETURN(const bool stands,
                           FitDated(state.record.managers(), context, kOneSeries, &manager));
  if (stands) return Nothing<Event>();
  Decision<Event> decision;
  *decision.Add().mutable_manager_assigned()->mutable_manager() = std::move(manager);
  return decision;
}

}  // namespace daybook::domain
