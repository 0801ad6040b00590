#pragma once

// A person at an account. The record is the person: names, e-mail, phone, title and external key
// are sealed under its own key. ACTIVE <-> STALE; orthogonal: archived. An archived contact takes
// no change but RestoreContact. A contact has one main account, and links to further ones in roles,
// each for a time. Rules: at least one part of the name; the e-mail address is one; the phone is
// stored in E.164; an account is not archived when it is linked.

#include <vector>

#include "daybook/party/v1/contact_events.pb.h"
#include "daybook/party/v1/contact_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

struct Contact {
  static constexpr absl::string_view kName = "contact";
  using Record = party::v1::Contact;
  struct State {
    Record record;
  };
  using Event = party::v1::ContactEvent;
  using Result = absl::StatusOr<Decision<Event>>;

  static void Evolve(State& state, const Event& event);
  // While not archived: "contact-external-key", and its addresses must be allowed.
  static std::vector<Claim> Claims(const State& state);

  static Result Decide(const State&, const party::v1::CreateContactRequest&, const Context&);
  static Result Decide(const State&, const party::v1::UpdateContactRequest&, const Context&);
  static Result Decide(const State&, const party::v1::LinkContactAccountRequest&, const Context&);
  static Result Decide(const State&, const party::v1::LinkContactRequest&, const Context&);
  static Result Decide(const State&, const party::v1::UnlinkContactRequest&, const Context&);
  static Result Decide(const State&, const party::v1::ChangeContactStateRequest&, const Context&);
  static Result Decide(const State&, const party::v1::ArchiveContactRequest&, const Context&);
  static Result Decide(const State&, const party::v1::RestoreContactRequest&, const Context&);
};

// Whether the account is the contact's main one, or is linked to it on any day.
bool IsLinked(const party::v1::Contact& contact, absl::string_view account_id);
// REFERENCE_NOT_FOUND or RECORD_ARCHIVED unless the contact, one of the facts, can be referred to.
absl::Status CheckUsableContact(const Context& context, absl::string_view field,
                                absl::string_view id);

// As CheckUsableContact. INVALID_FIELD: it is a contact of other accounts only; one without an
// account is nobody else's.
absl::Status CheckContactOf(const Context& context, absl::string_view field, absl::string_view id,
                            absl::string_view account_id);

}  // namespace daybook::domain
