#pragma once

// May this record be referred to? Every function loads nothing: the referenced record must be among
// the context's facts, else REFERENCE_NOT_FOUND. An empty id refers to nothing and passes. `field`
// is the path of the request.

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "domain/decider.h"

namespace daybook::domain {

// REFERENCE_NOT_FOUND for the reference in `field`.
absl::Status ReferenceNotFound(absl::string_view field, absl::string_view aggregate,
                               absl::string_view id);

// Each refuses a record out of use with RECORD_ARCHIVED.
absl::Status CheckActiveUser(const Context& context, absl::string_view field, absl::string_view id);
absl::Status CheckOpenUnit(const Context& context, absl::string_view field, absl::string_view id);
absl::Status CheckUsableAccount(const Context& context, absl::string_view field,
                                absl::string_view id);
// Only ACTIVE products can be sold: drafts are refused with ILLEGAL_TRANSITION.
absl::Status CheckSellableProduct(const Context& context, absl::string_view field,
                                  absl::string_view id);

}  // namespace daybook::domain
