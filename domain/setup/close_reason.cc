#include "domain/setup/close_reason.h"

#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::setup::v1;

absl::Status Check(const pb::CloseReason& reason) {
  if (!IsStableName(reason.code())) {
    return InvalidField("code",
                        absl::StrCat("'", reason.code(), "' must be 1 to ", kStableNameBytesMax,
                                     " small letters, digits or underscores"));
  }
  DAYBOOK_RETURN_IF_ERROR(RequireText("label", reason.label()));
  return CheckExternalKey(reason.external_key());
}

}  // namespace

void CloseReason::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kDefined:
      state.record = event.defined().close_reason();
      return;
    case Event::kFieldsChanged:
      ApplyFields(event.fields_changed().fields(), event.fields_changed().after(), &state.record);
      return;
    case Event::kRetired:
      state.record.set_active(false);
      return;
    case Event::kReactivated:
      state.record.set_active(true);
      return;
    case Event::kReviewMapped:
      state.record.set_review_unit_id(event.review_mapped().to_unit_id());
      state.record.clear_review_days();
      if (event.review_mapped().has_to_days()) {
        state.record.set_review_days(event.review_mapped().to_days());
      }
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> CloseReason::Claims(const State& state) {
  std::vector<Claim> claims;
  if (!state.record.code().empty()) {
    const absl::string_view kind =
        ShortName(pb::CloseReasonKind_Name(state.record.kind()), "CLOSE_REASON_KIND_");
    claims.push_back({"close-reason-code", absl::StrCat(kind, "/", state.record.code()), "code"});
  }
  ClaimExternalKey(kName, state.record.external_key(), &claims);
  return claims;
}

// DUPLICATE_KEY: the id (the code by its claim). INVALID_FIELD: code, blank label, external key.
CloseReason::Result CloseReason::Decide(const State& state, const DefineRequest& request,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  pb::CloseReason reason;
  reason.set_id(context.target_id);
  reason.set_kind(request.kind());
  reason.set_code(request.code());
  reason.set_label(request.label());
  reason.set_active(true);
  reason.set_external_key(request.external_key());
  DAYBOOK_RETURN_IF_ERROR(Check(reason));
  Decision<Event> decision;
  *decision.Add().mutable_defined()->mutable_close_reason() = std::move(reason);
  return decision;
}

// NOT_FOUND. FIELD_NOT_WRITABLE: all but the label. INVALID_FIELD: blank label.
CloseReason::Result CloseReason::Decide(const State& state, const UpdateRequest& request,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  pb::CloseReasonFieldsChanged change;
  pb::CloseReason next;
  DAYBOOK_ASSIGN_OR_RETURN(const bool differs, Edit(state.record, request.close_reason(),
                                                    request.update_mask(), &change, &next));
  if (!differs) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(Check(next));
  Decision<Event> decision;
  *decision.Add().mutable_fields_changed() = std::move(change);
  return decision;
}

// NOT_FOUND. Nothing when retired already.
CloseReason::Result CloseReason::Decide(const State& state, const RetireRequest&,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (!state.record.active()) return Nothing<Event>();
  Decision<Event> decision;
  decision.Add().mutable_retired();
  return decision;
}

// NOT_FOUND. Nothing when active already.
CloseReason::Result CloseReason::Decide(const State& state, const ReactivateRequest&,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (state.record.active()) return Nothing<Event>();
  Decision<Event> decision;
  decision.Add().mutable_reactivated();
  return decision;
}

// NOT_FOUND. INVALID_FIELD: a reason of another kind, days out of 1 to kReviewDaysMax, days without
// a group. REFERENCE_NOT_FOUND, RECORD_ARCHIVED: the unit. Nothing when mapped so.
CloseReason::Result CloseReason::Decide(const State& state, const MapRequest& request,
                                        const Context& context) {
  const pb::CloseReason& reason = state.record;
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, reason.id(), context));
  if (reason.kind() != pb::CLOSE_REASON_KIND_LOST) {
    return InvalidField("id", absl::StrCat("'", reason.code(), "' is no reason for a loss"));
  }
  if (request.unit_id() == reason.review_unit_id() &&
      request.review_days() == reason.review_days()) {
    return Nothing<Event>();
  }
  if (request.unit_id().empty() && request.review_days() != 0) {
    return InvalidField("review_days", "go with a group; name it in unit_id");
  }
  if (!request.unit_id().empty() &&
      (request.review_days() < 1 || request.review_days() > kReviewDaysMax)) {
    return InvalidField("review_days", absl::StrCat("must be 1 to ", kReviewDaysMax));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckOpenUnit(context, "unit_id", request.unit_id()));
  Decision<Event> decision;
  auto& mapped = *decision.Add().mutable_review_mapped();
  mapped.set_from_unit_id(reason.review_unit_id());
  mapped.set_to_unit_id(request.unit_id());
  if (reason.has_review_days()) mapped.set_from_days(reason.review_days());
  // 0 stands for none here too.
  if (request.review_days() != 0) mapped.set_to_days(request.review_days());
  return decision;
}

}  // namespace daybook::domain
