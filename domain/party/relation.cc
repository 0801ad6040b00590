#include "domain/party/relation.h"

#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/party/contact.h"
#include "domain/record/dated.h"
#include "domain/record/presence.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::party::v1;

std::string TypeName(pb::RelationType type) {
  return std::string(ShortName(pb::RelationType_Name(type), "RELATION_TYPE_"));
}

// Exactly one end on each side, and those that the type goes between.
absl::Status CheckEnds(const pb::AddRelationRequest& request) {
  const bool from_contact = !request.from_contact_id().empty();
  const bool to_contact = !request.to_contact_id().empty();
  if (from_contact != request.from_account_id().empty()) {
    return InvalidField("from_contact_id", "name either a contact or an account");
  }
  if (to_contact != request.to_account_id().empty()) {
    return InvalidField("to_contact_id", "name either a contact or an account");
  }
  const RelationEnds ends = EndsOf(request.type());
  if (from_contact != ends.from_contact || (to_contact ? !ends.to_contact : !ends.to_account)) {
    return InvalidField("type", absl::StrCat(TypeName(request.type()), " does not go from ",
                                             from_contact ? "a contact" : "an account", " to ",
                                             to_contact ? "a contact" : "an account"));
  }
  const bool self = from_contact ? request.from_contact_id() == request.to_contact_id()
                                 : request.from_account_id() == request.to_account_id();
  if (self) {
    return InvalidField(to_contact ? "to_contact_id" : "to_account_id",
                        "is the other end; nobody is related to himself");
  }
  return absl::OkStatus();
}

absl::Status CheckUsableEnds(const pb::AddRelationRequest& request, const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(
      CheckUsableContact(context, "from_contact_id", request.from_contact_id()));
  DAYBOOK_RETURN_IF_ERROR(
      CheckUsableAccount(context, "from_account_id", request.from_account_id()));
  DAYBOOK_RETURN_IF_ERROR(CheckUsableContact(context, "to_contact_id", request.to_contact_id()));
  return CheckUsableAccount(context, "to_account_id", request.to_account_id());
}

absl::Status CheckValues(const pb::Relation& relation) {
  if (relation.has_since() && relation.has_until() &&
      DayOf(relation.until()) <= DayOf(relation.since())) {
    return InvalidField("until",
                        absl::StrCat(FormatDay(DayOf(relation.until())), " must be after since, ",
                                     FormatDay(DayOf(relation.since()))));
  }
  if (relation.strength() < 0 || relation.strength() > kRelationStrengthMax) {
    return InvalidField("strength", absl::StrCat(relation.strength(), " is not between 0 and ",
                                                 kRelationStrengthMax));
  }
  return absl::OkStatus();
}

// The end that is less comes first, so that both ways of saying it are the same relation.
void PutInOrder(pb::Relation* relation) {
  if (!EndsOf(relation->type()).symmetric) return;
  if (relation->to_contact_id() < relation->from_contact_id()) {
    relation->mutable_from_contact_id()->swap(*relation->mutable_to_contact_id());
  }
  if (relation->to_account_id() < relation->from_account_id()) {
    relation->mutable_from_account_id()->swap(*relation->mutable_to_account_id());
  }
}

}  // namespace

RelationEnds EndsOf(pb::RelationType type) {
  switch (type) {
    case pb::RELATION_TYPE_WORKS_AT:
      return {.from_contact = true, .to_account = true};
    case pb::RELATION_TYPE_PARTNER_OF:
    case pb::RELATION_TYPE_COMPETITOR_OF:
      return {.to_account = true, .symmetric = true};
    case pb::RELATION_TYPE_ADVOCATE_FOR:
      return {.from_contact = true, .to_contact = true, .to_account = true};
    case pb::RELATION_TYPE_KNOWS:
      return {.from_contact = true, .to_contact = true, .symmetric = true};
    case pb::RELATION_TYPE_INFLUENCES:
      return {.from_contact = true, .to_contact = true};
    case pb::RELATION_TYPE_UNSPECIFIED:
    case pb::RelationType_INT_MIN_SENTINEL_DO_NOT_USE_:
    case pb::RelationType_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return {};
}

void Relation::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kAdded:
      state.record = event.added().relation();
      return;
    case Event::kEnded:
      *state.record.mutable_until() = event.ended().until();
      return;
    case Event::kCorrected:
      ApplyFields(event.corrected().fields(), event.corrected().after(), &state.record);
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> Relation::Claims(const State& state) {
  const pb::Relation& relation = state.record;
  std::vector<Claim> claims;
  if (!relation.id().empty() && !relation.has_until()) {
    claims.push_back(
        {"relation-lasting",
         absl::StrCat(relation.type(), "/", relation.from_contact_id(), relation.from_account_id(),
                      "/", relation.to_contact_id(), relation.to_account_id()),
         "type"});
  }
  ClaimExternalKey(kName, relation.external_key(), &claims);
  return claims;
}

// DUPLICATE_KEY: the id (a relation that lasts by its claim). INVALID_FIELD: ends, a type that does
// not go between them, itself, until not after since, strength, external key. REFERENCE_NOT_FOUND,
// RECORD_ARCHIVED: the ends.
Relation::Result Relation::Decide(const State& state, const pb::AddRelationRequest& request,
                                  const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  if (request.type() == pb::RELATION_TYPE_UNSPECIFIED) return InvalidField("type", "is required");
  DAYBOOK_RETURN_IF_ERROR(CheckEnds(request));
  DAYBOOK_RETURN_IF_ERROR(CheckExternalKey(request.external_key()));
  DAYBOOK_RETURN_IF_ERROR(CheckUsableEnds(request, context));
  Decision<Event> decision;
  pb::Relation& relation = *decision.Add().mutable_added()->mutable_relation();
  relation.set_id(context.target_id);
  relation.set_type(request.type());
  relation.set_from_contact_id(request.from_contact_id());
  relation.set_from_account_id(request.from_account_id());
  relation.set_to_contact_id(request.to_contact_id());
  relation.set_to_account_id(request.to_account_id());
  PutInOrder(&relation);
  if (request.has_since()) *relation.mutable_since() = request.since();
  if (request.has_until()) *relation.mutable_until() = request.until();
  DAYBOOK_COPY_PRESENCE(strength, request, &relation);
  relation.set_note(request.note());
  relation.set_person_id(!relation.from_contact_id().empty() ? relation.from_contact_id()
                         : !relation.to_contact_id().empty() ? relation.to_contact_id()
                                                             : relation.id());
  relation.set_external_key(request.external_key());
  DAYBOOK_RETURN_IF_ERROR(CheckValues(relation));
  return decision;
}

// NOT_FOUND. Nothing when it ended on that day. ILLEGAL_TRANSITION: it has another end.
// INVALID_FIELD: until not after since.
Relation::Result Relation::Decide(const State& state, const pb::EndRelationRequest& request,
                                  const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  pb::Relation next = state.record;
  *next.mutable_until() = request.has_until() ? request.until() : ToProto(context.EffectiveDay());
  if (state.record.has_until()) {
    if (DayOf(state.record.until()) == DayOf(next.until())) return Nothing<Event>();
    return IllegalTransition(kName, "ENDED", "LASTING",
                             absl::StrCat("it ended on ", FormatDay(DayOf(state.record.until())),
                                          "; use CorrectRelation"));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckValues(next));
  Decision<Event> decision;
  *decision.Add().mutable_ended()->mutable_until() = next.until();
  return decision;
}

// NOT_FOUND. FIELD_NOT_WRITABLE: type and ends. INVALID_FIELD: until not after since, strength.
Relation::Result Relation::Decide(const State& state, const pb::CorrectRelationRequest& request,
                                  const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  pb::RelationCorrected change;
  pb::Relation next;
  DAYBOOK_ASSIGN_OR_RETURN(const bool differs, Edit(state.record, request.relation(),
                                                    request.update_mask(), &change, &next));
  if (!differs) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(CheckValues(next));
  // The note of an event is sealed under the key that the event names.
  change.mutable_before()->set_person_id(state.record.person_id());
  change.mutable_after()->set_person_id(state.record.person_id());
  Decision<Event> decision;
  *decision.Add().mutable_corrected() = std::move(change);
  return decision;
}

}  // namespace daybook::domain
