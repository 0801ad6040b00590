#include "domain/party/org_position.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "daybook/party/v1/contact.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/party/contact.h"
#include "domain/record/dated.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/record/tree.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::party::v1;

template <class Request>
absl::CivilDay FirstDay(const Request& request, const Context& context) {
  return request.has_effective_from() ? DayOf(request.effective_from()) : context.EffectiveDay();
}

template <class Request>
absl::Status CheckAttitude(const Request& request) {
  if (!request.has_attitude()) return absl::OkStatus();
  if (request.attitude() >= kAttitudeMin && request.attitude() <= kAttitudeMax) {
    return absl::OkStatus();
  }
  return InvalidField("attitude", absl::StrCat(request.attitude(), " is not between ", kAttitudeMin,
                                               " and ", kAttitudeMax));
}

// Whatever stands above a place on any day.
absl::Status LoadAbove(const std::string& manager_id, FactLoader& loader) {
  std::set<std::string> seen;
  std::vector<std::string> waiting = {manager_id};
  while (!waiting.empty() && seen.size() <= kOrgPlacesAboveMax) {
    const std::string id = std::move(waiting.back());
    waiting.pop_back();
    if (id.empty() || !seen.insert(id).second) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const auto* record, loader.Load(OrgPosition::kName, id));
    if (record == nullptr) continue;
    for (const auto& stretch : static_cast<const pb::OrgPosition&>(*record).stretches()) {
      waiting.push_back(stretch.reports_to_id());
    }
  }
  return absl::OkStatus();
}

// A way up: a place, and the days on which it stands above.
struct Above {
  std::string id;
  Interval days;
  int level = 1;
};

absl::Status CheckNoCycle(const std::string& self, Above first, const Facts& facts) {
  std::vector<Above> waiting = {std::move(first)};
  for (int looked = 0; !waiting.empty(); ++looked) {
    const Above at = std::move(waiting.back());
    waiting.pop_back();
    if (at.id == self) {
      return Reject(Reason::REASON_CYCLE,
                    absl::StrCat("the manager reports to ", self, " ", Describe(at.days)),
                    {{"field", "reports_to_id"}});
    }
    if (at.level >= kTreeDepthMax || looked > kOrgPlacesAboveMax) {
      return Reject(Reason::REASON_DEPTH_LIMIT,
                    absl::StrCat("the chart would become deeper than ", kTreeDepthMax, " levels"),
                    {{"field", "reports_to_id"}, {"limit", absl::StrCat(kTreeDepthMax)}});
    }
    const auto* place = facts.Get<pb::OrgPosition>(OrgPosition::kName, at.id);
    if (place == nullptr) continue;
    for (const pb::OrgStretch& stretch : place->stretches()) {
      const Interval days = IntervalOf(stretch);
      if (stretch.reports_to_id().empty() || !Overlap(days, at.days)) continue;
      waiting.push_back({stretch.reports_to_id(), Intersect(days, at.days), at.level + 1});
    }
  }
  return absl::OkStatus();
}

// The place is one of the facts and in the chart of the account on the day.
absl::Status CheckPlace(absl::string_view field, const std::string& id, absl::string_view account,
                        absl::CivilDay day, const Context& context) {
  const auto* place = context.facts->Get<pb::OrgPosition>(OrgPosition::kName, id);
  if (place == nullptr) return ReferenceNotFound(field, OrgPosition::kName, id);
  if (absl::string_view(place->account_id()) != account) {
    return InvalidField(field, absl::StrCat(id, " is in the chart of another account"));
  }
  if (StandingOn(place->stretches(), day) == nullptr) {
    return InvalidField(field, absl::StrCat(id, " is not in the chart on ", FormatDay(day)));
  }
  return absl::OkStatus();
}

absl::Status CheckManager(const pb::OrgPosition& self, const pb::OrgStretch& wanted,
                          const Context& context) {
  const std::string& manager = wanted.reports_to_id();
  if (manager.empty()) return absl::OkStatus();
  const Interval days = IntervalOf(wanted);
  if (manager == self.id()) {
    return Reject(Reason::REASON_CYCLE, "nobody reports to himself", {{"field", "reports_to_id"}});
  }
  DAYBOOK_RETURN_IF_ERROR(
      CheckPlace("reports_to_id", manager, self.account_id(), days.from, context));
  return CheckNoCycle(self.id(), {manager, days}, *context.facts);
}

absl::Status CheckAssistants(const pb::OrgPosition& self, const pb::SetAssistantsRequest& request,
                             absl::CivilDay day, const Context& context) {
  if (request.assistant_ids_size() > kAssistantsMax) {
    return LimitExceeded("assistant_ids", kAssistantsMax, request.assistant_ids_size());
  }
  std::set<std::string> seen;
  for (int i = 0; i < request.assistant_ids_size(); ++i) {
    const std::string at = absl::StrCat("assistant_ids[", i, "]");
    const std::string& id = request.assistant_ids(i);
    if (id == self.id()) return InvalidField(at, "nobody assists himself");
    if (!seen.insert(id).second) return InvalidField(at, "is in the list already");
    DAYBOOK_RETURN_IF_ERROR(CheckPlace(at, id, self.account_id(), day, context));
  }
  return absl::OkStatus();
}

// The stretch that holds on a day as it would go on from there, with the position of that time.
struct StretchEdit {
  pb::OrgStretch stretch;
  std::string position;
};

absl::StatusOr<StretchEdit> BeginEdit(const pb::OrgPosition& place, absl::CivilDay day,
                                      const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(OrgPosition::kName, place.id(), context));
  const auto* stands = StandingOn(place.stretches(), day);
  if (stands == nullptr) {
    return IllegalTransition(
        OrgPosition::kName, "REMOVED", "IN_CHART",
        absl::StrCat("it is not in the chart on ", FormatDay(day), "; use ReturnToChart"));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckDatedRoom(place.stretches_size()));
  StretchEdit edit{*stands, ""};
  for (int i = 0; i < place.stretches_size(); ++i) {
    if (&place.stretches(i) == stands) edit.position = place.positions(i);
  }
  *edit.stretch.mutable_effective_from() = ToProto(day);
  return edit;
}

// The event, or none when nothing would be different on any day.
OrgPosition::Result Finish(const pb::OrgPosition& place, StretchEdit edit) {
  const absl::CivilDay day = DayOf(edit.stretch.effective_from());
  for (int i = 0; i < place.stretches_size(); ++i) {
    pb::OrgStretch same = edit.stretch;
    *same.mutable_effective_from() = place.stretches(i).effective_from();
    if (Covers(IntervalOf(place.stretches(i)), day) && place.positions(i) == edit.position &&
        same.SerializeAsString() == place.stretches(i).SerializeAsString()) {
      return Nothing<OrgPosition::Event>();
    }
  }
  Decision<OrgPosition::Event> decision;
  auto& event = *decision.Add().mutable_stretch_set();
  *event.mutable_stretch() = std::move(edit.stretch);
  event.set_contact_id(place.contact_id());
  event.set_position(std::move(edit.position));
  return decision;
}

void SetStretch(const pb::OrgPositionStretchSet& event, pb::OrgPosition* place) {
  const DatedPlace put = PutDated(event.stretch(), place->mutable_stretches());
  if (put.replaced) {
    place->set_positions(put.at, event.position());
    return;
  }
  place->add_positions(event.position());
  for (int i = place->positions_size() - 1; i > put.at; --i) {
    place->mutable_positions()->SwapElements(i, i - 1);
  }
}

}  // namespace

void OrgPosition::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kAdded:
      state.record = event.added().org_position();
      return;
    case Event::kStretchSet:
      SetStretch(event.stretch_set(), &state.record);
      return;
    case Event::kRemoved: {
      EndDated(DayOf(event.removed().effective_from()), kOneSeries,
               state.record.mutable_stretches());
      auto& positions = *state.record.mutable_positions();
      while (positions.size() > state.record.stretches_size()) positions.RemoveLast();
      return;
    }
    case Event::kFieldsChanged:
      ApplyFields(event.fields_changed().fields(), event.fields_changed().after(), &state.record);
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> OrgPosition::Claims(const State& state) {
  if (state.record.id().empty()) return {};
  std::vector<Claim> claims = {
      {"org_position-contact",
       absl::StrCat(state.record.account_id(), "/", state.record.contact_id()), "contact_id"}};
  ClaimExternalKey(kName, state.record.external_key(), &claims);
  return claims;
}

absl::Status OrgPosition::Gather(const State&, const pb::AddOrgPositionRequest& request,
                                 FactLoader& loader) {
  return LoadAbove(request.reports_to_id(), loader);
}

absl::Status OrgPosition::Gather(const State&, const pb::ReturnToChartRequest& request,
                                 FactLoader& loader) {
  return LoadAbove(request.reports_to_id(), loader);
}

absl::Status OrgPosition::Gather(const State&, const pb::SetReportsToRequest& request,
                                 FactLoader& loader) {
  return LoadAbove(request.reports_to_id(), loader);
}

// DUPLICATE_KEY: the id (account and contact by their claim). REFERENCE_NOT_FOUND, RECORD_ARCHIVED:
// account, contact. INVALID_FIELD: a contact that is not linked to the account, attitude, external
// key, a manager in another chart or not there on the day. DEPTH_LIMIT.
OrgPosition::Result OrgPosition::Decide(const State& state,
                                        const pb::AddOrgPositionRequest& request,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  DAYBOOK_RETURN_IF_ERROR(CheckUsableAccount(context, "account_id", request.account_id()));
  DAYBOOK_RETURN_IF_ERROR(CheckUsableContact(context, "contact_id", request.contact_id()));
  const auto* contact = context.facts->Get<pb::Contact>(Contact::kName, request.contact_id());
  if (contact == nullptr) return InvalidField("contact_id", "is required");
  if (!IsLinked(*contact, request.account_id())) {
    return InvalidField("contact_id", "is not linked to the account; use LinkContact first");
  }
  DAYBOOK_RETURN_IF_ERROR(CheckAttitude(request));
  DAYBOOK_RETURN_IF_ERROR(CheckExternalKey(request.external_key()));
  Decision<Event> decision;
  pb::OrgPosition& place = *decision.Add().mutable_added()->mutable_org_position();
  place.set_id(context.target_id);
  place.set_account_id(request.account_id());
  place.set_contact_id(request.contact_id());
  place.set_external_key(request.external_key());
  place.add_positions(request.position());
  pb::OrgStretch& stretch = *place.add_stretches();
  stretch.set_reports_to_id(request.reports_to_id());
  if (request.has_attitude()) stretch.set_attitude(request.attitude());
  *stretch.mutable_effective_from() = ToProto(FirstDay(request, context));
  DAYBOOK_RETURN_IF_ERROR(CheckManager(place, stretch, context));
  return decision;
}

// NOT_FOUND. ILLEGAL_TRANSITION: it is in the chart on the day, or will be. LIMIT_EXCEEDED. As
// AddOrgPosition: attitude and manager. CYCLE.
OrgPosition::Result OrgPosition::Decide(const State& state, const pb::ReturnToChartRequest& request,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  const absl::CivilDay day = FirstDay(request, context);
  for (const pb::OrgStretch& stretch : state.record.stretches()) {
    const Interval days = IntervalOf(stretch);
    if (days.until.has_value() && *days.until <= day) continue;
    return IllegalTransition(kName, "IN_CHART", "REMOVED",
                             absl::StrCat("it is in the chart ", Describe(days)));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckDatedRoom(state.record.stretches_size()));
  DAYBOOK_RETURN_IF_ERROR(CheckAttitude(request));
  StretchEdit edit;
  edit.stretch.set_reports_to_id(request.reports_to_id());
  if (request.has_attitude()) edit.stretch.set_attitude(request.attitude());
  *edit.stretch.mutable_effective_from() = ToProto(day);
  edit.position = request.position();
  DAYBOOK_RETURN_IF_ERROR(CheckManager(state.record, edit.stretch, context));
  return Finish(state.record, std::move(edit));
}

// NOT_FOUND. ILLEGAL_TRANSITION: not in the chart on the day. CYCLE, DEPTH_LIMIT,
// REFERENCE_NOT_FOUND, INVALID_FIELD: the manager.
OrgPosition::Result OrgPosition::Decide(const State& state, const pb::SetReportsToRequest& request,
                                        const Context& context) {
  DAYBOOK_ASSIGN_OR_RETURN(StretchEdit edit,
                           BeginEdit(state.record, FirstDay(request, context), context));
  edit.stretch.set_reports_to_id(request.reports_to_id());
  DAYBOOK_RETURN_IF_ERROR(CheckManager(state.record, edit.stretch, context));
  return Finish(state.record, std::move(edit));
}

// NOT_FOUND. ILLEGAL_TRANSITION: not in the chart on the day.
OrgPosition::Result OrgPosition::Decide(const State& state, const pb::SetPositionRequest& request,
                                        const Context& context) {
  DAYBOOK_ASSIGN_OR_RETURN(StretchEdit edit,
                           BeginEdit(state.record, FirstDay(request, context), context));
  edit.position = request.position();
  return Finish(state.record, std::move(edit));
}

// NOT_FOUND. ILLEGAL_TRANSITION: not in the chart on the day. INVALID_FIELD: out of range.
OrgPosition::Result OrgPosition::Decide(const State& state, const pb::SetAttitudeRequest& request,
                                        const Context& context) {
  DAYBOOK_ASSIGN_OR_RETURN(StretchEdit edit,
                           BeginEdit(state.record, FirstDay(request, context), context));
  DAYBOOK_RETURN_IF_ERROR(CheckAttitude(request));
  edit.stretch.clear_attitude();
  if (request.has_attitude()) edit.stretch.set_attitude(request.attitude());
  return Finish(state.record, std::move(edit));
}

// NOT_FOUND. ILLEGAL_TRANSITION: not in the chart on the day. LIMIT_EXCEEDED. INVALID_FIELD:
// itself, twice, another chart, not in the chart on the day. REFERENCE_NOT_FOUND.
OrgPosition::Result OrgPosition::Decide(const State& state, const pb::SetAssistantsRequest& request,
                                        const Context& context) {
  const absl::CivilDay day = FirstDay(request, context);
  DAYBOOK_ASSIGN_OR_RETURN(StretchEdit edit, BeginEdit(state.record, day, context));
  DAYBOOK_RETURN_IF_ERROR(CheckAssistants(state.record, request, day, context));
  *edit.stretch.mutable_assistant_ids() = request.assistant_ids();
  return Finish(state.record, std::move(edit));
}

// NOT_FOUND. Nothing when it is not in the chart on the day or later.
OrgPosition::Result OrgPosition::Decide(const State& state,
                                        const pb::RemoveFromChartRequest& request,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  const absl::CivilDay day = FirstDay(request, context);
  bool holds = false;
  for (const pb::OrgStretch& stretch : state.record.stretches()) {
    const Interval days = IntervalOf(stretch);
    holds = holds || !days.until.has_value() || *days.until > day;
  }
  if (!holds) return Nothing<Event>();
  Decision<Event> decision;
  *decision.Add().mutable_removed()->mutable_effective_from() = ToProto(day);
  return decision;
}

// NOT_FOUND. FIELD_NOT_WRITABLE: all but custom fields.
OrgPosition::Result OrgPosition::Decide(const State& state,
                                        const pb::UpdateOrgPositionRequest& request,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  return DecideEdit<OrgPosition>(state, request.org_position(), request.update_mask());
}

}  // namespace daybook::domain
