#include "domain/admin/organisation.h"

#include "absl/strings/str_cat.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::admin::v1;

absl::Status Check(const pb::Organisation& organisation) {
  DAYBOOK_RETURN_IF_ERROR(RequireText("name", organisation.name()));
  if (!CurrencyDecimals(organisation.currency()).has_value()) {
    return InvalidField("currency", absl::StrCat("ISO 4217 has no code '", organisation.currency(),
                                                 "'; write it as EUR or USD"));
  }
  if (!LoadZone(organisation.zone()).ok()) {
    return InvalidField("zone", absl::StrCat("the IANA database has no time zone '",
                                             organisation.zone(), "'; write it as Europe/Berlin"));
  }
  return absl::OkStatus();
}

}  // namespace

void Organisation::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kCreated:
      state.record = event.created().organisation();
      return;
    case Event::kFieldsChanged:
      ApplyFields(event.fields_changed().fields(), event.fields_changed().after(), &state.record);
      return;
    case Event::kClockAccepted:  // says something of the log, not of the organisation
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> Organisation::Claims(const State& state) {
  if (state.record.id().empty()) return {};
  return {{"organisation-singleton", "organisation", "id"}};
}

// DUPLICATE_KEY: it exists. INVALID_FIELD: blank name, unknown currency, unknown zone.
Organisation::Result Organisation::Decide(const State& state,
                                          const pb::CreateOrganisationRequest& request,
                                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  pb::Organisation organisation;
  organisation.set_id(context.target_id);
  organisation.set_name(request.name());
  organisation.set_currency(request.currency());
  organisation.set_zone(request.zone());
  DAYBOOK_RETURN_IF_ERROR(Check(organisation));
  Decision<Event> decision;
  *decision.Add().mutable_created()->mutable_organisation() = std::move(organisation);
  return decision;
}

absl::Status Organisation::Gather(const State&, const pb::UpdateOrganisationRequest& request,
                                  FactLoader& loader) {
  return LoadMaskedLookups(request.organisation(), request.update_mask(), loader);
}

// NOT_FOUND. FIELD_NOT_WRITABLE: the currency. INVALID_FIELD: blank name, unknown zone.
// REFERENCE_NOT_FOUND, RECORD_ARCHIVED: the unit.
Organisation::Result Organisation::Decide(const State& state,
                                          const pb::UpdateOrganisationRequest& request,
                                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  Decision<Event> decision;
  pb::OrganisationFieldsChanged change;
  pb::Organisation next;
  DAYBOOK_ASSIGN_OR_RETURN(const bool differs, Edit(state.record, request.organisation(),
                                                    request.update_mask(), &change, &next));
  if (!differs) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(Check(next));
  if (Names(change.fields(), "loss_review_unit_id")) {
    DAYBOOK_RETURN_IF_ERROR(
        CheckOpenUnit(context, "organisation.loss_review_unit_id", next.loss_review_unit_id()));
  }
  *decision.Add().mutable_fields_changed() = std::move(change);
  return decision;
}

// NOT_FOUND.
Organisation::Result Organisation::Decide(const State& state, const pb::AcceptClockRequest&,
                                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  Decision<Event> decision;
  *decision.Add().mutable_clock_accepted()->mutable_clock() = ToProto(context.now);
  return decision;
}

}  // namespace daybook::domain
