#include "domain/party/contact.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"
#include "domain/base/text.h"
#include "domain/record/archive.h"
#include "domain/record/contact_data.h"
#include "domain/record/dated.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/record/suppression.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::party::v1;

absl::Status Check(const pb::Contact& contact) {
  if (IsBlank(contact.given_name()) && IsBlank(contact.family_name())) {
    return InvalidField("family_name", "a contact needs a given name or a family name");
  }
  DAYBOOK_RETURN_IF_ERROR(CheckEmail("email", contact.email()));
  return CheckExternalKey(contact.external_key());
}

// The contact exists and is not archived.
absl::Status CheckWritable(const pb::Contact& contact, const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(Contact::kName, contact.id(), context));
  if (!contact.archived()) return absl::OkStatus();
  return OutOfUse(Contact::kName, contact.id(), "archived", "restore it with RestoreContact first");
}

// The links to an account in a role; an empty role: in every role.
auto LinksTo(const std::string& account_id, const std::string& role, bool every_role) {
  return [&account_id, &role, every_role](const pb::ContactLink& link) {
    return link.account_id() == account_id && (every_role || link.role() == role);
  };
}

}  // namespace

void Contact::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kCreated:
      state.record = event.created().contact();
      return;
    case Event::kFieldsChanged:
      ApplyFields(event.fields_changed().fields(), event.fields_changed().after(), &state.record);
      return;
    case Event::kAccountLinked:
      state.record.set_account_id(event.account_linked().to_account_id());
      return;
    case Event::kArchived:
      state.record.set_archived(true);
      return;
    case Event::kRestored:
      state.record.set_archived(false);
      return;
    case Event::kLinked: {
      const pb::ContactLink& link = event.linked().link();
      PutDated(link, LinksTo(link.account_id(), link.role(), false), state.record.mutable_links());
      return;
    }
    case Event::kUnlinked: {
      const pb::ContactUnlinked& end = event.unlinked();
      EndDated(DayOf(end.effective_until()),
               LinksTo(end.account_id(), end.role(), end.role().empty()),
               state.record.mutable_links());
      return;
    }
    case Event::kStateChanged:
      state.record.set_state(event.state_changed().to());
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> Contact::Claims(const State& state) {
  std::vector<Claim> claims;
  if (state.record.archived()) return claims;
  ClaimExternalKey(kName, state.record.external_key(), &claims);
  MustBeReachable(state.record.email(), state.record.phone(), "", &claims);
  return claims;
}

// DUPLICATE_KEY. INVALID_FIELD: no name, no e-mail address, no phone number, external key.
// REFERENCE_NOT_FOUND, RECORD_ARCHIVED: the account. SUPPRESSED_RECIPIENT by its claims.
Contact::Result Contact::Decide(const State& state, const pb::CreateContactRequest& request,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  pb::Contact contact;
  contact.set_id(context.target_id);
  contact.set_account_id(request.account_id());
  contact.set_given_name(request.given_name());
  contact.set_family_name(request.family_name());
  contact.set_email(request.email());
  contact.set_title(request.title());
  contact.set_external_key(request.external_key());
  contact.set_state(pb::CONTACT_STATE_ACTIVE);
  DAYBOOK_RETURN_IF_ERROR(Check(contact));
  DAYBOOK_ASSIGN_OR_RETURN(*contact.mutable_phone(), NormalisePhone("phone", request.phone()));
  DAYBOOK_RETURN_IF_ERROR(CheckUsableAccount(context, "account_id", contact.account_id()));
  Decision<Event> decision;
  *decision.Add().mutable_created()->mutable_contact() = std::move(contact);
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED. INVALID_FIELD as CreateContact. FIELD_NOT_WRITABLE.
Contact::Result Contact::Decide(const State& state, const pb::UpdateContactRequest& request,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckWritable(state.record, context));
  pb::Contact wanted = request.contact();
  if (Names(request.update_mask(), "phone")) {
    DAYBOOK_ASSIGN_OR_RETURN(*wanted.mutable_phone(),
                             NormalisePhone("contact.phone", request.contact().phone()));
  }
  pb::ContactFieldsChanged change;
  pb::Contact next;
  DAYBOOK_ASSIGN_OR_RETURN(const bool differs,
                           Edit(state.record, wanted, request.update_mask(), &change, &next));
  if (!differs) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(Check(next));
  Decision<Event> decision;
  *decision.Add().mutable_fields_changed() = std::move(change);
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED: the contact or the account. REFERENCE_NOT_FOUND.
Contact::Result Contact::Decide(const State& state, const pb::LinkContactAccountRequest& request,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckWritable(state.record, context));
  if (request.account_id() == state.record.account_id()) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(CheckUsableAccount(context, "account_id", request.account_id()));
  Decision<Event> decision;
  auto& linked = *decision.Add().mutable_account_linked();
  linked.set_from_account_id(state.record.account_id());
  linked.set_to_account_id(request.account_id());
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED: the contact or the account. REFERENCE_NOT_FOUND. INTERVAL_OVERLAP,
// INVALID_FIELD: days.
Contact::Result Contact::Decide(const State& state, const pb::LinkContactRequest& request,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckWritable(state.record, context));
  DAYBOOK_RETURN_IF_ERROR(CheckUsableAccount(context, "account_id", request.account_id()));
  pb::ContactLink link;
  link.set_account_id(request.account_id());
  link.set_role(std::string(absl::StripAsciiWhitespace(request.role())));
  if (request.has_effective_from()) *link.mutable_effective_from() = request.effective_from();
  if (request.has_effective_until()) *link.mutable_effective_until() = request.effective_until();
  DAYBOOK_ASSIGN_OR_RETURN(const bool stands,
                           FitDated(state.record.links(), context,
                                    LinksTo(link.account_id(), link.role(), false), &link));
  if (stands) return Nothing<Event>();
  Decision<Event> decision;
  *decision.Add().mutable_linked()->mutable_link() = std::move(link);
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED. Nothing when no such link holds on the day or later. What the account
// is does not matter: an archived one can be left.
Contact::Result Contact::Decide(const State& state, const pb::UnlinkContactRequest& request,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckWritable(state.record, context));
  const absl::CivilDay day =
      request.has_effective_until() ? DayOf(request.effective_until()) : context.EffectiveDay();
  const std::string role(absl::StripAsciiWhitespace(request.role()));
  const auto links = LinksTo(request.account_id(), role, role.empty());
  bool holds = false;
  for (const pb::ContactLink& link : state.record.links()) {
    const Interval interval = IntervalOf(link);
    holds = holds || (links(link) && (!interval.until.has_value() || *interval.until > day));
  }
  if (!holds) return Nothing<Event>();
  Decision<Event> decision;
  auto& unlinked = *decision.Add().mutable_unlinked();
  unlinked.set_account_id(request.account_id());
  unlinked.set_role(role);
  *unlinked.mutable_effective_until() = ToProto(day);
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED. INVALID_FIELD: no state.
Contact::Result Contact::Decide(const State& state, const pb::ChangeContactStateRequest& request,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckWritable(state.record, context));
  if (request.state() == pb::CONTACT_STATE_UNSPECIFIED) return InvalidField("state", "is required");
  const pb::ContactState from = state.record.state() == pb::CONTACT_STATE_UNSPECIFIED
                                    ? pb::CONTACT_STATE_ACTIVE
                                    : state.record.state();
  if (from == request.state()) return Nothing<Event>();
  Decision<Event> decision;
  auto& changed = *decision.Add().mutable_state_changed();
  changed.set_from(from);
  changed.set_to(request.state());
  return decision;
}

// NOT_FOUND. Nothing when archived already.
Contact::Result Contact::Decide(const State& state, const pb::ArchiveContactRequest&,
                                const Context& context) {
  return DecideArchive<Contact>(state, context);
}

// NOT_FOUND. Nothing when in use.
Contact::Result Contact::Decide(const State& state, const pb::RestoreContactRequest&,
                                const Context& context) {
  return DecideRestore<Contact>(state, context);
}

bool IsLinked(const pb::Contact& contact, absl::string_view account_id) {
  if (absl::string_view(contact.account_id()) == account_id) return true;
  for (const pb::ContactLink& link : contact.links()) {
    if (absl::string_view(link.account_id()) == account_id) return true;
  }
  return false;
}

absl::Status CheckUsableContact(const Context& context, absl::string_view field,
                                absl::string_view id) {
  if (id.empty()) return absl::OkStatus();
  const auto* contact = context.facts->Get<pb::Contact>(Contact::kName, id);
  if (contact == nullptr) return ReferenceNotFound(field, Contact::kName, id);
  if (!contact->archived()) return absl::OkStatus();
  return OutOfUse(Contact::kName, id, "archived",
                  absl::StrCat("restore it or name another one in ", field));
}

absl::Status CheckContactOf(const Context& context, absl::string_view field, absl::string_view id,
                            absl::string_view account_id) {
  DAYBOOK_RETURN_IF_ERROR(CheckUsableContact(context, field, id));
  if (id.empty()) return absl::OkStatus();
  const auto& contact = *context.facts->Get<pb::Contact>(Contact::kName, id);
  if (contact.account_id().empty() || IsLinked(contact, account_id)) return absl::OkStatus();
  return InvalidField(
      field, "is a contact of another account; link it to this one first, or name another");
}

}  // namespace daybook::domain
