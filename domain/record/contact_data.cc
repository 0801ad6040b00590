#include "domain/record/contact_data.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "domain/base/error.h"

namespace daybook::domain {
namespace {

bool IsDomainLabel(absl::string_view label) {
  if (label.empty() || label.front() == '-' || label.back() == '-') return false;
  for (const char c : label) {
    // Bytes above 127 belong to internationalised names.
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-' &&
        static_cast<unsigned char>(c) < 0x80) {
      return false;
    }
  }
  return true;
}

bool IsLocalPart(absl::string_view local) {
  if (local.empty() || local.size() > kEmailLocalBytesMax) return false;
  if (local.front() == '.' || local.back() == '.') return false;
  if (local.find("..") != absl::string_view::npos) return false;
  for (const char c : local) {
    if (absl::ascii_isspace(static_cast<unsigned char>(c)) ||
        absl::string_view("@,;:<>()[]\\\"").find(c) != absl::string_view::npos) {
      return false;
    }
  }
  return true;
}

bool IsDomain(absl::string_view domain) {
  const std::vector<absl::string_view> labels = absl::StrSplit(domain, '.');
  bool valid = labels.size() >= 2 && domain.size() <= kDomainBytesMax;
  for (const absl::string_view label : labels) valid = valid && IsDomainLabel(label);
  return valid;
}

}  // namespace

absl::Status CheckEmail(absl::string_view field, absl::string_view email) {
  if (email.empty()) return absl::OkStatus();
  const size_t at = email.rfind('@');
  const bool valid = at != absl::string_view::npos && IsLocalPart(email.substr(0, at)) &&
                     IsDomain(email.substr(at + 1));
  if (valid) return absl::OkStatus();
  return InvalidField(field, "must be an e-mail address such as name@example.org");
}

absl::StatusOr<std::string> NormaliseDomain(absl::string_view field, absl::string_view domain) {
  std::string lower = absl::AsciiStrToLower(absl::StripAsciiWhitespace(domain));
  if (lower.empty()) return lower;
  absl::string_view rest = lower;
  if (!absl::ConsumePrefix(&rest, "https://")) absl::ConsumePrefix(&rest, "http://");
  rest = rest.substr(0, rest.find('/'));
  absl::ConsumePrefix(&rest, "www.");
  if (IsDomain(rest)) return std::string(rest.data(), rest.size());
  return InvalidField(field, absl::StrCat("'", domain, "' must be a domain such as acme.example"));
}

absl::StatusOr<std::string> NormalisePhone(absl::string_view field, absl::string_view phone) {
  std::string digits;
  for (const char c : phone) {
    if (absl::string_view(" .-/()").find(c) == absl::string_view::npos) digits.push_back(c);
  }
  if (digits.empty() && phone.empty()) return digits;
  absl::string_view rest = digits;
  if (!absl::ConsumePrefix(&rest, "+") && !absl::ConsumePrefix(&rest, "00")) {
    return InvalidField(field, "must begin with + and the country code");
  }
  bool valid = rest.size() >= kPhoneDigitsMin && rest.size() <= kPhoneDigitsMax && rest[0] != '0';
  for (const char c : rest) valid = valid && absl::ascii_isdigit(static_cast<unsigned char>(c));
  if (!valid) {
    return InvalidField(field, "must be + and 7 to 15 digits, the first of them not 0");
  }
  return std::string("+").append(rest.data(), rest.size());
}

}  // namespace daybook::domain
