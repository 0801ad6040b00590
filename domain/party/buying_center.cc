#include "domain/party/buying_center.h"

#include "absl/strings/str_cat.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "domain/base/status_macros.h"
#include "domain/party/contact.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::party::v1;

int FindMember(const pb::BuyingCenter& center, const std::string& contact_id) {
  for (int i = 0; i < center.members_size(); ++i) {
    if (center.members(i).contact_id() == contact_id) return i;
  }
  return -1;
}

int FindLink(const pb::BuyingCenter& center, const std::string& from, const std::string& to) {
  for (int i = 0; i < center.influences_size(); ++i) {
    if (center.influences(i).from_contact_id() == from &&
        center.influences(i).to_contact_id() == to) {
      return i;
    }
  }
  return -1;
}

bool IsClosed(const pb::BuyingCenter& center, const Context& context) {
  const auto* deal =
      context.facts->Get<sales::v1::Opportunity>("opportunity", center.opportunity_id());
  return deal != nullptr && deal->state() != sales::v1::OPPORTUNITY_STATE_OPEN;
}

// Whether the change corrects a closed deal; refused when it does not say so.
template <class Request>
absl::StatusOr<bool> CheckOpenOrCorrection(const pb::BuyingCenter& center, const Request& request,
                                           const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(BuyingCenter::kName, center.id(), context));
  if (!IsClosed(center, context)) return false;
  if (request.correction()) return true;
  return IllegalTransition(BuyingCenter::kName, "CLOSED", "OPEN",
                           "the deal is closed; reopen it, or set `correction`");
}

absl::Status CheckMember(absl::string_view at, const pb::BuyingCenterMember& member,
                         const Context& context) {
  const std::string contact = absl::StrCat(at, ".contact_id");
  if (member.contact_id().empty()) return InvalidField(contact, "is required");
  DAYBOOK_RETURN_IF_ERROR(CheckUsableContact(context, contact, member.contact_id()));
  if (member.role() == pb::BUYING_ROLE_UNSPECIFIED) {
    return InvalidField(absl::StrCat(at, ".role"), "is required");
  }
  if (member.influence() >= 0 && member.influence() <= kInfluenceMax) return absl::OkStatus();
  return InvalidField(absl::StrCat(at, ".influence"),
                      absl::StrCat(member.influence(), " is not between 0 and ", kInfluenceMax));
}

absl::Status NotAMember(absl::string_view field, absl::string_view contact_id) {
  return InvalidField(field, absl::StrCat(contact_id, " is not in the buying center"));
}

void RemoveMember(const std::string& contact_id, pb::BuyingCenter* center) {
  const int at = FindMember(*center, contact_id);
  if (at >= 0) center->mutable_members()->DeleteSubrange(at, 1);
  for (int i = center->influences_size() - 1; i >= 0; --i) {
    const pb::InfluenceLink& link = center->influences(i);
    if (link.from_contact_id() == contact_id || link.to_contact_id() == contact_id) {
      center->mutable_influences()->DeleteSubrange(i, 1);
    }
  }
}

void PutLink(const pb::InfluenceLink& link, pb::BuyingCenter* center) {
  const int at = FindLink(*center, link.from_contact_id(), link.to_contact_id());
  (at < 0 ? *center->add_influences() : *center->mutable_influences(at)) = link;
}

bool IsCorrection(const BuyingCenter::Event& event) {
  switch (event.kind_case()) {
    case BuyingCenter::Event::kMemberAdded:
      return event.member_added().correction();
    case BuyingCenter::Event::kMemberChanged:
      return event.member_changed().correction();
    case BuyingCenter::Event::kMemberRemoved:
      return event.member_removed().correction();
    case BuyingCenter::Event::kInfluenceLinked:
      return event.influence_linked().correction();
    case BuyingCenter::Event::kInfluenceUnlinked:
      return event.influence_unlinked().correction();
    case BuyingCenter::Event::kFieldsChanged:
      return event.fields_changed().correction();
    case BuyingCenter::Event::kOpened:
    case BuyingCenter::Event::KIND_NOT_SET:
      break;
  }
  return false;
}

// The first correction after a close keeps what stood then; the first change after a reopening
// forgets it.
void KeepAtClose(bool correction, pb::BuyingCenter* center) {
  if (!correction) {
    center->clear_at_close();
  } else if (!center->has_at_close()) {
    *center->mutable_at_close()->mutable_members() = center->members();
    *center->mutable_at_close()->mutable_influences() = center->influences();
  }
}

absl::Status LoadDeal(const BuyingCenter::State& state, FactLoader& loader) {
  if (state.record.opportunity_id().empty()) return absl::OkStatus();
  return loader.Load("opportunity", state.record.opportunity_id()).status();
}

}  // namespace

void BuyingCenter::Evolve(State& state, const Event& event) {
  pb::BuyingCenter& center = state.record;
  if (event.kind_case() != Event::kOpened) KeepAtClose(IsCorrection(event), &center);
  switch (event.kind_case()) {
    case Event::kOpened:
      center = event.opened().buying_center();
      return;
    case Event::kMemberAdded:
      *center.add_members() = event.member_added().member();
      return;
    case Event::kMemberChanged: {
      const int at = FindMember(center, event.member_changed().after().contact_id());
      if (at >= 0) *center.mutable_members(at) = event.member_changed().after();
      return;
    }
    case Event::kMemberRemoved:
      RemoveMember(event.member_removed().contact_id(), &center);
      return;
    case Event::kInfluenceLinked:
      PutLink(event.influence_linked().link(), &center);
      return;
    case Event::kInfluenceUnlinked: {
      const auto& link = event.influence_unlinked();
      const int at = FindLink(center, link.from_contact_id(), link.to_contact_id());
      if (at >= 0) center.mutable_influences()->DeleteSubrange(at, 1);
      return;
    }
    case Event::kFieldsChanged:
      ApplyFields(event.fields_changed().fields(), event.fields_changed().after(), &center);
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> BuyingCenter::Claims(const State& state) {
  if (state.record.id().empty()) return {};
  std::vector<Claim> claims = {
      {"buying_center-opportunity", state.record.opportunity_id(), "opportunity_id"}};
  ClaimExternalKey(kName, state.record.external_key(), &claims);
  return claims;
}

absl::Status BuyingCenter::Gather(const State& state, const AddRequest&, FactLoader& loader) {
  return LoadDeal(state, loader);
}
absl::Status BuyingCenter::Gather(const State& state, const ChangeRequest&, FactLoader& loader) {
  return LoadDeal(state, loader);
}
absl::Status BuyingCenter::Gather(const State& state, const RemoveRequest&, FactLoader& loader) {
  return LoadDeal(state, loader);
}
absl::Status BuyingCenter::Gather(const State& state, const LinkRequest&, FactLoader& loader) {
  return LoadDeal(state, loader);
}
absl::Status BuyingCenter::Gather(const State& state, const UnlinkRequest&, FactLoader& loader) {
  return LoadDeal(state, loader);
}
absl::Status BuyingCenter::Gather(const State& state, const UpdateRequest&, FactLoader& loader) {
  return LoadDeal(state, loader);
}

// DUPLICATE_KEY: the id (a second one for the deal by its claim). REFERENCE_NOT_FOUND: deal,
// contacts. RECORD_ARCHIVED: a contact. LIMIT_EXCEEDED. INVALID_FIELD: a contact twice, no role,
// influence, external key. For a closed deal it says that nothing was noted at the close.
BuyingCenter::Result BuyingCenter::Decide(const State& state, const OpenRequest& request,
                                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  if (context.facts->Find("opportunity", request.opportunity_id()) == nullptr) {
    return ReferenceNotFound("opportunity_id", "opportunity", request.opportunity_id());
  }
  DAYBOOK_RETURN_IF_ERROR(CheckExternalKey(request.external_key()));
  if (request.members_size() > kBuyingCenterMembersMax) {
    return LimitExceeded("members", kBuyingCenterMembersMax, request.members_size());
  }
  Decision<Event> decision;
  pb::BuyingCenter& center = *decision.Add().mutable_opened()->mutable_buying_center();
  center.set_id(context.target_id);
  center.set_opportunity_id(request.opportunity_id());
  center.set_external_key(request.external_key());
  for (int i = 0; i < request.members_size(); ++i) {
    const std::string at = absl::StrCat("members[", i, "]");
    DAYBOOK_RETURN_IF_ERROR(CheckMember(at, request.members(i), context));
    if (FindMember(center, request.members(i).contact_id()) >= 0) {
      return InvalidField(absl::StrCat(at, ".contact_id"), "is in the list already");
    }
    *center.add_members() = request.members(i);
  }
  if (IsClosed(center, context)) center.mutable_at_close();
  return decision;
}

// NOT_FOUND. ILLEGAL_TRANSITION: the deal is closed. As OpenBuyingCenter: the member.
BuyingCenter::Result BuyingCenter::Decide(const State& state, const AddRequest& request,
                                          const Context& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool correction,
                           CheckOpenOrCorrection(state.record, request, context));
  DAYBOOK_RETURN_IF_ERROR(CheckMember("member", request.member(), context));
  const int at = FindMember(state.record, request.member().contact_id());
  if (at >= 0) {
    if (state.record.members(at).SerializeAsString() == request.member().SerializeAsString()) {
      return Nothing<Event>();
    }
    return InvalidField("member.contact_id",
                        "is in the buying center already; use ChangeBuyingCenterMember");
  }
  if (state.record.members_size() >= kBuyingCenterMembersMax) {
    return LimitExceeded("members", kBuyingCenterMembersMax, state.record.members_size() + 1);
  }
  Decision<Event> decision;
  auto& added = *decision.Add().mutable_member_added();
  *added.mutable_member() = request.member();
  added.set_correction(correction);
  return decision;
}

// NOT_FOUND. ILLEGAL_TRANSITION: the deal is closed. INVALID_FIELD: no member, no role, influence.
BuyingCenter::Result BuyingCenter::Decide(const State& state, const ChangeRequest& request,
                                          const Context& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool correction,
                           CheckOpenOrCorrection(state.record, request, context));
  DAYBOOK_RETURN_IF_ERROR(CheckMember("member", request.member(), context));
  const int at = FindMember(state.record, request.member().contact_id());
  if (at < 0) return NotAMember("member.contact_id", request.member().contact_id());
  const pb::BuyingCenterMember& before = state.record.members(at);
  if (before.SerializeAsString() == request.member().SerializeAsString()) return Nothing<Event>();
  Decision<Event> decision;
  auto& changed = *decision.Add().mutable_member_changed();
  *changed.mutable_before() = before;
  *changed.mutable_after() = request.member();
  changed.set_correction(correction);
  return decision;
}

// NOT_FOUND. ILLEGAL_TRANSITION: the deal is closed. Nothing when the contact is no member.
BuyingCenter::Result BuyingCenter::Decide(const State& state, const RemoveRequest& request,
                                          const Context& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool correction,
                           CheckOpenOrCorrection(state.record, request, context));
  if (FindMember(state.record, request.contact_id()) < 0) return Nothing<Event>();
  Decision<Event> decision;
  auto& removed = *decision.Add().mutable_member_removed();
  removed.set_contact_id(request.contact_id());
  removed.set_correction(correction);
  return decision;
}

// NOT_FOUND. ILLEGAL_TRANSITION: the deal is closed. INVALID_FIELD: itself, an end that is no
// member, strength. LIMIT_EXCEEDED. Nothing when the link is there.
BuyingCenter::Result BuyingCenter::Decide(const State& state, const LinkRequest& request,
                                          const Context& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool correction,
                           CheckOpenOrCorrection(state.record, request, context));
  const pb::InfluenceLink& link = request.link();
  if (link.from_contact_id() == link.to_contact_id()) {
    return InvalidField("link.to_contact_id", "is the other end; nobody sways himself");
  }
  if (FindMember(state.record, link.from_contact_id()) < 0) {
    return NotAMember("link.from_contact_id", link.from_contact_id());
  }
  if (FindMember(state.record, link.to_contact_id()) < 0) {
    return NotAMember("link.to_contact_id", link.to_contact_id());
  }
  if (link.strength() < 0 || link.strength() > kInfluenceMax) {
    return InvalidField("link.strength",
                        absl::StrCat(link.strength(), " is not between 0 and ", kInfluenceMax));
  }
  const int at = FindLink(state.record, link.from_contact_id(), link.to_contact_id());
  if (at >= 0 && state.record.influences(at).SerializeAsString() == link.SerializeAsString()) {
    return Nothing<Event>();
  }
  if (at < 0 && state.record.influences_size() >= kInfluenceLinksMax) {
    return LimitExceeded("influences", kInfluenceLinksMax, state.record.influences_size() + 1);
  }
  Decision<Event> decision;
  auto& linked = *decision.Add().mutable_influence_linked();
  *linked.mutable_link() = link;
  linked.set_correction(correction);
  return decision;
}

// NOT_FOUND. ILLEGAL_TRANSITION: the deal is closed. Nothing when there is no such link.
BuyingCenter::Result BuyingCenter::Decide(const State& state, const UnlinkRequest& request,
                                          const Context& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool correction,
                           CheckOpenOrCorrection(state.record, request, context));
  if (FindLink(state.record, request.from_contact_id(), request.to_contact_id()) < 0) {
    return Nothing<Event>();
  }
  Decision<Event> decision;
  auto& unlinked = *decision.Add().mutable_influence_unlinked();
  unlinked.set_from_contact_id(request.from_contact_id());
  unlinked.set_to_contact_id(request.to_contact_id());
  unlinked.set_correction(correction);
  return decision;
}

// NOT_FOUND. ILLEGAL_TRANSITION: the deal is closed. FIELD_NOT_WRITABLE: all but custom fields.
BuyingCenter::Result BuyingCenter::Decide(const State& state, const UpdateRequest& request,
                                          const Context& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool correction,
                           CheckOpenOrCorrection(state.record, request, context));
  DAYBOOK_ASSIGN_OR_RETURN(auto decision, DecideEdit<BuyingCenter>(state, request.buying_center(),
                                                                   request.update_mask()));
  for (Event& event : decision.events) event.mutable_fields_changed()->set_correction(correction);
  return decision;
}

}  // namespace daybook::domain
