#include "domain/admin/unit.h"

#include "domain/base/status_macros.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/record/tree.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::admin::v1;

absl::Status Check(const pb::Unit& unit) {
  DAYBOOK_RETURN_IF_ERROR(RequireText("name", unit.name()));
  return CheckExternalKey(unit.external_key());
}

// The unit exists and is open.
absl::Status CheckWritable(const pb::Unit& unit, const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(Unit::kName, unit.id(), context));
  if (unit.state() != pb::UNIT_STATE_CLOSED) return absl::OkStatus();
  return OutOfUse(Unit::kName, unit.id(), "CLOSED", "a closed unit takes no changes");
}

absl::Status CheckPlace(const pb::Unit& unit, const Context& context) {
  if (unit.parent_id().empty()) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(CheckParent(Unit::kName, unit.id(), unit.parent_id(), *context.facts));
  return CheckOpenUnit(context, "parent_id", unit.parent_id());
}

}  // namespace

void Unit::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kCreated:
      state.record = event.created().unit();
      return;
    case Event::kFieldsChanged:
      ApplyFields(event.fields_changed().fields(), event.fields_changed().after(), &state.record);
      return;
    case Event::kMoved:
      state.record.set_parent_id(event.moved().to_parent_id());
      return;
    case Event::kClosed:
      state.record.set_state(pb::UNIT_STATE_CLOSED);
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> Unit::Claims(const State& state) {
  std::vector<Claim> claims;
  if (state.record.state() == pb::UNIT_STATE_OPEN) {
    ClaimExternalKey(kName, state.record.external_key(), &claims);
  }
  return claims;
}

absl::Status Unit::Gather(const State&, const pb::CreateUnitRequest& request, FactLoader& loader) {
  return LoadAncestors(kName, request.parent_id(), loader);
}

absl::Status Unit::Gather(const State&, const pb::UpdateUnitRequest& request, FactLoader& loader) {
  return LoadMaskedLookups(request.unit(), request.update_mask(), loader);
}

absl::Status Unit::Gather(const State&, const pb::MoveUnitRequest& request, FactLoader& loader) {
  return LoadAncestors(kName, request.parent_id(), loader);
}

// DUPLICATE_KEY. INVALID_FIELD: blank name, external key. REFERENCE_NOT_FOUND, CYCLE, DEPTH_LIMIT,
// RECORD_ARCHIVED: the parent.
Unit::Result Unit::Decide(const State& state, const pb::CreateUnitRequest& request,
                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  pb::Unit unit;
  unit.set_id(context.target_id);
  unit.set_name(request.name());
  unit.set_kind(request.kind());
  unit.set_parent_id(request.parent_id());
  unit.set_state(pb::UNIT_STATE_OPEN);
  unit.set_external_key(request.external_key());
  DAYBOOK_RETURN_IF_ERROR(Check(unit));
  DAYBOOK_RETURN_IF_ERROR(CheckPlace(unit, context));
  Decision<Event> decision;
  *decision.Add().mutable_created()->mutable_unit() = std::move(unit);
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED: closed. FIELD_NOT_WRITABLE. As CreateUnit for what changes; the
// manager is active.
Unit::Result Unit::Decide(const State& state, const pb::UpdateUnitRequest& request,
                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckWritable(state.record, context));
  pb::UnitFieldsChanged change;
  pb::Unit next;
  DAYBOOK_ASSIGN_OR_RETURN(const bool differs, Edit(state.record, request.unit(),
                                                    request.update_mask(), &change, &next));
  if (!differs) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(Check(next));
  if (Names(change.fields(), "manager_id")) {
    DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, "unit.manager_id", next.manager_id()));
  }
  Decision<Event> decision;
  *decision.Add().mutable_fields_changed() = std::move(change);
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED: the unit or the new parent is closed. REFERENCE_NOT_FOUND, CYCLE,
// DEPTH_LIMIT.
Unit::Result Unit::Decide(const State& state, const pb::MoveUnitRequest& request,
                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckWritable(state.record, context));
  if (request.parent_id() == state.record.parent_id()) return Nothing<Event>();
  pb::Unit next = state.record;
  next.set_parent_id(request.parent_id());
  DAYBOOK_RETURN_IF_ERROR(CheckPlace(next, context));
  Decision<Event> decision;
  auto& moved = *decision.Add().mutable_moved();
  moved.set_from_parent_id(state.record.parent_id());
  moved.set_to_parent_id(request.parent_id());
  return decision;
}

// NOT_FOUND. Nothing when closed already.
Unit::Result Unit::Decide(const State& state, const pb::CloseUnitRequest&, const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (state.record.state() == pb::UNIT_STATE_CLOSED) return Nothing<Event>();
  Decision<Event> decision;
  decision.Add().mutable_closed();
  return decision;
}

}  // namespace daybook::domain
