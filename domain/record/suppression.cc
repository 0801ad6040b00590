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
constexpr char kFor[] = "/";

}  // namespace

std::string EmailKey(absl::string_view email) {
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(email));
}

Claim Suppress(absl::string_view kind, std::string value, absl::string_view field) {
  return {std::string(kind), std::move(value), std::string(field)};
}

Claim MustBeAllowed(absl::string_view kind, std::string value, absl::string_view field,
                    absl::string_view act) {
  return {absl::StrCat(kNot, kind, act.empty() ? "" : kFor, act), std::move(value),
          std::string(field)};
}

void MustBeReachable(absl::string_view email, const std::string& phone, absl::string_view act,
                     std::vector<Claim>* claims) {
  const std::string key = EmailKey(email);
  if (!key.empty()) claims->push_back(MustBeAllowed(kSuppressedEmail, key, "email", act));
  if (!phone.empty()) claims->push_back(MustBeAllowed(kSuppressedPhone, phone, "phone", act));
}

bool IsSuppression(absl::string_view kind) {
  return kind == kSuppressedEmail || kind == kSuppressedPhone;
}

absl::string_view ForbiddenKind(const Claim& claim) {
  absl::string_view kind = claim.kind;
  return absl::ConsumePrefix(&kind, kNot) ? kind.substr(0, kind.find(kFor)) : absl::string_view();
}

absl::Status Suppressed(absl::string_view field) {
  return Reject(Reason::REASON_SUPPRESSED_RECIPIENT,
                absl::StrCat(field, ": its owner asked not to be contacted; leave it out."),
                {{"field", field}});
}

}  // namespace daybook::domain
