#include "domain/record/suppression.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "domain/base/error.h"

namespace daybook::domain {
namespace {

// Never stored: what is forbidden is not claimed.
constexpr char kNot[] = "not:";

}  // namespace

std::string EmailKey(absl::string_view email) {
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(email));
}

Claim Suppress(absl::string_view kind, std::string value, absl::string_view field) {
  return {std::string(kind), std::move(value), std::string(field)};
}

Claim MustBeAllowed(absl::string_view kind, std::string value, absl::string_view field) {
  return {absl::StrCat(kNot, kind), std::move(value), std::string(field)};
}

bool IsSuppression(absl::string_view kind) {
  return kind == kSuppressedEmail || kind == kSuppressedPhone;
}

absl::string_view ForbiddenKind(const Claim& claim) {
  absl::string_view kind = claim.kind;
  return absl::ConsumePrefix(&kind, kNot) ? kind : absl::string_view();
}

absl::Status Suppressed(absl::string_view field) {
  return Reject(Reason::REASON_SUPPRESSED_RECIPIENT,
                absl::StrCat(field, ": its owner asked not to be contacted; leave it out."),
                {{"field", field}});
}

}  // namespace daybook::domain
