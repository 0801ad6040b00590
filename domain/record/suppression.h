#pragma once

// Addresses that asked not to be contacted. Of such an address only the HMAC of a claim is kept, so
// that it can be recognised and not read, also after the person is erased.
//
//   Suppress        what a record claims for an address that must not be written to any more. Many
//                   records may say so of one address; the first holds the claim, and for good.
//   MustBeAllowed   what a record with an address in use claims: nothing, but taking the address up
//                   is refused with SUPPRESSED_RECIPIENT while the address is suppressed.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "domain/decider.h"

namespace daybook::domain {

// Kinds are on disk: never changed once released.
inline constexpr char kSuppressedEmail[] = "suppressed-email";
inline constexpr char kSuppressedPhone[] = "suppressed-phone";

// The value of a claim on an address: letter case and blanks at the ends do not count.
std::string EmailKey(absl::string_view email);

// REQUIRES: `kind` is one of the above, `value` is not empty.
Claim Suppress(absl::string_view kind, std::string value, absl::string_view field);
// `act`: what the record uses the address for now, in small letters; empty: for nothing. An address
// that was suppressed since it was taken up is refused where the act changes.
Claim MustBeAllowed(absl::string_view kind, std::string value, absl::string_view field,
                    absl::string_view act);

// MustBeAllowed for the e-mail address and the phone number of a person, where there are any.
void MustBeReachable(absl::string_view email, const std::string& phone, absl::string_view act,
                     std::vector<Claim>* claims);

// For whoever turns claims into changes of the log.
// Made by Suppress: several records may have it, so it is taken only while nobody holds it.
bool IsSuppression(absl::string_view kind);
// Made by MustBeAllowed: the kind that nobody may hold; empty for all other claims.
absl::string_view ForbiddenKind(const Claim& claim);
// SUPPRESSED_RECIPIENT. Names the field and nothing else: not who asked, nor when.
absl::Status Suppressed(absl::string_view field);

}  // namespace daybook::domain
