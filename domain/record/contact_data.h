#pragma once

// E-mail addresses, telephone numbers and domains. Refusals never repeat the value of the first
// two: it is personal.

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daybook::domain {

inline constexpr size_t kEmailLocalBytesMax = 64;  // RFC 5321
inline constexpr size_t kDomainBytesMax = 253;     // RFC 1035
inline constexpr size_t kPhoneDigitsMin = 7;
inline constexpr size_t kPhoneDigitsMax = 15;  // E.164

// INVALID_FIELD unless empty or local@domain: one @, no blanks, a domain of two or more labels.
absl::Status CheckEmail(absl::string_view field, absl::string_view email);

// The domain of web pages and mail in small letters: "acme.example" of "Acme.example",
// "www.acme.example" and "https://acme.example/shop". Empty stays empty. INVALID_FIELD unless it is
// two or more labels.
absl::StatusOr<std::string> NormaliseDomain(absl::string_view field, absl::string_view domain);

// The number in E.164 ("+4930123456"): blanks, dots, hyphens, slashes and brackets are taken out, a
// leading 00 becomes +. Empty stays empty. INVALID_FIELD without a country code and for anything
// else.
absl::StatusOr<std::string> NormalisePhone(absl::string_view field, absl::string_view phone);

}  // namespace daybook::domain
