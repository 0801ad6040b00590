#pragma once

// May something be done with an account? What deciders of other areas ask, and what the query
// answers: one rule for both.

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "daybook/party/v1/account.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

// Whether the entry of `account` forbids `action` on a day to the account itself (`own`) or, with
// its subtree, to one below it. An entry that has run out forbids nothing.
bool Forbids(const party::v1::Account& account, bool own, party::v1::BlacklistScope action,
             absl::CivilDay day);

// For Gather: what CheckNotBlacklisted needs, the account and all above it.
absl::Status LoadForBlacklist(absl::string_view account_id, FactLoader& loader);

// BLACKLISTED when an entry of the account, or one with its subtree above it, forbids `action` on
// the business day of the command. `field` is the path of the request. An empty id passes. Loads
// nothing.
absl::Status CheckNotBlacklisted(const Context& context, absl::string_view field,
                                 absl::string_view account_id, party::v1::BlacklistScope action);

}  // namespace daybook::domain
